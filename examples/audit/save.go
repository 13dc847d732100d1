package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/dkim"
	dmarcreport "github.com/mailworthy/mailworthy/dmarc/report"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
	"github.com/mailworthy/mailworthy/spf"
)

// savedVersion is that of the format of saved observations.
const savedVersion = 1

// maxSaved is how large a file of observations may be, in octets.
const maxSaved = 64 << 20

// observations is all that a run saw, and the arguments that its verdicts rest on.
// They come out the same when it is read back.
type observations struct {
	Version int `json:"version"`
	// Time is when the run began. It judges by that.
	Time     time.Time `json:"time"`
	Subjects []subject `json:"subjects"`
	// Vendors are services that are in no catalogue.
	Vendors []spf.Vendor `json:"vendors,omitempty"`
	// Probe is the name by which hosts were connected to, if they were.
	Probe   string   `json:"probe,omitempty"`
	Message *message `json:"message,omitempty"`
	// DNS has the answer to each question, failures included.
	DNS resolver.Snapshot `json:"dns"`
	// Policies are what fetching those of MTA-STS came to, Hosts what the mail hosts
	// said, and Reports what receivers reported, all by domain.
	Policies map[string]smtpprobe.PolicyFetch `json:"policies,omitempty"`
	Hosts    map[string]hostsSeen             `json:"hosts,omitempty"`
	Reports  map[string]reportsSeen           `json:"reports,omitempty"`
}

// hostsSeen is what the hosts of a domain said.
type hostsSeen struct {
	Sessions []smtpprobe.Session `json:"sessions"`
	Skipped  int                 `json:"skipped,omitzero"`
}

// reportsSeen is what the reports on a domain add up to, and what was wrong with them.
type reportsSeen struct {
	Summary  *dmarcreport.Summary `json:"summary"`
	Problems []string             `json:"problems,omitempty"`
}

// sight is what a run sees of the world. The first look at a thing is the only one.
type sight struct {
	*ledger
	policies seen[smtpprobe.PolicyFetch]
	hosts    seen[hostsSeen]
	reports  seen[reportsSeen]
}

// look returns what was seen of a domain, or looks now. In a replay nobody does.
func look[T any](s *sight, all *seen[T], what, domain string, now func() T) T {
	return all.get(domain, func() T {
		if s.next == nil {
			s.gap(what + " of " + domain)
			var nothing T
			return nothing
		}
		return now()
	})
}

// transport returns what a domain publishes on how its mail gets there. The policy of
// MTA-STS is fetched only when real DNS is asked: a zone is no reason to connect to
// anybody.
func (s *sight) transport(ctx context.Context, opts options, domain string) (smtpprobe.Policies, error) {
	p := smtpprobe.Prober{Resolver: s, Timeout: opts.prober.Timeout}
	fetch := p.FetchPolicy
	p.Fetch = func(ctx context.Context, domain string) (smtpprobe.PolicyFetch, error) {
		var err error
		saw := look(s, &s.policies, "the MTA-STS policy", domain, func() (got smtpprobe.PolicyFetch) {
			if !opts.zone {
				got, err = fetch(ctx, domain)
			}
			return got
		})
		return saw, err
	}
	return p.CheckPolicies(ctx, domain)
}

// sessions connects to the hosts of a route.
func (s *sight) sessions(ctx context.Context, opts options, route smtpprobe.Route) (hostsSeen, error) {
	var err error
	saw := look(s, &s.hosts, "the hosts", route.Domain, func() hostsSeen {
		var hosts []smtpprobe.Host
		for _, h := range route.Hosts {
			if len(h.Addrs) > 0 {
				hosts = append(hosts, smtpprobe.Host{Name: h.Name, Pref: h.Pref, Addrs: h.Addrs})
			}
		}
		if len(hosts) == 0 {
			return hostsSeen{Sessions: []smtpprobe.Session{}}
		}
		var rep smtpprobe.Report
		rep, err = opts.prober.ProbeHosts(ctx, hosts)
		return hostsSeen{rep.Sessions, rep.Skipped}
	})
	return saw, err
}

// saved returns what there is to store of a run.
func (s *sight) saved(opts options) observations {
	o := observations{
		Version: savedVersion, Time: opts.time, Subjects: opts.subjects, Vendors: opts.vendors[:opts.added],
		Probe: opts.prober.HELO, Message: opts.message, DNS: s.snapshot(),
		Policies: s.policies.all(), Hosts: s.hosts.all(), Reports: s.reports.all(),
	}
	if o.Subjects == nil {
		o.Subjects = []subject{}
	}
	return o
}

// save writes observations to a file, of which there is either all or nothing.
func save(file string, o observations) error {
	text, err := encode(o)
	if err != nil {
		return err
	}
	if len(text) > maxSaved {
		return &sizeError{maxSaved}
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(file, []byte(text), 0) // A pipe or a device is not replaced.
	}
	// It holds whom a message is from and to, so that it is for nobody else.
	temp, err := os.CreateTemp(filepath.Dir(file), ".audit-*")
	if err != nil {
		return err
	}
	_, err = io.WriteString(temp, text)
	if closing := temp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}

// encode writes JSON in plain ASCII.
func encode(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return asciiJSON(b.String()), nil
}

// formatError says that a file is none of observations.
type formatError struct{ err error }

func (e *formatError) Error() string { return "no observations of an audit: " + e.err.Error() }

func (e *formatError) Unwrap() error { return e.err }

// versionError says that a file is of another version of the format.
type versionError struct{ version int }

func (e *versionError) Error() string {
	return fmt.Sprintf("observations of version %d, and this program reads version %d", e.version, savedVersion)
}

// sizeError says that observations are too large.
type sizeError struct{ limit int }

func (e *sizeError) Error() string {
	return fmt.Sprintf("observations of more than %d MiB", e.limit>>20)
}

// gapError says what verdicts would rest on that was not stored.
type gapError struct{ lacking []string }

func (e *gapError) Error() string {
	const most = 3
	text := "the file does not have all that the verdicts rest on; it lacks " + strings.Join(e.lacking[:min(len(e.lacking), most)], ", ")
	if more := len(e.lacking) - most; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text + ": those are unknown"
}

// read reads observations. The errors are a *formatError, *versionError or *sizeError,
// or that of reading.
func read(r io.Reader) (observations, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSaved+1))
	switch {
	case err != nil:
		return observations{}, err
	case len(text) > maxSaved:
		return observations{}, &sizeError{maxSaved}
	}
	// Another version may have anything in it, so that it is read first.
	var version struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &version); err != nil {
		return observations{}, &formatError{err}
	}
	if version.Version != savedVersion {
		return observations{}, &versionError{version.Version}
	}
	var o observations
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return observations{}, &formatError{err}
	}
	return o, o.check()
}

// check looks for what no run can have seen.
func (o *observations) check() error {
	wrong := func(what string) error { return &formatError{fmt.Errorf("%s", what)} }
	senders := [][]sender{}
	for _, s := range o.Subjects {
		senders = append(senders, s.Senders)
	}
	if o.Message != nil {
		if o.Message.Seen == nil {
			return wrong("a message that nobody read")
		}
		senders = append(senders, o.Message.Senders)
	}
	for _, who := range slices.Concat(senders...) {
		if !who.IP.IsValid() || who.IP.Zone() != "" || who.IP.Is4In6() {
			return wrong("a sender without an address")
		}
	}
	for domain, r := range o.Reports {
		if r.Summary == nil {
			return wrong("no summary of the reports on " + domain)
		}
	}
	return nil
}

// replay makes stored observations all that a run sees.
func (o *observations) replay(opts *options) *sight {
	opts.time, opts.subjects, opts.message = o.Time, o.Subjects, o.Message
	opts.vendors, opts.added = append(o.Vendors, opts.vendors...), len(o.Vendors)
	opts.prober.HELO = o.Probe
	s := &sight{ledger: replayed(o.DNS)}
	s.policies.put(o.Policies)
	s.hosts.put(o.Hosts)
	s.reports.put(o.Reports)
	opts.reported = len(o.Reports) > 0
	return s
}

// message is a message to verify.
type message struct {
	Name string `json:"name"`
	// Senders are the addresses that may have sent it.
	Senders []sender `json:"senders,omitempty"`
	// HELO is what they call themselves, but for those that have their own.
	HELO string `json:"helo,omitempty"`
	// Seen is its header, and of its body the hashes that its signatures ask for.
	Seen *dkim.Message `json:"seen"`
}

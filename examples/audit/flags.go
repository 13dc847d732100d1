package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
	"github.com/mailworthy/mailworthy/spf"
)

func parse(args []string, stderr io.Writer) (options, error) {
	opts := options{vendors: spf.Vendors(), width: defaultWidth}
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "usage: audit [flags] [domain ...]\n"+
			"Without a domain, -message or -replay, it audits those of an embedded zone.\n"+
			"The exit status is 1 when not all could be looked at, 2 for wrong arguments, and 3 for -fail.\n")
		flags.PrintDefaults()
	}
	zoneFile := flags.String("zone", "", "answer from this zone `file` instead of DNS")
	server := flags.String("resolver", "", "ask the DNS server at this `address`, with or without a port")
	senders := flags.String("ip", "", "comma-separated `addresses` that send for the domains, or NAME=ADDRESS (default those of their MX hosts)")
	services := flags.String("vendor", "", "comma-separated `names` of services that are to send for the domains, or domains to include")
	selectors := flags.String("selector", "", "comma-separated `names` of the DKIM selectors that the domains use (default looks for common ones)")
	helo := flags.String("helo", "", "the `name` that the senders give in HELO or EHLO")
	messageFile := flags.String("message", "", "verify the signatures of the message in this `file`, and judge it by DMARC")
	reports := flags.String("reports", "", "comma-separated `files` or directories with DMARC aggregate reports on the domains")
	flags.StringVar(&opts.prober.HELO, "probe", "", "connect to the hosts that take the domains' mail, by this `name` of this host")
	asked := make(map[format]*bool)
	asked[asJSON] = flags.Bool("json", false, "print one JSON document")
	asked[asDOT] = flags.Bool("dot", false, "draw the policies, for Graphviz")
	asked[asMermaid] = flags.Bool("mermaid", false, "draw the policies, as a Mermaid flowchart")
	flags.DurationVar(&opts.timeout, "timeout", time.Minute, "for the whole audit")
	flags.StringVar(&opts.save, "save", "", "write all that is seen to this `file`, for -replay")
	replay := flags.String("replay", "", "come to the verdicts that rest on this `file` of -save, and ask nobody")
	flags.Func("fail", "exit with status 3 when there is this `much`: error, warning or unknown, or several of them with commas", opts.fail.set)
	err := flags.Parse(args)
	if err != nil {
		return opts, err
	}
	if slices.ContainsFunc(args, func(arg string) bool { return !utf8.ValidString(arg) }) {
		return opts, errors.New("arguments must be UTF-8")
	}
	for f, on := range asked {
		if *on && opts.format != asText {
			return opts, errors.New("-json, -dot and -mermaid exclude each other")
		}
		if *on {
			opts.format = f
		}
	}
	if *replay != "" {
		return replayOf(opts, *replay, flags)
	}
	opts.time = time.Now().UTC().Truncate(time.Second)
	if opts.prober.HELO != "" && (*zoneFile != "" || flags.NArg() == 0) {
		return opts, errors.New("-probe needs domains, and no -zone: hosts are connected to for real")
	}
	common, err := parseSubject(*senders, *services, opts.vendors)
	if err != nil {
		return opts, err
	}
	common.Selectors, common.HELO = parseList(*selectors), *helo
	for _, domain := range flags.Args() {
		if err := mistaken(domain); err != nil {
			return opts, err
		}
		opts.subjects = append(opts.subjects, subject{domain, common.Senders, common.Services, common.Selectors, common.HELO})
	}
	var next resolver.Resolver
	switch {
	case *zoneFile != "" && *server != "":
		return opts, errors.New("-zone and -resolver exclude each other")
	case *zoneFile != "":
		text, err := os.ReadFile(*zoneFile)
		if err != nil {
			return opts, err
		}
		zone, err := resolver.ParseZone(string(text))
		if err != nil {
			return opts, err
		}
		next, opts.zone = zone, true
	case *server != "":
		if next, err = clientOf(*server); err != nil {
			return opts, err
		}
	case len(opts.subjects) == 0 && *messageFile == "":
		tell(&opts, common)
	default:
		next = resolver.Default()
	}
	if next != nil {
		opts.see = &sight{ledger: newLedger(next)}
	}
	// What takes longer is a finding, and ends nothing.
	opts.prober.Resolver, opts.prober.Timeout, opts.prober.Pacer = opts.see, opts.timeout/3, new(smtpprobe.Pacer)
	if *messageFile != "" {
		if opts.format == asDOT || opts.format == asMermaid {
			return opts, errors.New("of a -message there is nothing to draw")
		}
		file, err := os.Open(*messageFile)
		if err != nil {
			return opts, err
		}
		opts.message, opts.mail = &message{Name: *messageFile, Senders: common.Senders, HELO: *helo}, file
	}
	if *reports != "" {
		if opts.reports, err = findReports(parseList(*reports)); err != nil {
			return opts, fmt.Errorf("-reports: %w", err)
		}
	}
	opts.reported = len(opts.reports) > 0
	if len(opts.subjects) == 0 && opts.message == nil {
		return opts, errors.New("which domain?")
	}
	return opts, nil
}

// clientOf asks one DNS server.
func clientOf(server string) (resolver.Resolver, error) {
	client := &resolver.Client{Servers: []string{server}}
	if err := client.Validate(); err != nil {
		return nil, fmt.Errorf("-resolver: %w", err)
	}
	return &resolver.Cache{Next: client}, nil
}

// replayOf reads what -replay names. Nothing goes with it that would need another look.
func replayOf(opts options, name string, flags *flag.FlagSet) (options, error) {
	var other []string
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "replay", "json", "dot", "mermaid", "fail", "timeout":
		default:
			other = append(other, "-"+f.Name)
		}
	})
	if flags.NArg() > 0 {
		other = append(other, "domains")
	}
	if len(other) > 0 {
		return opts, fmt.Errorf("-replay has its own arguments in its file, and takes no %s", strings.Join(other, ", "))
	}
	file, err := os.Open(name)
	if err != nil {
		return opts, err
	}
	defer file.Close()
	o, err := read(file)
	if err != nil {
		return opts, fmt.Errorf("-replay: %w", err)
	}
	if o.Message != nil && (opts.format == asDOT || opts.format == asMermaid) {
		return opts, errors.New("of a message there is nothing to draw")
	}
	opts.see = o.replay(&opts)
	return opts, nil
}

// mistaken notices what is given in place of a domain. All else that is none gets its
// findings, as when it stands in a From field.
func mistaken(text string) error {
	at := strings.LastIndexByte(text, '@')
	u, err := url.Parse(text)
	switch _, notAddr := netip.ParseAddr(strings.Trim(text, "[]")); {
	case text == "":
		return errors.New("a domain is empty")
	case at >= 0:
		return fmt.Errorf("%q is a mailbox. Did you mean its domain, %q?", text, text[at+1:])
	case err == nil && u.Host != "":
		return fmt.Errorf("%q is a URL. Did you mean its domain, %q?", text, u.Hostname())
	case notAddr == nil:
		return fmt.Errorf("%q is an address. Those that send for a domain are named with -ip", text)
	}
	return nil
}

// parseList reads a list with commas, and is nil for an empty one.
func parseList(text string) (list []string) {
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// parseSubject reads the flags -ip and -vendor.
func parseSubject(senders, services string, vendors []spf.Vendor) (s subject, err error) {
	if s.Senders, err = parseSenders(senders); err != nil {
		return s, fmt.Errorf("-ip: %w", err)
	}
	for _, text := range parseList(services) {
		v, err := findService(text, vendors)
		if err != nil {
			return s, fmt.Errorf("-vendor: %w", err)
		}
		s.Services = append(s.Services, v)
	}
	return s, nil
}

// failing is what -fail asks for.
type failing struct {
	severity mailworthy.Severity // of a finding, or worse; none is not asked for
	unknown  bool
}

// set reads the flag.
func (f *failing) set(text string) error {
	for _, word := range parseList(text) {
		switch word {
		case "error":
			if f.severity == mailworthy.None {
				f.severity = mailworthy.Error
			}
		case "warning":
			f.severity = mailworthy.Warning
		case "unknown":
			f.unknown = true
		default:
			return errors.New("error, warning and unknown are what it can be")
		}
	}
	return nil
}

// by reports whether what was found is a failure.
func (f *failing) by(reports []report) bool {
	for _, r := range reports {
		for i := range r.Sections {
			s := &r.Sections[i]
			if f.severity != mailworthy.None && s.proven() >= f.severity {
				return true
			}
			if f.unknown && (s.Unknown == wholly || s.Severity >= mailworthy.Warning && s.Severity > s.proven()) {
				return true
			}
		}
	}
	return false
}

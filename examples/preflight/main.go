// Preflight is the gate before a campaign: it says whether the mail that is about to be
// sent keeps the rules that large receivers have for those who send in bulk.
//
//	go run ./examples/preflight       an embedded campaign, without network
//
//	go run ./examples/preflight -message sample.eml -return-path bounce@example.org \
//	    -ip mta1.example.org=192.0.2.1,mta2.example.org=192.0.2.2 -selector s1
//
// The message is one as it will be sent: signed, and best of all one that was received
// somewhere, since it then shows whether the way there had TLS. Without -message, what
// only a message can show is not checkable. No link in it is opened.
//
// Each rule passes, fails, or is not checkable from here, which is never counted as
// passed. For a rule that no program can check, such as how many recipients complain,
// the sender can answer with -vouch:
//
//	go run ./examples/preflight -vouch tls,spam-rate,opt-in ...
//
// -to names the receivers, or domains of their mailboxes; -class says whether the mail is
// marketing, transactional, or little (small: less than 5000 a day). With -zone the
// answers of DNS come from a zone file. With -json it says all to a program.
//
// Its exit status is 0 when all receivers are ready for the campaign, 1 when one is not or
// the report could not be written, 2 for wrong arguments, and 3 when it is not known for
// one and the others are ready.
package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// class is what kind of mail it is, and how much.
type class string

const (
	marketing     class = "marketing"     // in bulk, and subscribed to
	transactional class = "transactional" // in bulk, but each message was caused by its recipient
	small         class = "small"         // less than 5000 messages a day of the organisation
)

// campaign is what is to be sent, by whom, and to whom.
type campaign struct {
	Domain     string     `json:"domain"`      // in From
	ReturnPath string     `json:"return_path"` // "<>" is a null one, and empty is not known
	Selectors  []string   `json:"selectors"`   // each as SELECTOR, or SELECTOR@DOMAIN
	Senders    []sender   `json:"senders"`
	Class      class      `json:"class"`
	To         []receiver `json:"to"`
	// Others are domains that mail goes to, and whose rules are not known.
	Others  []string  `json:"others"`
	Vouched []string  `json:"vouched"` // IDs of rules
	Sample  *sample   `json:"-"`
	Time    time.Time `json:"-"` // for signatures; zero is now
}

// sender is a host that sends.
type sender struct {
	IP   netip.Addr `json:"ip"`
	HELO string     `json:"helo,omitempty"`
}

// The embedded campaign: a shop that moved one of its two senders.
var (
	//go:embed testdata/story.zone
	storyZone string
	//go:embed testdata/story.eml
	storyMessage []byte
	storyArgs    = []string{
		"-return-path", "bounce@mail.shop.example", "-selector", "s1",
		"-ip", "mta1.shop.example=192.88.99.1,mta2.shop.example=192.88.99.2", "-vouch", "spam-rate,opt-in",
	}
	storyTime = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "preflight:", printable(err.Error()))
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, opts.timeout)
	defer cancel()
	rep := judge(opts.campaign, observe(ctx, opts.resolver, opts.campaign))
	if err := write(stdout, rep, opts.json); err != nil {
		fmt.Fprintln(stderr, "preflight:", printable(err.Error()))
		return 1
	}
	switch rep.Verdict {
	case ready:
		return 0
	case notReady:
		return 1
	}
	return 3
}

func write(w io.Writer, rep report, asJSON bool) error {
	text := reportText(rep)
	if asJSON {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if err := enc.Encode(rep); err != nil {
			return err
		}
		text = b.String()
	}
	_, err := io.WriteString(w, printable(text))
	return err
}

// options is what the command line says.
type options struct {
	campaign
	resolver resolver.Resolver
	timeout  time.Duration
	json     bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("preflight", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: preflight [flags]\nWithout -from, -message, -ip, -zone or -resolver, it looks at an embedded campaign.\n"+
			"The exit status is 0 when all receivers are ready for the campaign, 1 when one is not or the report\n"+
			"could not be written, 2 for wrong arguments, and 3 when it is not known for one and the others are ready.")
		flags.PrintDefaults()
	}
	from := flags.String("from", "", "the `domain` in From, or a mailbox of it (default that of the message)")
	flags.StringVar(&opts.ReturnPath, "return-path", "", "the `mailbox` in MAIL FROM, <> for a null one (default that of the message)")
	selectors := flags.String("selector", "", "comma-separated DKIM `selectors`, of other domains as SELECTOR@DOMAIN")
	senders := flags.String("ip", "", "comma-separated `addresses` that send, or HELO=ADDRESS")
	message := flags.String("message", "", "a `file` with a message as it will be sent")
	flags.Func("class", "the `kind` of mail: marketing, transactional or small, which is less than 5000 a day (default marketing)", func(text string) error {
		opts.Class = class(text)
		return known(text, marketing, transactional, small)
	})
	to := flags.String("to", "", "comma-separated `receivers`, or domains of theirs (default all)")
	vouch := flags.String("vouch", "", "comma-separated IDs of `rules` that are kept, as far as they cannot be checked from here")
	zone := flags.String("zone", "", "answer from this zone `file` instead of DNS")
	server := flags.String("resolver", "", "ask the DNS server at this `address`, with or without a port")
	flags.DurationVar(&opts.timeout, "timeout", 20*time.Second, "for all of it")
	flags.BoolVar(&opts.json, "json", false, "print one JSON document")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	var err error
	switch {
	case flags.NArg() > 0:
		return opts, fmt.Errorf("what is %q? All arguments are flags", flags.Arg(0))
	case *from == "" && *message == "" && *zone == "" && *server == "" && *senders == "":
		// Flags such as -json and -class are for the embedded campaign, too.
		return opts.embedded(slices.Concat(storyArgs, args), stderr)
	case *zone != "" && *server != "":
		return opts, errors.New("-zone and -resolver exclude each other")
	case *zone != "":
		opts.resolver, err = readZone(*zone)
	case *server != "":
		opts.resolver, err = clientOf(*server)
	default:
		opts.resolver = resolver.Default()
	}
	if err != nil {
		return opts, err
	}
	if *message != "" {
		file, err := os.Open(*message)
		if err != nil {
			return opts, err
		}
		opts.Sample, err = readSample(file)
		_ = file.Close() // It was only read.
		if err != nil {
			return opts, err
		}
	}
	return opts, opts.fill(*from, *senders, *selectors, *to, *vouch)
}

// embedded parses the arguments of the embedded campaign, and puts its zone and message
// in place.
func (o *options) embedded(args []string, stderr io.Writer) (options, error) {
	opts, err := parse(slices.Concat([]string{"-from", "shop.example"}, args), stderr)
	if err != nil {
		return opts, err
	}
	opts.resolver, opts.Time = resolver.MustZone(storyZone), storyTime
	opts.Sample, err = readSample(bytes.NewReader(storyMessage))
	return opts, err
}

// clientOf asks one DNS server.
func clientOf(server string) (resolver.Resolver, error) {
	client := &resolver.Client{Servers: []string{server}}
	if err := client.Validate(); err != nil {
		return nil, fmt.Errorf("-resolver: %w", err)
	}
	return &resolver.Cache{Next: client}, nil
}

func readZone(file string) (resolver.Resolver, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return resolver.ParseZone(string(text))
}

// fill reads what the flags say of the campaign, and takes the rest from the sample.
func (c *campaign) fill(from, senders, selectors, to, vouch string) error {
	c.Class = cmp.Or(c.Class, marketing)
	c.Selectors, c.Vouched = list(selectors), list(vouch)
	c.Senders, c.To, c.Others = []sender{}, []receiver{}, []string{}
	c.Domain = host(from[strings.LastIndexByte(from, '@')+1:])
	if c.Sample != nil {
		own := dmarc.ParseFrom(c.Sample.values("from")).Domain()
		if c.Domain != "" && own != "" && c.Domain != own {
			return fmt.Errorf("-from is %q, but the message is from %q", c.Domain, own)
		}
		c.Domain = cmp.Or(c.Domain, own)
		if values := c.Sample.values("return-path"); c.ReturnPath == "" && len(values) > 0 {
			c.ReturnPath = values[0]
		}
	} else if c.Domain == "" {
		return errors.New("which domain is in From? Give -from or -message")
	}
	for _, text := range list(senders) {
		helo, addr, ok := strings.Cut(text, "=")
		if !ok {
			helo, addr = "", text
		}
		ip, err := netip.ParseAddr(addr)
		if err != nil {
			return fmt.Errorf("-ip: %w", err)
		}
		c.Senders = append(c.Senders, sender{ip.Unmap(), helo})
	}
	for _, text := range list(to) {
		if r, ok := findReceiver(text); !ok {
			c.Others = append(c.Others, text)
		} else if !slices.ContainsFunc(c.To, func(have receiver) bool { return have.ID == r.ID }) {
			c.To = append(c.To, r)
		}
	}
	if to == "" {
		c.To = receivers
	}
	var allowed []string
	for _, r := range rules {
		if r.Vouch {
			allowed = append(allowed, r.ID)
		}
	}
	for _, id := range c.Vouched {
		if err := known(id, allowed...); err != nil {
			return fmt.Errorf("-vouch: %w", err)
		}
	}
	return nil
}

// host returns a domain in lower-case A-labels, so that two of them can be compared.
func host(domain string) string { return resolver.Q(domain, resolver.TypeTXT).Name }

// known returns an error when a word is none of those that are.
func known[T ~string](text string, words ...T) error {
	if slices.Contains(words, T(text)) {
		return nil
	}
	return fmt.Errorf("%q is none of %q", text, words)
}

// list reads a list with commas.
func list(text string) []string {
	out := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}

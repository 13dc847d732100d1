package dnsbl_test

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

type surveyCode struct {
	Match string `json:"match"`
	Class string `json:"class"`
}

type surveyList struct {
	Zone              string          `json:"zone"`
	Kinds             []string        `json:"kinds"`
	Codes             []surveyCode    `json:"codes"`
	ErrorCodes        []surveyCode    `json:"error_codes"`
	Default           bool            `json:"default"`
	Delist            string          `json:"delist_url"`
	KeyZone           string          `json:"key_zone"`
	NeedsKey          bool            `json:"needs_key"`
	NeedsRegistration bool            `json:"needs_registration"`
	Severity          json.RawMessage `json:"severity"`
	Scope             string          `json:"scope"`
	Informational     bool            `json:"informational"`
	IPv6Zone          string          `json:"ipv6_zone"`
}

type survey struct {
	Lists []surveyList `json:"lists"`
	Dead  []struct {
		Zone  string   `json:"zone"`
		State string   `json:"state"`
		Zones []string `json:"zones"`
	} `json:"dead"`
}

func readSurvey(t *testing.T) (s survey) {
	t.Helper()
	text, err := os.ReadFile("../../shared/data/dnsbl-lists.json")
	if os.IsNotExist(err) && os.Getenv("CI") == "" {
		t.Skip("the survey is not here")
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &s))
	return s
}

var octets = regexp.MustCompile(`^127\.0\.(\d+|x)\.(\d+|\*)(?:-127\.0\.\d+\.(\d+))?$`)

// matches expands a pattern of the survey into addresses.
func matches(t *testing.T, m string) (out []netip.Addr) {
	t.Helper()
	if rest, ok := strings.CutPrefix(m, "bit"); ok {
		for f := range strings.SplitSeq(strings.TrimSpace(strings.TrimPrefix(rest, "s")), ",") {
			n, err := strconv.Atoi(f)
			require.NoError(t, err)
			out = append(out, example127(byte(n)))
		}
		return out
	}
	if strings.HasPrefix(m, "127.255.") {
		return []netip.Addr{netip.MustParseAddr(m)}
	}
	p := octets.FindStringSubmatch(m)
	require.NotNil(t, p, m)
	third, _ := strconv.Atoi(strings.Replace(p[1], "x", "5", 1))
	if p[2] == "*" {
		p[2], p[3] = "2", "254"
	}
	from, _ := strconv.Atoi(p[2])
	to := from
	if p[3] != "" {
		to, _ = strconv.Atoi(p[3])
	}
	for i := from; i <= to; i++ {
		out = append(out, netip.AddrFrom4([4]byte{127, 0, byte(third), byte(i)}))
	}
	return out
}

// TestCatalogueAgainstSurvey compares each entry with the survey that it was made from.
func TestCatalogueAgainstSurvey(t *testing.T) {
	s := readSurvey(t)
	have := map[string]dnsbl.List{}
	for _, l := range dnsbl.Catalogue() {
		have[l.Zone] = l
	}
	classes := map[string]dnsbl.Class{"listed": dnsbl.ClassListed, "policy": dnsbl.ClassPolicy, "info": dnsbl.ClassInfo, "whitelist": dnsbl.ClassWhite, "not_listed": dnsbl.ClassClear, "error": dnsbl.ClassError}
	defaults := 0
	for _, want := range s.Lists {
		t.Run(want.Zone, func(t *testing.T) {
			l, ok := have[strings.TrimPrefix(want.Zone, "{key}.")]
			if !ok && want.Zone == "ebl.msbl.org" {
				return // Of hashed mailboxes, which are no kind of target.
			}
			require.True(t, ok, "not in the catalogue")
			for _, k := range want.Kinds {
				require.True(t, l.Lists(dnsbl.Kind(k)), "%s", k)
			}
			extra := 0
			if want.IPv6Zone != "" {
				require.Equal(t, want.IPv6Zone, l.IPv6Zone)
				extra++
			}
			require.Len(t, l.Kinds, len(want.Kinds)+extra)
			// What is about networks, and what few use, never counts as a listing.
			never := want.Informational || want.Scope == "network" || want.Scope == "asn" || l.Zone == "dnsbl.spfbl.net"
			require.Equal(t, want.Default, l.Default)
			if want.Default {
				defaults++
			}
			switch {
			case want.NeedsKey && l.Access != dnsbl.Private:
				require.Equal(t, dnsbl.Keyed, l.Access)
			case want.NeedsRegistration:
				require.Equal(t, dnsbl.Registered, l.Access)
			}
			for _, c := range want.Codes {
				for _, addr := range matches(t, c.Match) {
					for _, e := range l.Decode(addr) {
						if e.Category == "test" || strings.Contains(e.Meaning, "test") {
							continue
						}
						if never && c.Class == "listed" {
							require.Equal(t, dnsbl.ClassInfo, e.Class)
							continue
						}
						require.Equal(t, classes[c.Class], e.Class, "%s %+v", addr, e)
						require.True(t, e.Known, "%s %+v", addr, e)
					}
				}
			}
			for _, c := range want.ErrorCodes {
				if before, ok := strings.CutSuffix(c.Match, "*"); ok {
					c.Match = before + "7"
				}
				for _, addr := range matches(t, c.Match) {
					for _, e := range l.Decode(addr) {
						require.Equal(t, dnsbl.ClassError, e.Class, "%s %+v", addr, e)
					}
				}
			}
			for _, last := range []byte{252, 254, 255, 1, 77} {
				for _, e := range l.Decode(netip.AddrFrom4([4]byte{127, 255, 255, last})) {
					require.Equal(t, dnsbl.ClassError, e.Class, "%+v", e)
				}
			}
			if !strings.HasPrefix(want.Zone, "hostkarma") {
				for _, e := range l.Decode(example127(1)) {
					if len(l.Codes) == 1 && strings.Contains(l.Codes[0].Match, "&") || want.Zone == "bl.score.senderscore.com" {
						continue
					}
					require.NotContains(t, []dnsbl.Class{dnsbl.ClassListed, dnsbl.ClassWhite, dnsbl.ClassClear, dnsbl.ClassPolicy}, e.Class, "%+v", e)
				}
			}
			for _, outside := range []string{"203.0.113.9", "10.0.0.1", "126.255.255.255", "128.0.0.2", "::1", "2001:db8::2", "::ffff:198.51.100.1"} {
				for _, e := range l.Decode(netip.MustParseAddr(outside)) {
					require.Equal(t, dnsbl.ClassError, e.Class, "%s %+v", outside, e)
				}
			}
			var weight string
			if json.Unmarshal(want.Severity, &weight) == nil {
				first := strings.FieldsFunc(weight, func(r rune) bool { return r == ' ' || r == '/' || r == '-' })
				if len(first) > 0 && first[0] != "positive" {
					got := l.Weight
					if got == "" {
						got = dnsbl.Low
					}
					if got != dnsbl.Weight(first[0]) {
						t.Logf("weight of %s: %s in the survey, %s here", l.Zone, weight, got) // A judgement.
					}
				}
			}
			switch want.Scope {
			case "network":
				require.Equal(t, dnsbl.ScopeNetwork, l.Scope)
			case "asn":
				require.Equal(t, dnsbl.ScopeASN, l.Scope)
			}
			if strings.HasPrefix(want.Delist, "http") {
				base := strings.Fields(want.Delist)[0]
				base, _, _ = strings.Cut(base, "{")
				if !strings.HasPrefix(l.Removal, base) && !strings.HasPrefix(l.Lookup, base) {
					t.Logf("removal of %s: %s in the survey, %q here", l.Zone, want.Delist, l.Removal)
				}
			}
			require.NotContains(t, l.Removal, "{ip}")
			require.NotContains(t, l.Removal, "{domain}")
			require.NoError(t, l.Validate())
			_, dead := dnsbl.FindDead(l.Zone)
			require.False(t, dead)
		})
	}
	require.Equal(t, 16, defaults)
	require.Len(t, dnsbl.Default(), 16)
	for _, l := range dnsbl.Extended() {
		require.NotContains(t, []dnsbl.Access{dnsbl.Keyed, dnsbl.Registered, dnsbl.Private}, l.Access)
	}
	for _, d := range s.Dead {
		for _, z := range d.Zones {
			if first, rest, ok := strings.Cut(z, "/"); ok {
				// Several labels before one parent.
				z = first + z[strings.IndexByte(z, '.'):]
				if middle, _, ok := strings.Cut(rest, "/"); ok {
					require.Contains(t, deadZones(t), middle+z[strings.IndexByte(z, '.'):])
				}
			}
			probe := strings.Replace(z, "*.", "sub.", 1)
			if _, ok := dnsbl.FindDead(probe); !ok {
				t.Errorf("%s (%s) is not known as dead: %s", probe, d.Zone, d.State)
			}
			if _, ok := dnsbl.FindDead(strings.ToUpper(probe) + "."); !ok {
				t.Errorf("%s in another form is not known as dead", probe)
			}
			_, err := dnsbl.Find(probe)
			require.Error(t, err)
		}
	}
}

// TestOnlyListingsCount answers each code of each list in turn, and sees that none but
// those of the class listed make the target listed, and that all others cannot either
// make it clean unless they say so.
func TestOnlyListingsCount(t *testing.T) {
	targets := map[dnsbl.Kind]dnsbl.Target{dnsbl.IPv4: victim, dnsbl.IPv6: victim6, dnsbl.Domain: {Domain: "bad.example.org"}}
	for _, l := range dnsbl.Catalogue() {
		var keyed []string
		if p := l.Provider(); p != "" {
			keyed = []string{p}
		}
		if l.Access == dnsbl.Private {
			continue
		}
		for _, kind := range l.Kinds {
			if kind == dnsbl.IPv6 && l.IPv6Zone != "" {
				continue
			}
			for _, third := range []byte{0, 1, 2, 5, 10, 255} {
				for last := range 256 {
					if third != 0 && last > 30 && last < 100 || third == 10 && last > 3 {
						continue
					}
					code := netip.AddrFrom4([4]byte{127, 0, third, byte(last)})
					req := dnsbl.Request{Target: targets[kind], Lists: []dnsbl.List{l}, Keyed: keyed}
					res := answerAll(t, req, func(q resolver.Question) resolver.Answer {
						if q.Type == resolver.TypeTXT {
							return resolver.Answer{Status: resolver.NoData}
						}
						if isTarget(q.Name) {
							return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{code}, TTL: 60}
						}
						if isPositive(q.Name, l) {
							return resolver.Answer{Status: resolver.Success, Addrs: []netip.Addr{positiveCode(l)}, TTL: 60}
						}
						return resolver.Answer{Status: resolver.NXDomain}
					})
					require.Len(t, res.Lists, 1)
					listed, all := false, true
					for _, e := range l.Decode(code) {
						listed = listed || e.Class == dnsbl.ClassListed
						all = all && (e.Class == dnsbl.ClassClear || e.Class == dnsbl.ClassWhite)
						if e.Class == dnsbl.ClassError {
							require.NotEqual(t, dnsbl.Listed, res.Status, "%s %s", l.Zone, code)
						}
					}
					if !listed && res.Status == dnsbl.Listed {
						t.Errorf("%s %s counts as listed: %+v", l.Zone, code, l.Decode(code))
					}
					if !all && res.Status == dnsbl.Clean {
						t.Errorf("%s %s counts as clean: %+v", l.Zone, code, l.Decode(code))
					}
					if a := res.Lists[0].Advice; a != nil && a.URL != "" {
						u, err := url.Parse(a.URL)
						require.NoError(t, err)
						require.NotContains(t, a.URL, "{")
						require.NotEmpty(t, u.Host)
						if strings.Contains(l.Removal, "{q}") {
							require.Contains(t, a.URL, strings.ReplaceAll(l.Removal, "{q}", url.PathEscape(wanted(res.Target, l))))
						}
					}
				}
			}
		}
	}
}

func wanted(t dnsbl.Target, l dnsbl.List) string {
	if t.Domain != "" && l.Names == dnsbl.HostFirst {
		return t.Domain
	}
	if t.Domain != "" {
		return "example.org"
	}
	return t.IP.String()
}

func isTarget(n string) bool {
	return strings.HasPrefix(n, "44.33.22.11.") || strings.HasPrefix(n, reversed6) || strings.HasPrefix(n, "bad.example.org.") || strings.HasPrefix(n, "example.org.")
}

func isPositive(n string, l dnsbl.List) bool {
	if strings.HasPrefix(n, "2.0.0.127.") || strings.HasPrefix(n, control6) || strings.HasPrefix(n, "test.") {
		return true
	}
	for _, p := range l.Listed {
		if a, err := netip.ParseAddr(p); err == nil {
			p = reverseName(a)
		}
		if strings.HasPrefix(n, strings.ToLower(p)+".") {
			return true
		}
	}
	return false
}

func reverseName(a netip.Addr) string {
	if a.Is4() {
		o := a.As4()
		return strings.Join([]string{strconv.Itoa(int(o[3])), strconv.Itoa(int(o[2])), strconv.Itoa(int(o[1])), strconv.Itoa(int(o[0]))}, ".")
	}
	var b []string
	o := a.As16()
	for i := 15; i >= 0; i-- {
		b = append(b, strconv.FormatInt(int64(o[i]&15), 16), strconv.FormatInt(int64(o[i]>>4), 16))
	}
	return strings.Join(b, ".")
}

// positiveCode is the lowest code that the list takes for an entry.
func positiveCode(l dnsbl.List) netip.Addr {
	for third := range 11 {
		for last := 2; last < 256; last++ {
			a := netip.AddrFrom4([4]byte{127, 0, byte(third), byte(last)})
			if e := l.Decode(a); e[0].Known && e[0].Class != dnsbl.ClassError && e[0].Class != dnsbl.ClassClear {
				return a
			}
		}
	}
	return example127(2)
}

// answerAll evaluates with the answers of a function, in a bounded number of rounds, and
// asks nothing twice.
func answerAll(t testing.TB, req dnsbl.Request, answer func(resolver.Question) resolver.Answer) dnsbl.Result {
	t.Helper()
	res, _, _ := answerRounds(t, req, answer)
	return res
}

func answerRounds(t testing.TB, req dnsbl.Request, answer func(resolver.Question) resolver.Answer) (dnsbl.Result, resolver.Snapshot, int) {
	t.Helper()
	view := resolver.Snapshot{}
	for round := 1; ; round++ {
		require.LessOrEqual(t, round, 5)
		res, missing := dnsbl.Evaluate(req, view)
		if len(missing) == 0 {
			return res, view, round
		}
		for _, q := range missing {
			_, ok := view[q]
			require.False(t, ok, "asked again: %s", q)
			view[q] = answer(q)
		}
	}
}

func deadZones(t testing.TB) (out []string) {
	t.Helper()
	for _, d := range dnsbl.DeadLists() {
		out = append(out, d.Zone)
	}
	return out
}

package dnsbl_test

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
)

func TestCatalogueIsWellFormed(t *testing.T) {
	lists := dnsbl.Catalogue()
	require.Greater(t, len(lists), 50)
	month := regexp.MustCompile(`^202[3-6]-(0[1-9]|1[0-2])$`)
	seen := map[string]bool{}
	for i, l := range lists {
		t.Run(l.Zone, func(t *testing.T) {
			require.NoError(t, l.Validate())
			require.False(t, seen[l.Zone] || seen[strings.ToLower(l.Name)], "twice")
			seen[l.Zone], seen[strings.ToLower(l.Name)] = true, true
			if i > 0 {
				require.Less(t, lists[i-1].Zone, l.Zone, "not sorted")
			}
			require.NotEmpty(t, l.Name)
			require.True(t, strings.HasSuffix(l.About, "."), l.About)
			require.Contains(t, []dnsbl.Weight{dnsbl.Critical, dnsbl.High, dnsbl.Medium, dnsbl.Low, dnsbl.Slight}, l.Weight)
			require.Contains(t, []dnsbl.Confidence{dnsbl.Sure, dnsbl.Likely, dnsbl.Doubtful}, l.Confidence)
			require.Regexp(t, month, l.Checked)
			_, dead := dnsbl.FindDead(l.Zone)
			require.False(t, dead)
			require.False(t, l.Default && l.Access != dnsbl.Open, "a default that does not answer everybody")
			require.Equal(t, l.Access == dnsbl.Keyed, l.KeyZone != "" && strings.HasSuffix(l.KeyZone, "}."+l.Zone), "a keyed list is named by what follows its key")
			for _, page := range []string{l.Lookup, l.Removal} {
				if page != "" {
					u, err := url.Parse(strings.ReplaceAll(page, "{q}", "192.0.2.1"))
					require.NoError(t, err)
					require.Contains(t, []string{"https", "http"}, u.Scheme)
					require.NotContains(t, u.String(), "{")
				}
			}
			for _, c := range l.Codes {
				require.NotEmpty(t, c.Category)
				require.NotEmpty(t, c.Meaning)
				// Each code decodes to itself: none hides another.
				e := l.Decode(example(t, c.Match))
				require.True(t, slices.ContainsFunc(e, func(e dnsbl.Entry) bool { return e.Known && e.Meaning == c.Meaning && e.Class == c.Class }), "%s decodes to %+v", c.Match, e)
			}
			for _, point := range append(slices.Clone(l.Listed), l.Clean...) {
				ip, err := netip.ParseAddr(point)
				kind := dnsbl.Domain
				if err == nil && ip.Is4() {
					kind = dnsbl.IPv4
				} else if err == nil {
					kind = dnsbl.IPv6
				}
				require.Contains(t, l.Kinds, kind, point)
			}
			// What a list without meaning would be: any other code is a listing or a note.
			e := l.Decode(netip.MustParseAddr("127.0.77.77"))
			require.Len(t, e, 1)
			require.False(t, e[0].Known)
			require.Equal(t, dnsbl.ClassError, l.Decode(netip.MustParseAddr("203.0.113.1"))[0].Class)
			require.Equal(t, dnsbl.ClassError, l.Decode(netip.MustParseAddr("127.255.255.254"))[0].Class)
		})
	}
	require.Len(t, dnsbl.Default(), 16)
	for _, l := range dnsbl.Extended() {
		require.Equal(t, dnsbl.Open, l.Access)
	}
}

// example is an address that a pattern matches.
func example(t *testing.T, pattern string) netip.Addr {
	t.Helper()
	octets := strings.Split(pattern, ".")
	for i, o := range octets {
		o = strings.TrimPrefix(strings.ReplaceAll(o, "*", "7"), "&")
		octets[i], _, _ = strings.Cut(o, "-")
	}
	ip, err := netip.ParseAddr(strings.Join(octets, "."))
	require.NoError(t, err)
	return ip
}

func TestCatalogueIsTheCallers(t *testing.T) {
	lists := dnsbl.Catalogue()
	lists[0].Codes[0].Match = "1.2.3.4"
	lists[0].Kinds[0] = "x"
	require.NotEqual(t, lists[0], dnsbl.Catalogue()[0])
}

func TestFind(t *testing.T) {
	lists, err := dnsbl.Find("ZEN.spamhaus.org", "surbl multi")
	require.NoError(t, err)
	require.Equal(t, "zen.spamhaus.org", lists[0].Zone)
	require.Equal(t, "multi.surbl.org", lists[1].Zone)
	_, err = dnsbl.Find("bl.example")
	require.ErrorContains(t, err, `no list "bl.example"`)
	_, err = dnsbl.Find("dnsbl.SORBS.net")
	require.ErrorContains(t, err, "SORBS")
}

func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*dnsbl.List){
		"without a zone":         func(l *dnsbl.List) { l.Zone = "" },
		"not the name":           func(l *dnsbl.List) { l.Zone = "a..b\x1b" },
		"the name of a zone":     func(l *dnsbl.List) { l.IPv6Zone = ".." },
		"no {provider}":          func(l *dnsbl.List) { l.KeyZone = "key.bl.test" },
		"it lists nothing":       func(l *dnsbl.List) { l.Kinds = nil },
		"no code has a meaning":  func(l *dnsbl.List) { l.Codes = nil },
		"matches no answer":      func(l *dnsbl.List) { l.Codes[0].Match = "127.0.0.4-2" },
		"no class is called":     func(l *dnsbl.List) { l.Codes[0].Class = "black" },
		"kind that there is not": func(l *dnsbl.List) { l.Kinds[0] = "IPv4" },
		"no access is called":    func(l *dnsbl.List) { l.Access = "keyed" },
		"no choice of names":     func(l *dnsbl.List) { l.Names = "domain" },
		`weight is called "x"`:   func(l *dnsbl.List) { l.Weight = "x" },
		`weight is called "y"`:   func(l *dnsbl.List) { l.Codes[0].Weight = "y" },
	} {
		t.Run(want, func(t *testing.T) {
			l := testList("bl.test")
			require.NoError(t, l.Validate())
			change(&l)
			require.ErrorContains(t, l.Validate(), want)
		})
	}
	for _, pattern := range []string{"", "127", "127.0.0", "127.0.0.", "127.0.0.2.3", "127.0.0.256", "127.0.0.x", "127.0.0.-", "127.0.0.&0", "127.0.0.&1-2", "127.0.0.2-", "127.0.0.&", "127..0.2", "127.0.0.2 ", "127.0.0.0002"} {
		l := testList("bl.test")
		l.Codes[0].Match = pattern
		require.Error(t, l.Validate(), "%q", pattern)
	}
}

func TestDeadLists(t *testing.T) {
	lists := dnsbl.DeadLists()
	require.True(t, slices.IsSortedFunc(lists, func(a, b dnsbl.Dead) int { return strings.Compare(a.Zone, b.Zone) }))
	for _, d := range lists {
		require.NotEmpty(t, d.Name)
		require.NotEmpty(t, d.Fate)
		require.NotEmpty(t, d.Reason)
		found, ok := dnsbl.FindDead(strings.TrimPrefix(d.Zone, "*."))
		require.True(t, ok, d.Zone)
		require.Equal(t, d, found)
	}
	for zone, want := range map[string]bool{
		"dnsbl.sorbs.net": true, "Web.DNSBL.Sorbs.net.": true, "sorbs.net": true, "notsorbs.net": false, "cbl.abuseat.org": true,
		"x.cbl.abuseat.org": false, "net": false, "a..b": false, "": false, "zen.spamhaus.org": false, "swl.spamhaus.org": true,
	} {
		_, ok := dnsbl.FindDead(zone)
		require.Equal(t, want, ok, zone)
	}
}

// surveyed is the survey that the catalogue was made from.
type surveyed struct {
	Zone          string
	Kinds         []string
	Codes         []struct{ Match, Class string }
	ErrorCodes    []struct{ Match string } `json:"error_codes"`
	Test          map[string]string
	Default       bool
	Informational bool
	NeedsKey      bool   `json:"needs_key"`
	NeedsReg      bool   `json:"needs_registration"`
	KeyZone       string `json:"key_zone"`
	IPv6Zone      string `json:"ipv6_zone"`
}

// TestCatalogueAgreesWithTheSurvey compares facts: zones, kinds, codes and classes,
// control points, who may ask. It needs the survey's file beside the repository.
func TestCatalogueAgreesWithTheSurvey(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "shared", "data", "dnsbl-lists.json"))
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	var survey struct {
		Lists []surveyed
		Dead  []struct{ Zones []string }
	}
	require.NoError(t, json.Unmarshal(raw, &survey))
	ours := map[string]dnsbl.List{}
	for _, l := range dnsbl.Catalogue() {
		ours[l.Zone] = l
	}
	n := 0
	for _, s := range survey.Lists {
		if slices.Contains(s.Kinds, "email_hash") {
			continue // What is listed is no target here.
		}
		n++
		t.Run(s.Zone, func(t *testing.T) { agrees(t, ours, s) })
	}
	require.Len(t, ours, n)
	for _, d := range survey.Dead {
		for _, zone := range d.Zones {
			zone, all := strings.CutPrefix(zone, "*.")
			below := strings.Split(zone, ".")
			for first := range strings.SplitSeq(below[0], "/") { // "a/b.example.org" are two zones.
				rest := strings.Join(below[1:], ".")
				if strings.Contains(zone, "/") && strings.Count(zone, "/") > 1 && !strings.Contains(first, ".") && rest == "" {
					continue
				}
				_, ok := dnsbl.FindDead(first + "." + rest)
				require.True(t, ok, "%s.%s", first, rest)
				if all {
					_, ok = dnsbl.FindDead("x." + first + "." + rest)
					require.True(t, ok, "x.%s.%s", first, rest)
				}
			}
		}
	}
}

func agrees(t *testing.T, ours map[string]dnsbl.List, s surveyed) {
	t.Helper()
	zone := strings.TrimPrefix(s.Zone, "{key}.")
	l, ok := ours[zone]
	require.True(t, ok)
	kinds := s.Kinds
	if s.IPv6Zone != "" {
		kinds = append(kinds, "ipv6")
		require.Equal(t, s.IPv6Zone, l.IPv6Zone)
	}
	var have []string
	for _, k := range l.Kinds {
		have = append(have, string(k))
	}
	require.ElementsMatch(t, kinds, have)
	require.Equal(t, s.Default, l.Default)
	require.Equal(t, s.NeedsKey, l.Access == dnsbl.Keyed || l.Access == dnsbl.Private)
	require.Equal(t, s.NeedsReg, l.Access == dnsbl.Registered)
	if s.KeyZone != "" {
		_, theirs, _ := strings.Cut(s.KeyZone, ".")
		_, mine, _ := strings.Cut(l.KeyZone, ".")
		require.Equal(t, theirs, mine)
	}
	for key, point := range s.Test {
		standard := map[string]bool{"127.0.0.2": true, "127.0.0.1": true, "::ffff:7f00:2": true, "::ffff:7f00:1": true, "test": true}
		if !standard[point] {
			require.Contains(t, append(slices.Clone(l.Listed), l.Clean...), point, key)
		}
	}
	for _, c := range s.Codes {
		for _, code := range expand(t, c.Match) {
			found := l.Decode(code)
			require.Len(t, found, 1, "%v: %+v", code, found)
			if c.Class == "listed" && (s.Informational || l.Scope != dnsbl.ScopeTarget) {
				c.Class = "info" // Of a network, so never a listing.
			}
			if zone == "list.dnswl.org" && code.As4()[2] == 10 {
				continue
			}
			want := map[string]dnsbl.Class{"not_listed": dnsbl.ClassClear, "whitelist": dnsbl.ClassWhite}[c.Class]
			if want == "" {
				want = dnsbl.Class(c.Class)
			}
			require.Equal(t, want, found[0].Class, "%v", code)
		}
	}
	for _, c := range s.ErrorCodes {
		for _, code := range expand(t, c.Match) {
			require.Equal(t, dnsbl.ClassError, l.Decode(code)[0].Class, "%v", code)
		}
	}
}

// expand reads the survey's ways to write codes.
func expand(t *testing.T, match string) (out []netip.Addr) {
	t.Helper()
	if bits, ok := strings.CutPrefix(match, "bits "); ok {
		for b := range strings.SplitSeq(bits, ",") {
			out = append(out, netip.MustParseAddr("127.0.0."+b))
		}
		if len(out) > 1 && match == "bits 1,2,4,8,16" {
			return out[1:] // 127.0.0.1 is one of it as well, but decided by the table.
		}
		return out
	}
	if bit, ok := strings.CutPrefix(match, "bit "); ok {
		return []netip.Addr{netip.MustParseAddr("127.0.0." + bit)}
	}
	if strings.ContainsAny(match, "*x") {
		for _, v := range []string{"2", "5", "20"} {
			out = append(out, netip.MustParseAddr(strings.NewReplacer("*", v, "x", v).Replace(match)))
		}
		return out
	}
	first, last, ranged := strings.Cut(match, "-")
	ip := netip.MustParseAddr(first)
	out = append(out, ip)
	for ranged && ip != netip.MustParseAddr(last) {
		ip = ip.Next()
		out = append(out, ip)
	}
	return out
}

package spf_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// suitePath is the public test suite for RFC 7208, which is not part of this
// repository.
const suitePath = "../../shared/data/spf/rfc7208-tests.yml"

type suiteDoc struct {
	Description string                 `yaml:"description"`
	Tests       map[string]suiteTest   `yaml:"tests"`
	ZoneData    map[string][]yaml.Node `yaml:"zonedata"`
}

type suiteTest struct {
	HELO        string    `yaml:"helo"`
	Host        string    `yaml:"host"`
	MailFrom    string    `yaml:"mailfrom"`
	Result      yaml.Node `yaml:"result"`
	Explanation string    `yaml:"explanation"`
}

// TestPublicSuite runs the suite whole: results and explanations.
func TestPublicSuite(t *testing.T) {
	raw, err := os.ReadFile(suitePath)
	if os.IsNotExist(err) && os.Getenv("CI") == "" {
		t.Skip("the public suite is not here")
	}
	require.NoError(t, err)
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	tests, explanations := 0, 0
	for {
		var doc suiteDoc
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		text := suiteZone(t, doc.ZoneData)
		zone, err := resolver.ParseZone(text)
		require.NoError(t, err, text)
		for id, test := range doc.Tests {
			tests++
			t.Run(doc.Description+"/"+id, func(t *testing.T) {
				req := spf.Request{IP: netip.MustParseAddr(test.Host), HELO: test.HELO, MailFrom: test.MailFrom}
				res, err := spf.Checker{Resolver: zone}.Check(t.Context(), req)
				require.NoError(t, err)
				require.Contains(t, suiteResults(t, test.Result), string(res.Status), "%+v", res)
				if res.Status != spf.Fail {
					require.Empty(t, res.Explanation)
				} else if test.Explanation != "" {
					explanations++
					require.Equal(t, test.Explanation, defaulted(res.Explanation))
				}

				// The same observations judge the same at once.
				again, missing := spf.Evaluate(req, zone)
				require.Empty(t, missing)
				res.Findings, again.Findings = nil, nil // Their texts may name a server's words.
				again.Explanation = res.Explanation     // The macro %{t} differs.
				require.Equal(t, res, again)
			})
		}
	}
	require.Equal(t, 193, tests)
	require.Equal(t, 22, explanations)
}

func defaulted(s string) string {
	if s == "" {
		return "DEFAULT"
	}
	return s
}

func suiteResults(t *testing.T, n yaml.Node) (out []string) {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	require.NoError(t, n.Decode(&out))
	return out
}

// suiteZone writes the suite's zone data as zone text. Records of type SPF stand
// for TXT unless the name has TXT of its own; TIMEOUT is for all other types.
func suiteZone(t *testing.T, data map[string][]yaml.Node) string {
	var lines []string
	for owner, nodes := range data {
		owner = zoneName(owner)
		var txt, spfs []string
		own, timeout := false, false
		have := []string{}
		for _, n := range nodes {
			if n.Kind == yaml.ScalarNode {
				require.Equal(t, "TIMEOUT", n.Value)
				timeout = true
				continue
			}
			require.Len(t, n.Content, 2)
			typ, value := n.Content[0].Value, n.Content[1]
			line := ""
			switch typ {
			case "TXT":
				own = true
				if value.Value != "NONE" {
					txt = append(txt, zoneStrings(value))
				}
			case "SPF":
				spfs = append(spfs, zoneStrings(value))
			case "MX":
				line = value.Content[0].Value + " " + zoneName(value.Content[1].Value)
			case "A", "AAAA":
				line = value.Value
			case "PTR", "CNAME":
				line = zoneName(value.Value)
			default:
				t.Fatalf("type %s in the suite", typ)
			}
			if line != "" {
				lines = append(lines, fmt.Sprintf("%s %s %s", owner, typ, line))
				have = append(have, typ)
			}
		}
		if !own {
			txt = spfs
		}
		for _, s := range txt {
			lines = append(lines, owner+" TXT "+s)
			have = append(have, "TXT")
		}
		for _, typ := range []string{"A", "AAAA", "MX", "PTR", "TXT"} {
			if timeout && !slices.Contains(have, typ) {
				lines = append(lines, owner+" "+typ+" !timeout")
			}
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}

func zoneName(s string) string {
	n, err := name.FromOctets(strings.TrimSuffix(s, "."))
	if err != nil {
		return "."
	}
	return strings.NewReplacer(`"`, `\"`, "(", `\(`, ")", `\)`, ";", `\;`, "@", `\@`, "$", `\$`).Replace(n) + "."
}

func zoneStrings(n *yaml.Node) string {
	parts := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		parts = n.Content
	}
	var out []string
	for _, p := range parts {
		s := strings.ReplaceAll(name.Escape(p.Value), `"`, `\"`)
		if p.Value == "" {
			s = ""
		}
		out = append(out, `"`+s+`"`)
	}
	return strings.Join(out, " ")
}

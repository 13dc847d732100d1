package bounce_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/bounce"
)

// corpusTime is what the logs of the corpus are read at.
var corpusTime = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// corpusEntry is an entry of testdata/corpus*.txt.
type corpusEntry struct {
	file string
	line int
	text string
	want []string
}

func corpus(t testing.TB, pattern string) []corpusEntry {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var out []corpusEntry
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		var text []string
		for i, line := range strings.Split(string(b), "\n") {
			switch {
			case line == "" && len(text) == 0, strings.HasPrefix(line, "# "):
			case line == "=", strings.HasPrefix(line, "= "):
				out = append(out, corpusEntry{filepath.Base(file), i + 1, strings.Join(text, "\n"), strings.Fields(line[1:])})
				text = nil
			default:
				text = append(text, line)
			}
		}
		require.Empty(t, text, "%s: an entry without an end", file)
	}
	return out
}

// observations reads an entry's text.
func (e corpusEntry) observations() []bounce.Observation {
	if strings.Contains(e.file, "logs") {
		return bounce.ParseLog(e.text, corpusTime)
	}
	o := bounce.ParseReply(e.text)
	for _, w := range e.want {
		name, v, _ := strings.Cut(w, "=")
		switch name {
		case "in.stage":
			o.Stage = bounce.Stage(v)
		case "in.outcome":
			o.Outcome = bounce.Outcome(v)
		case "in.host":
			o.RemoteHost = v
		case "in.ip":
			o.RemoteIP = netip.MustParseAddr(v)
		case "in.localip":
			o.LocalIP = netip.MustParseAddr(v)
		case "in.sender":
			o.Sender = v
		case "in.to":
			o.Recipient = v
		}
	}
	return []bounce.Observation{o}
}

// TestCorpus evaluates every entry of the corpus.
func TestCorpus(t *testing.T) {
	entries := corpus(t, "corpus*.txt")
	require.GreaterOrEqual(t, len(entries), 380)
	for _, e := range entries {
		t.Run(e.file+":"+strconv.Itoa(e.line), func(t *testing.T) { e.check(t) })
	}
}

func (e corpusEntry) check(t *testing.T) {
	t.Helper()
	all := e.observations()
	if len(e.want) == 0 {
		require.Empty(t, all)
		return
	}
	require.Len(t, all, 1)
	o := all[0]
	res := bounce.Evaluate(o)
	about := e.text + "\nrule " + res.Rule
	require.Contains(t, strings.Split(e.want[0], "|"), string(res.Category), about)
	if e.want[1] != "*" {
		require.Contains(t, strings.Split(e.want[1], "|"), string(res.Action), about)
	}
	for _, w := range e.want[2:] {
		name, v, _ := strings.Cut(w, "=")
		switch name {
		case "list":
			require.Equal(t, v, res.List.Zone, about)
		case "dead":
			require.Equal(t, v == "true", res.List.Dead, about)
		case "ip":
			require.Contains(t, res.IPs, netip.MustParseAddr(v), about)
		case "address":
			require.Contains(t, res.Addresses, v, about)
		case "provider":
			require.Equal(t, v, string(res.Provider), about)
		case "code":
			require.Equal(t, v, res.ProviderCode, about)
		case "ticket":
			require.Equal(t, v, res.TicketID, about)
		case "claimed":
			require.Equal(t, v, string(res.Claimed), about)
		case "actual":
			require.Equal(t, v, string(res.Actual), about)
		case "scope":
			require.Equal(t, v, string(res.Scope), about)
		case "stage":
			require.Equal(t, v, string(res.Stage), about)
		case "mechanism":
			require.Contains(t, res.Mechanisms, bounce.Mechanism(v), about)
		case "confidence":
			require.Equal(t, v, string(res.Confidence), about)
		case "enhanced":
			require.Equal(t, v, res.Enhanced, about)
		case "after":
			n, err := strconv.Atoi(v)
			require.NoError(t, err)
			require.Equal(t, n, res.Retry.After, about)
			require.True(t, res.Retry.Stated)
		case "finding":
			require.True(t, res.Findings.Has(mailworthy.Code(v)), about)
		case "format":
			require.Equal(t, v, string(o.Format), about)
		case "outcome":
			require.Equal(t, v, string(o.Outcome), about)
		case "to":
			require.Equal(t, v, o.Recipient, about)
		case "sender":
			require.Equal(t, v, o.Sender, about)
		case "host":
			require.Equal(t, v, o.RemoteHost, about)
		case "time":
			require.Equal(t, v, o.Time.UTC().Format(time.RFC3339), about)
		default:
			require.True(t, strings.HasPrefix(name, "in."), "the corpus expects an unknown %q", name)
		}
	}
}

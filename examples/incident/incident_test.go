package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/mailworthy/mailworthy/bounce"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write what the story prints to testdata")

var testTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func runIncident(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// noteOf makes the note of a log, with the answers of a resolver.
func noteOf(t *testing.T, log string, r resolver.Resolver) *note {
	t.Helper()
	tr := bounce.Triage{Now: testTime}
	for line := range strings.Lines(log) {
		tr.Add(line)
	}
	n := newNote(tr.Report(), options{})
	n.check(t.Context(), r)
	n.conclude()
	return n
}

func (n *note) kinds() (kinds []stepKind) {
	for _, s := range n.Steps {
		kinds = append(kinds, s.Kind)
	}
	return kinds
}

// TestStory compares the whole output with what somebody has read and liked. After a
// change, run the test with -update, and read it again.
func TestStory(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
	}{
		{name: "story.txt"},
		{name: "story.json", args: []string{"-json"}},
		{name: "offline.txt", args: []string{"-offline"}},
		{name: "dead.txt", args: []string{"-dead-addresses"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runIncident(t, "", tt.args...)
			require.Zero(t, code)
			require.Empty(t, errs)
			file := filepath.Join("testdata", tt.name)
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), out)
			if tt.name == "story.txt" {
				for line := range strings.Lines(out) {
					require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSpace(line)), width)
				}
			}
		})
	}
}

// TestStoryFaults answers each question that the story asks in turn with each failure.
// No check may find less wrong, and no receiver may be blamed for it.
func TestStoryFaults(t *testing.T) {
	zone := resolver.MustZone(storyZone)
	base := noteOf(t, storyLog, zone)
	causes := make(map[string]cause)
	outcomes := make(map[string]outcome)
	for _, tr := range base.Troubles {
		causes[string(tr.Category)+tr.Subject] = tr.Cause
		for _, c := range tr.Checks {
			outcomes[c.Kind+c.Subject] = c.Outcome
		}
	}
	seen := make(map[resolver.Question]bool)
	for _, q := range zone.Queries() {
		if seen[q.Question] {
			continue
		}
		seen[q.Question] = true
		if strings.Contains(q.Question.Name, "._domainkey.") && len(seen) > 60 {
			continue // One selector fails as all do.
		}
		for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
			broken := resolver.Func(func(ctx context.Context, asked resolver.Question) (resolver.Answer, error) {
				if asked == q.Question {
					return resolver.Answer{Status: status}, &resolver.Error{Question: asked, Status: status}
				}
				return zone.Lookup(ctx, asked)
			})
			n := noteOf(t, storyLog, broken)
			for _, tr := range n.Troubles {
				if was := causes[string(tr.Category)+tr.Subject]; tr.Cause != was {
					require.Equal(t, unconfirmed, tr.Cause, "%v %s: %s", q.Question, status, tr.Why)
				}
				for _, c := range tr.Checks {
					if was := outcomes[c.Kind+c.Subject]; c.Outcome != was {
						require.Equal(t, unknown, c.Outcome, "%v %s: %s", q.Question, status, c.Says)
					}
				}
			}
		}
	}
	require.Greater(t, len(seen), 20)
}

// TestNothingAnswers has all of DNS fail. All that is known then is what receivers say.
func TestNothingAnswers(t *testing.T) {
	n := noteOf(t, storyLog, resolver.MustZone("* !servfail"))
	checked := 0
	for _, tr := range n.Troubles {
		if len(tr.Checks) > 0 {
			checked++
			require.Equal(t, unconfirmed, tr.Cause, tr.Why)
		}
		for _, c := range tr.Checks {
			require.Equal(t, unknown, c.Outcome, "%s: %s", c.Kind, c.Says)
		}
	}
	require.Equal(t, 4, checked)
	text := strings.Join(strings.Fields(noteText(n)), " ")
	require.Contains(t, text, "Look 192.88.99.10 up at https://check.spamhaus.org/ first")
	require.NotContains(t, text, "not on")
	require.Contains(t, text, "Keep the addresses at custmer2.example for now")
}

func TestJSON(t *testing.T) {
	code, out, _ := runIncident(t, "", "-json")
	require.Zero(t, code)
	var n note
	dec := json.NewDecoder(strings.NewReader(out))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&n))
	require.Equal(t, "sales@acme.example", n.Triage.Answer.Subject)
	require.Equal(t, bounce.IPBlocklisted, n.Troubles[0].Category)
	require.Equal(t, confirmed, n.Troubles[0].Cause)
	require.Equal(t, []stepKind{stepStop, stepChange, stepChange, stepChange, stepChange, stepChange, stepChange, stepDelist, stepReceiver, stepClean, stepClean, stepWait, stepWait}, n.kinds())
	require.NotContains(t, out, "null")
}

func TestInputs(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	log := write("mail.log", lines("member.example", "550 5.7.1 Client host [192.88.99.10] blocked using zen.spamhaus.org", 3))
	zone := write("zone", storyZone)
	require.NoError(t, os.Chtimes(log, testTime, time.Date(2024, 11, 22, 0, 0, 0, 0, time.UTC)))

	_, out, _ := runIncident(t, "", "-zone", zone, log)
	require.Contains(t, out, "CONFIRMED")
	require.Contains(t, out, "2024-11-2", "the year is that of the file")

	_, out, _ = runIncident(t, lines("member.example", "550 5.7.1 Client host [192.88.99.10] blocked using zen.spamhaus.org", 3), "-zone", zone, "-time", "2023-11-25", "-")
	require.Contains(t, out, "CONFIRMED")
	require.Contains(t, out, "2023-11-2")

	_, out, _ = runIncident(t, "", "-offline", "-time", "2023-12-01T00:00:00Z", log, log)
	require.Contains(t, out, "12 lines read")
	require.Contains(t, out, "2023-11-2")
	require.Contains(t, out, "nothing was asked")

	code, out, _ := runIncident(t, "", "-offline", "-")
	require.Zero(t, code)
	require.True(t, strings.HasSuffix(out, "\nNeither a delivery nor a refusal was found.\n"), out)

	// The address and the name that a log does not tell.
	helo := lines("strict.example", "504 5.5.2 <mail.acme.example>: Helo command rejected: need fully-qualified hostname", 1)
	_, out, _ = runIncident(t, helo, "-zone", zone, "-")
	require.Contains(t, out, "see -ip and -helo")
	_, out, _ = runIncident(t, helo, "-zone", zone, "-ip", "192.88.99.10", "-helo", "localhost", "-")
	require.Contains(t, strings.Join(strings.Fields(out), " "), "CONFIRMED: HELO of localhost: the name is invalid")
}

func TestArguments(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		code int
		errs string
	}{
		{"help", []string{"-h"}, 0, "usage: incident"},
		{"unknown flag", []string{"-frobnicate"}, 2, "frobnicate"},
		{"bad time", []string{"-time", "yesterday"}, 2, "-time"},
		{"bad address", []string{"-ip", "1.2.3"}, 2, "-ip"},
		{"two formats", []string{"-json", "-dead-addresses"}, 2, "exclude"},
		{"two sources", []string{"-offline", "-zone", "x"}, 2, "exclude"},
		{"no such file", []string{"/nonexistent"}, 2, "nonexistent"},
		{"a directory", []string{"testdata"}, 2, "directory"},
		{"no such zone", []string{"-zone", "/nonexistent"}, 2, "nonexistent"},
		{"escapes", []string{"\x1b[31m"}, 2, `\u001b[31m`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runIncident(t, "", tt.args...)
			require.Equal(t, tt.code, code)
			require.Empty(t, out)
			require.Contains(t, errs, tt.errs)
			require.NotContains(t, errs, "\x1b")
		})
	}
}

// TestNotUnderstood has files that are no mail logs. That nothing was refused is not known
// of them.
func TestNotUnderstood(t *testing.T) {
	for _, log := range []string{"x", "2026-11-21 10:00:00 GET /index.html 200\n", "Nov 21 10:00:00 mail sshd[1]: Accepted publickey for root\n", "\x00\xff\n\n"} {
		code, out, errs := runIncident(t, log, "-offline", "-")
		require.Equal(t, 1, code)
		require.Contains(t, out, "Neither a delivery nor a refusal was found.")
		require.NotContains(t, out, "Nothing")
		require.Contains(t, errs, "is it the log of a mail server?")
	}
	code, _, errs := runIncident(t, "", "-offline", "-")
	require.Zero(t, code, errs)
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errors.New("disk on \x1bfire") }

func TestBrokenOff(t *testing.T) {
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(t.Context(), []string{"-"}, badReader{}, &out, &errs))
	require.Contains(t, errs.String(), `disk on \u001bfire`)
	require.Empty(t, out.String())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Equal(t, 1, run(ctx, nil, strings.NewReader(""), &out, &errs))
	require.Contains(t, errs.String(), "canceled")
}

// endless is a log of n lines.
type endless struct {
	n    int
	line func(i int) string
	rest string
}

func (e *endless) Read(b []byte) (int, error) {
	if e.rest == "" {
		if e.n--; e.n < 0 {
			return 0, io.EOF
		}
		e.rest = e.line(e.n)
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func requirePrintable(t *testing.T, out string) {
	t.Helper()
	require.True(t, utf8.ValidString(out))
	for _, r := range out {
		require.True(t, r == '\n' || unicode.IsPrint(r), "%q", r)
	}
}

package bounce_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
)

const handedInLines = `Nov 21 09:59:58 mail postfix/smtpd[9]: 4BqA1: client=unknown[203.0.113.9], sasl_method=LOGIN, sasl_username=alice@example.org
Nov 21 09:59:59 mail postfix/cleanup[9]: 4BqA1: warning: header X-PHP-Originating-Script: 33:mail.php from local; from=<news@example.org>
Nov 21 09:59:59 mail postfix/qmgr[9]: 4BqA1: from=<news@example.org>, size=1234, nrcpt=1 (queue active)
`

func readAll(t *testing.T, r *bounce.LogReader, log io.Reader) (all []bounce.Observation) {
	t.Helper()
	for o, err := range r.Read(log) {
		require.NoError(t, err)
		all = append(all, o)
	}
	return all
}

// TestLogReader checks that it reads what ParseLog does, however the log is cut, and
// that a Triage reads the same.
func TestLogReader(t *testing.T) {
	var b strings.Builder
	for _, e := range corpus(t, "*logs.txt") {
		b.WriteString(e.text + "\n\n")
	}
	text := b.String()
	got := readAll(t, &bounce.LogReader{Ref: corpusTime}, iotest.OneByteReader(strings.NewReader(text)))
	want := bounce.ParseLog(text, corpusTime)
	require.Greater(t, len(want), 50)
	require.Len(t, got, len(want))
	var fed bounce.Triage
	for i := range want {
		want[i].Sender, want[i].User, want[i].Script = got[i].Sender, got[i].User, got[i].Script
		fed.AddResult(got[i], bounce.Evaluate(got[i]))
	}
	require.Equal(t, want, got)

	lines, whole := newTriage(), newTriage()
	for line := range strings.Lines(text) {
		lines.Add(line)
	}
	require.NoError(t, whole.Read(strings.NewReader(text)))
	require.Equal(t, lines.Report(), whole.Report())
	require.Equal(t, lines.Report().Categories, fed.Report().Categories)
	require.Equal(t, lines.Report().Rows, fed.Report().Rows)
}

func TestLogReaderWho(t *testing.T) {
	r := bounce.LogReader{Ref: corpusTime}
	require.Empty(t, readAll(t, &r, strings.NewReader(handedInLines)))
	all := readAll(t, &r, strings.NewReader(fmt.Sprintf(listedLine, "10:00:00", "4BqA1")+"\n"+fmt.Sprintf(listedLine, "10:00:00", "4BqA2")))
	require.Len(t, all, 2)
	require.Equal(t, [3]string{"news@example.org", "alice@example.org", "33:mail.php"}, [3]string{all[0].Sender, all[0].User, all[0].Script})
	require.Equal(t, [3]string{}, [3]string{all[1].Sender, all[1].User, all[1].Script})
}

// TestLogReaderLong reads lines that are too long, and more messages than it remembers.
func TestLogReaderLong(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	one := fmt.Sprintf(listedLine, "10:00:00", "4BqA1") + "\n"
	var b strings.Builder
	b.WriteString(handedInLines + long + "\n" + one + strings.TrimSuffix(one, ")\n") + long + "\n")
	for i := range 40_000 {
		fmt.Fprintf(&b, "Nov 21 09:59:59 mail postfix/qmgr[9]: 4BqB%d: from=<news@example.org>, size=1234, nrcpt=1 (queue active)\n", i)
	}
	b.WriteString(one + strings.ReplaceAll(one, "4BqA1", "4BqB39999"))
	all := readAll(t, &bounce.LogReader{Ref: corpusTime}, strings.NewReader(b.String()))
	require.Len(t, all, 4)
	require.Equal(t, "alice@example.org", all[0].User)
	require.LessOrEqual(t, len(all[1].Text), 64<<10)
	require.Empty(t, all[2].User, "forgotten")
	require.Equal(t, "news@example.org", all[3].Sender)
}

// TestLogReaderEnds checks that an error comes last, behind all that was read, and that
// nothing is left over when the caller has enough.
func TestLogReaderEnds(t *testing.T) {
	lost := errors.New("lost")
	one := fmt.Sprintf(listedLine, "10:00:00", "4BqA1") + "\n"
	log := func() io.Reader { return io.MultiReader(strings.NewReader(one+one), iotest.ErrReader(lost)) }
	r := bounce.LogReader{Ref: corpusTime}
	n := 0
	var last error
	for _, err := range r.Read(log()) {
		require.NoError(t, last)
		last = err
		n++
	}
	require.Equal(t, 3, n)
	require.ErrorIs(t, last, lost)
	tr := newTriage()
	require.ErrorIs(t, tr.Read(log()), lost)
	require.EqualValues(t, 2, tr.Report().Totals.Bounced)

	for range r.Read(strings.NewReader(one + one + one)) {
		break
	}
	require.Empty(t, readAll(t, &r, strings.NewReader("")))
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/bounce"
)

// The contenders of the comparison of replies.
const (
	bounceFloor    = "floor: bytes.ToLower, IndexByte"
	bounceEvaluate = "mailworthy Evaluate"
	bounceRegexps  = "a list of 120 regexps"
)

var errBounce = errors.New("the reply was not read")

// replies returns the texts of the corpus of the package, without those of logs.
func replies() ([]string, error) {
	var out []string
	for _, name := range []string{"hosts", "mail", "languages", "guard"} {
		b, err := os.ReadFile(filepath.Join("..", "bounce", "testdata", "corpus_"+name+".txt"))
		if err != nil {
			return nil, err
		}
		for entry := range strings.SplitSeq(string(b), "\n\n") {
			if text, _, ok := strings.Cut(entry, "\n="); ok && text[0] != '#' {
				out = append(out, text)
			}
		}
	}
	return out, nil
}

// usual is how replies are mostly read: a list of regular expressions, of which the
// first that matches decides.
var usual = func() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, s := range []string{
		`spamhaus`, `spamcop`, `barracuda`, `blocked using`, `(black|block) ?list`, `listed (in|on|by|at)`, `uceprotect`, `sorbs`, `surbl`, `uribl`,
		`dmarc`, `spf (check|validation|record)?.*fail`, `dkim.*fail`, `unauthenticated`, `authentication level`, `not aligned`,
		`(cannot find your|reverse) hostname`, `reverse dns`, `ptr record`, `helo command rejected`, `invalid helo`, `starttls`, `tls (is )?required`,
		`reputation`, `banned sending ip`, `\(S3140\)`, `\(S3150\)`, `\[TSS?\d\d\]`, `temporarily deferred`, `rate limit`, `too many (connections|messages|recipients)`,
		`unusual rate`, `sending limit`, `quota exceeded`, `grey ?list`, `try again (later|in)`, `sender address rejected`, `domain of sender`, `sender verify`,
		`authentication (required|failed)`, `username and password`, `relay(ing)? (access )?denied`, `not permitted to relay`, `rcpthosts`,
		`spam`, `unsolicited`, `junk mail`, `virus`, `malware`, `attachment`, `bare (lf|linefeed)`, `line too long`, `message (too large|size)`, `exceeds.*maximum`,
		`user unknown`, `unknown user`, `no such user`, `user (not found|doesn't exist|does not exist)`, `mailbox (not found|unavailable|does not exist)`, `recipient (not found|rejected|unknown)`,
		`does not exist`, `invalid (recipient|mailbox)`, `not our customer`, `account (is )?(disabled|suspended|inactive)`, `mailbox (is )?disabled`,
		`mailbox (is )?full`, `over ?quota`, `out of storage`, `has moved`, `members only`, `not authorized to send to`, `user:blocked`,
		`host (or domain name )?not found`, `null ?mx`, `domain.*not exist`, `connection (timed out|refused|reset)`, `lost connection`, `no route to host`, `too many hops`, `mail loop`, `loops back`,
		`retry timeout`, `message expired`, `insufficient system storage`, `temporar(y|ily)`, `internal error`, `syntax error`, `bad sequence`, `unrecognized command`, `policy`, `access denied`, `administrative prohibition`,
		`не найден`, `не существует`, `переполнен`, `спам`, `черном списке`, `лимит`, `unbekannt`, `existiert nicht`, `voll`, `inconnue?`, `n'existe pas`, `pleine`, `no existe`, `lleno`, `inexistente`, `cheia`, `sconosciuto`, `piena`, `存在しません`, `不存在`, `已满`, `垃圾邮件`,
	} {
		out = append(out, regexp.MustCompile(`(?i)`+s))
	}
	return out
}()

// compareBounce reads the replies of the corpus in turn, and then a log of a million
// lines.
func compareBounce(s settings, r *report) error {
	texts, err := replies()
	if err != nil {
		return err
	}
	total := 0
	for _, t := range texts {
		total += len(t)
	}
	bounce.Evaluate(bounce.Observation{}) // It builds the index.
	buf := make([]byte, 0, 1<<16)
	next := 0
	each := func(name string, read func(text string) bool) contender {
		return contender{name, func(n int) error {
			for range n {
				if !read(texts[next%len(texts)]) {
					return errBounce
				}
				next++
			}
			return nil
		}}
	}
	used, err := r.compare(s, workload{name: fmt.Sprintf("bounce: %d replies of %d octets", len(texts), total/len(texts)), contenders: []contender{
		each(bounceEvaluate, func(text string) bool { return bounce.Evaluate(bounce.Observation{Text: text}).Rule != "" }),
		each(bounceFloor, func(text string) bool {
			buf = append(buf[:0], text...)
			return bytes.IndexByte(bytes.ToLower(buf), 0) < 0
		}),
		each(bounceRegexps, func(text string) bool {
			for _, re := range usual {
				if re.MatchString(text) {
					break
				}
			}
			return true
		}),
	}})
	if err != nil {
		return err
	}
	r.atLeast(300_000, 1e9/used.median(bounceEvaluate, cpu), "bounce: replies in a second of CPU")
	r.atMost(10, used.median(bounceEvaluate, allocs), "bounce: allocations for a reply")
	return triageMillion(s, r)
}

// triageMillion makes the table of a log of as many lines as names are wanted, and
// watches the heap.
func triageMillion(s settings, r *report) error {
	texts, err := replies()
	if err != nil {
		return err
	}
	for i, t := range texts {
		texts[i] = strings.ReplaceAll(t, "\n", " ")
	}
	before := liveHeap()
	t := bounce.Triage{Now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	var peak, read uint64
	busy := time.Duration(0)
	var line []byte
	for i := range s.names {
		clock := fmt.Sprintf("%02d:%02d:%02d", i*24/s.names, i/60%60, i%60)
		line = line[:0]
		switch i % 4 {
		case 0:
			line = fmt.Appendf(line, "Nov 21 %s mail postfix/smtpd[9]: %X: client=unknown[203.0.113.9], sasl_method=LOGIN, sasl_username=u%d@example.org", clock, 0x4B0000000+i, i%5000)
		case 1:
			line = fmt.Appendf(line, "Nov 21 %s mail postfix/qmgr[9]: %X: from=<u%d@example.org>, size=1234, nrcpt=1 (queue active)", clock, 0x4B0000000+i-1, (i-1)%5000)
		case 2:
			line = fmt.Appendf(line, "Nov 21 %s mail postfix/smtp[9]: %X: to=<bob@d%d.example>, relay=mx.d%d.example[198.51.100.25]:25, dsn=5.0.0, status=bounced (host mx.d%d.example[198.51.100.25] said: %s (in reply to RCPT TO command))",
				clock, 0x4B0000000+i-2, i%20000, i%20000, i%20000, texts[i/4%len(texts)])
		default:
			line = fmt.Appendf(line, "Nov 21 %s mail postfix/smtp[9]: %X: to=<bob@example.net>, relay=mx.example.net[198.51.100.25]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok)", clock, 0x4B0000000+i-3)
		}
		text := string(line)
		read += uint64(len(text))
		start := processTime()
		t.Add(text)
		busy += processTime() - start
		if i%(1+s.names/50) == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	rep := t.Report()
	if len(rep.Rows) == 0 || rep.Totals.Lines != int64(s.names) {
		return errBounce
	}
	heap := float64(peak-min(before, peak)) / (1 << 20)
	perSecond := float64(s.names) / busy.Seconds()
	r.atMost(64, heap, "bounce: MiB of live heap in the triage of a log")
	return r.table([][]string{
		{fmt.Sprintf("triage lines=%d MB=%d", s.names, read>>20), "lines/s", "peak live heap MiB", "rows"},
		{"mailworthy Triage", figure(perSecond), figure(heap), figure(float64(len(rep.Rows)))},
	})
}

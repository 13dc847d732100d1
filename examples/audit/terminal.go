package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// isTerminal reports whether somebody reads what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// columns reads the variable COLUMNS. Lines that are too short break everything, and
// those that are too long are not read.
func columns(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		return defaultWidth
	}
	return min(max(n, 70), 120)
}

// heads are the lines that say how bad something is, with that word apart. Records and
// messages of strangers never stand at the left margin.
var heads = regexp.MustCompile(`(?m)^([A-Z][A-Za-z ]* | {2,3}[0-9]+\.  )(OK|PARTLY|UNKNOWN|WARNING|ERROR|info:|warning:|error:)( .*)?$`)

var colours = map[string]string{
	"OK": "32", "PARTLY": "36", "UNKNOWN": "35", "WARNING": "33", "ERROR": "31",
	"info:": "36", "warning:": "33", "error:": "31",
}

// coloured puts colour on what calls for action.
func coloured(text string) string {
	return heads.ReplaceAllStringFunc(text, func(line string) string {
		m := heads.FindStringSubmatch(line)
		return m[1] + "\x1b[1;" + colours[m[2]] + "m" + m[2] + "\x1b[0m" + m[3]
	})
}

// progressEvery is how often the line of progress is written.
const progressEvery = 200 * time.Millisecond

// progress is a line on a terminal that says what is still going on. A nil one says
// nothing.
type progress struct {
	to     io.Writer
	ledger *ledger
	done   chan struct{}
	ended  sync.WaitGroup

	mu      sync.Mutex
	about   string
	running []string
}

// show writes the line until stop is called.
func show(to io.Writer, l *ledger) *progress {
	p := &progress{to: to, ledger: l, done: make(chan struct{})}
	p.ended.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-p.done:
				return
			case <-tick.C:
				fmt.Fprint(p.to, "\r"+terminal(p.line())+"\x1b[K")
			}
		}
	})
	return p
}

// stop removes the line.
func (p *progress) stop() {
	if p != nil {
		close(p.done)
		p.ended.Wait()
		fmt.Fprint(p.to, "\r\x1b[K")
	}
}

// start notes that a check of something runs.
func (p *progress) start(about, check string) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.about, p.running = about, append(p.running, check)
	}
}

// end notes that it does not run any more.
func (p *progress) end(check string) {
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.running = slices.DeleteFunc(p.running, func(name string) bool { return name == check })
	}
}

// line says which checks run, and how much of DNS is waited for. It fits any terminal.
func (p *progress) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, open := p.ledger.questions()
	text := fmt.Sprintf("%s: %d of %s answered; %s", escape(p.about), asked-open, plural(asked, "question"), strings.Join(p.running, ", "))
	const most = 79
	if len(text) > most {
		text = text[:most-3] + "..."
	}
	return text
}

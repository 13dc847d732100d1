package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/bounce"
)

const (
	// maxLine is how much of a line is read. What is behind it no mail server writes.
	maxLine = 64 << 10
	// maxChunk is how much of a log is parsed at once, where its records allow to cut.
	maxChunk = 256 << 10
	// maxDead is how many addresses are listed.
	maxDead = 200_000
)

// source is a log that was not opened yet, and the time that its lines without a year
// are before.
type source struct {
	name string
	ref  time.Time
	open func() (io.ReadCloser, error)
}

// open finds a file's time. The file - is the standard input.
func open(name string, stdin io.Reader, ref time.Time) (source, error) {
	if name == "-" {
		if ref.IsZero() {
			ref = time.Now()
		}
		return source{"the standard input", ref, func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return source{}, err
	}
	if info.IsDir() {
		return source{}, fmt.Errorf("%s is a directory", name)
	}
	if ref.IsZero() {
		ref = info.ModTime()
	}
	return source{name, ref, func() (io.ReadCloser, error) { return os.Open(name) }}, nil
}

// lines reads a log line by line, of however many and however long lines it is.
func (s source) lines(ctx context.Context, each func(line string)) error {
	file, err := s.open()
	if err != nil {
		return err
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, maxLine)
	for {
		line, err := r.ReadSlice('\n')
		if len(line) > 0 {
			each(string(line))
		}
		for errors.Is(err, bufio.ErrBufferFull) { // The rest of a line that is too long.
			_, err = r.ReadSlice('\n')
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", s.name, err)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
	}
}

// writeDead lists the addresses to remove. An address is sure to be dead when a server
// said so in its words, and took no mail for it later.
func writeDead(ctx context.Context, logs []source, w io.Writer) error {
	dead := make(map[string]bool)
	full := false
	for _, log := range logs {
		var chunk strings.Builder
		judge := func() {
			for _, o := range bounce.ParseLog(chunk.String(), log.ref) {
				to := strings.ToLower(o.Recipient)
				res := bounce.Evaluate(o)
				switch {
				case res.Category == bounce.Accepted:
					delete(dead, to)
				case !removable(to, res):
				case len(dead) < maxDead:
					dead[to] = true
				default:
					full = full || !dead[to]
				}
			}
			chunk.Reset()
		}
		err := log.lines(ctx, func(line string) {
			if chunk.Len() > maxChunk && startsRecord(line) || chunk.Len() > 2*maxChunk {
				judge()
			}
			chunk.WriteString(strings.TrimRight(line, "\n") + "\n")
		})
		if err != nil {
			return err
		}
		judge()
	}
	var list []string
	for to := range dead {
		list = append(list, to+"\n")
	}
	slices.Sort(list)
	if _, err := io.WriteString(w, strings.Join(list, "")); err != nil {
		return err
	}
	if full {
		return fmt.Errorf("there are more than %d addresses: remove these, and run it again on a log without them", maxDead)
	}
	return nil
}

// removable reports whether an address is one to remove, and one that can be printed
// in a line of its own.
func removable(to string, res bounce.Result) bool {
	return res.Action == bounce.ActionRemove && res.Confidence != bounce.Weak && strings.Count(to, "@") == 1 && to == terminal(to) && !strings.Contains(to, "\n")
}

// startsRecord reports whether a line cannot belong to the record before it.
func startsRecord(line string) bool {
	return line != "" && !strings.ContainsRune(" \t(45", rune(line[0]))
}

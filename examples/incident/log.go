package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/bounce"
)

// maxDead is how many addresses are listed.
const maxDead = 200_000

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

// read opens the log, and has it read until the context ends.
func (s source) read(ctx context.Context, read func(io.Reader) error) error {
	file, err := s.open()
	if err != nil {
		return err
	}
	defer file.Close()
	if err = read(reader{ctx, file}); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	return err
}

// reader reads until its context ends.
type reader struct {
	ctx context.Context // It lives as long as the call that reads.
	io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(b)
}

// writeDead lists the addresses to remove. An address is sure to be dead when a server
// said so in its words, and took no mail for it later.
func writeDead(ctx context.Context, logs []source, w io.Writer) error {
	dead := make(map[string]bool)
	full := false
	var records bounce.LogReader
	for _, log := range logs {
		records.Ref = log.ref
		err := log.read(ctx, func(r io.Reader) error {
			for o, err := range records.Read(r) {
				if err != nil {
					return err
				}
				to := strings.ToLower(o.Recipient)
				res := bounce.Evaluate(o)
				switch {
				case res.Category == bounce.Accepted:
					delete(dead, to)
				case !removable(to, res):
				case len(dead) < maxDead:
					dead[strings.Clone(to)] = true
				default:
					full = full || !dead[to]
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
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

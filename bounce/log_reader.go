package bounce

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"iter"
	"time"
)

// maxQueue is how many messages the queue's ids are remembered of, in each of two
// generations, so that refusals find who handed the message in.
const maxQueue = 1 << 14

// LogReader reads logs of any length, in bounded memory. Its zero value is ready for
// logs whose lines have a year. It is not safe for concurrent use.
type LogReader struct {
	// Ref is the time that log lines without a year or a zone are taken for just
	// before.
	Ref time.Time

	lines logReader
	queue queue
}

// Read returns the records of a log that say what became of a message, as [ParseLog]
// does, one after the other as they are read. Sender, User and Script are filled in
// from earlier lines of the same queue id: of the last 16384 messages at least, those
// of logs read before among them. Of a line, 64 KiB are read. An error is that of log,
// and ends it.
func (r *LogReader) Read(log io.Reader) iter.Seq2[Observation, error] {
	return func(yield func(Observation, error) bool) {
		r.lines.ref = r.Ref
		var ready []Observation
		keep := func(o Observation) {
			if r.queue.handedIn(o) {
				return
			}
			ready = append(ready, r.queue.fill(o))
		}
		hand := func() bool {
			for _, o := range ready {
				if !yield(o, nil) {
					return false
				}
			}
			ready = ready[:0]
			return true
		}
		goOn := true
		err := readLines(log, func(line string) bool {
			r.lines.add(line, keep)
			goOn = hand()
			return goOn
		})
		if goOn {
			r.lines.flush(keep)
			goOn = hand()
		}
		r.lines.pending = r.lines.pending[:0]
		if err != nil && goOn {
			yield(Observation{}, err)
		}
	}
}

// readLines hands on line by line, until one is not wanted. What is too long of a line
// is passed over.
func readLines(log io.Reader, each func(line string) bool) error {
	buf := bufio.NewReaderSize(log, maxRecord)
	for {
		line, err := buf.ReadSlice('\n')
		if len(line) > 0 && !each(string(line)) {
			return nil
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = buf.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// queue is what is known of messages in the queue, in two generations.
type queue struct{ young, old map[string]handed }

// handed is who handed a message in.
type handed struct{ sender, user, script string }

// handedIn notes a message that was handed in, and reports whether an observation is
// of that and nothing else.
func (q *queue) handedIn(o Observation) bool {
	if o.Outcome != "" || o.Text != "" {
		return false
	}
	if o.QueueID == "" {
		return true
	}
	h := q.whose(Observation{QueueID: o.QueueID})
	h.sender = cmp.Or(clipped(o.Sender), h.sender)
	h.user = cmp.Or(clipped(o.User), h.user)
	h.script = cmp.Or(clipped(o.Script), h.script)
	if len(q.young) >= maxQueue {
		q.young, q.old = nil, q.young
	}
	if q.young == nil {
		q.young = make(map[string]handed)
	}
	q.young[clipped(o.QueueID)] = h
	return true
}

// whose returns who handed the message of an observation in.
func (q *queue) whose(o Observation) handed {
	h, ok := q.young[o.QueueID]
	if !ok {
		h = q.old[o.QueueID]
	}
	h.sender, h.user, h.script = cmp.Or(o.Sender, h.sender), cmp.Or(o.User, h.user), cmp.Or(o.Script, h.script)
	return h
}

// fill adds to an observation who handed its message in.
func (q *queue) fill(o Observation) Observation {
	h := q.whose(o)
	o.Sender, o.User, o.Script = h.sender, h.user, h.script
	return o
}

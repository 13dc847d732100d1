package smtpprobe

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
)

// What is kept of a reply, before it is escaped.
const (
	keptLine  = 512     // octets of a line
	keptReply = 8 << 10 // octets of all lines
	keptBytes = 48      // octets of what is no reply
)

// Errors of the reader. Those of the connection come as they are.
var (
	errMalformed = errors.New("what came is no SMTP reply")
	errTooLarge  = errors.New("what came exceeds a limit")
)

// replyReader reads replies from a connection. It holds one buffer of fixed size, and
// takes no line, reply or session that exceeds the limits.
type replyReader struct {
	src    io.Reader
	limits Limits
	buf    []byte
	r, w   int
	// first is when the first line of the last reply was complete.
	first time.Time
}

func newReplyReader(src io.Reader, limits Limits) *replyReader {
	// A line that fills the buffer is too long.
	return &replyReader{src: src, limits: limits, buf: make([]byte, limits.Line)}
}

// read returns the next reply, and as much of it as came when it fails. It reads
// nothing that the connection does not have to give for this reply; what came with it
// is [replyReader.buffered].
//
// RFC 5321 section 4.2: Reply-line = *( Reply-code "-" [ textstring ] CRLF )
// Reply-code [ SP textstring ] CRLF, and all lines have the same code.
func (rr *replyReader) read() (Reply, error) {
	rep := Reply{Lines: []string{}}
	rr.first = time.Time{}
	kept := 0
	for lines := 1; ; lines++ {
		line, err := rr.line(&rep)
		if err != nil {
			if errors.Is(err, io.EOF) && rep.Octets > 0 {
				err = io.ErrUnexpectedEOF
			}
			return rep, err
		}
		if lines == 1 {
			rr.first = time.Now()
		}
		code, last, text, ok := splitReply(line)
		if !ok || lines > 1 && code != rep.Code {
			rep.keep(line, &kept)
			return rep, errMalformed
		}
		rep.Code = code
		if keptReply-kept < min(len(text), keptLine) {
			kept = keptReply // Half a keyword would be another one.
		}
		rep.keep(text, &kept)
		if last {
			rep.Complete = true
			return rep, nil
		}
		if lines >= rr.limits.Lines {
			return rep, errTooLarge
		}
	}
}

// line returns the next line without its end. It is valid until the next call.
func (rr *replyReader) line(rep *Reply) ([]byte, error) {
	scanned := 0
	for {
		if i := bytes.IndexByte(rr.buf[rr.r+scanned:rr.w], '\n'); i >= 0 {
			line := rr.buf[rr.r : rr.r+scanned+i]
			rr.r += len(line) + 1
			if rep.Octets += len(line) + 1; rep.Octets > rr.limits.Reply {
				return nil, errTooLarge
			}
			rep.inspect(line)
			return bytes.TrimSuffix(line, []byte("\r")), nil
		}
		scanned = rr.w - rr.r
		if rr.r > 0 {
			rr.w = copy(rr.buf, rr.buf[rr.r:rr.w])
			rr.r = 0
		}
		if rr.w == len(rr.buf) {
			kept := keptReply - keptBytes
			rep.Octets += rr.w
			rep.keep(rr.buf, &kept)
			return nil, errTooLarge
		}
		n, err := rr.src.Read(rr.buf[rr.w:])
		rr.w += n
		if n == 0 && err != nil {
			if rr.w > 0 { // What came of a line that did not end.
				kept := keptReply - keptBytes
				rep.Octets += rr.w
				rep.keep(rr.buf[:rr.w], &kept)
			}
			return nil, err
		}
	}
}

// buffered returns what was received behind the last reply.
func (rr *replyReader) buffered() []byte { return rr.buf[rr.r:rr.w] }

// inspect notes what no line should have. It still ends in the CR of its CRLF.
func (rep *Reply) inspect(line []byte) {
	if len(line)+1 > 512 { // RFC 5321 section 4.5.3.1.5
		rep.LongLines++
	}
	text, ok := bytes.CutSuffix(line, []byte("\r"))
	if !ok {
		rep.BareLF++
	}
	control, eight := false, false
	for _, c := range text {
		control = control || c < ' ' && c != '\t' || c == 0x7f
		eight = eight || c >= 0x80
	}
	if control {
		rep.Controls++
	}
	if eight {
		rep.EightBit++
	}
}

// keep stores a line, or its beginning, or nothing of it when there is too much
// already.
func (rep *Reply) keep(text []byte, kept *int) {
	if *kept >= keptReply {
		rep.Dropped++
		return
	}
	if room := min(keptLine, keptReply-*kept); len(text) > room {
		text = text[:room]
		rep.Cut++
	}
	*kept += max(len(text), 16) // Many empty lines count, too.
	rep.Lines = append(rep.Lines, name.Escape(string(text)))
}

// splitReply takes a line apart. A code alone is accepted as the last line, as RFC
// 5321 section 4.2 asks of clients.
func splitReply(line []byte) (code int, last bool, text []byte, ok bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '5' || line[2] < '0' || line[2] > '9' {
		return 0, false, nil, false
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) == 3 {
		return code, true, nil, true
	}
	if line[3] != ' ' && line[3] != '-' {
		return 0, false, nil, false
	}
	return code, line[3] == ' ', line[4:], true
}

// class is the first digit of the code.
func (rep *Reply) class() int { return rep.Code / 100 }

// positive reports whether the whole reply came, and says yes.
func (rep *Reply) positive() bool { return rep.Complete && rep.class() == 2 }

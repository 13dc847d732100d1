package dkim

import "hash"

// NearMatch is a change to the body that makes it match a hash in a signature: what
// happened to the message on its way.
type NearMatch struct {
	// Sum is the hash in the signature.
	Sum []byte `json:"sum"`
	// Change is what has to be done to the body.
	Change Change `json:"change"`
	// Canonicalization is the one under which it matches then.
	Canonicalization Canonicalization `json:"canonicalization"`
	// Length is how many octets of the canonical body match.
	Length int64 `json:"length"`
}

// Change is a change to a body.
type Change string

// The changes.
const (
	// Recanonicalized is no change: the body matches under the canonicalisation of
	// the NearMatch, so that white space was changed on the way, or the signer used
	// another canonicalisation than it says.
	Recanonicalized Change = "recanonicalized"
	// LineEndsConverted is that each bare LF becomes CRLF: something between signer
	// and receiver made LF of them, or signed before they were made CRLF.
	LineEndsConverted Change = "line-ends-converted"
	// FooterRemoved is that lines at the end are removed: they were added behind
	// what was signed, as mailing lists and virus scanners do.
	FooterRemoved Change = "footer-removed"
)

// maxLines is how many lines a diagnosis looks behind.
const maxLines = 100_000

// diagnosis hashes a body in other ways than the signatures say, and keeps what
// matches one of them.
type diagnosis struct {
	wanted  map[string]bool
	writers []bodyWriter
	found   []NearMatch
}

// newDiagnosis looks for hashes; mixed says that the body may hold bare LF.
func newDiagnosis(hashes []string, mixed bool) *diagnosis {
	d := &diagnosis{wanted: make(map[string]bool, len(hashes))}
	for _, h := range hashes {
		d.wanted[h] = true
	}
	for _, c := range []Canonicalization{Simple, Relaxed} {
		w := newBodyWriter(c, d.sink(c, FooterRemoved))
		d.writers = append(d.writers, &finisher{bodyWriter: w, end: d.atEnd(w, c, Recanonicalized)})
		if mixed {
			w := newBodyWriter(c, newSink())
			d.writers = append(d.writers, &finisher{bodyWriter: &lineEnds{next: w}, end: d.atEnd(w, c, LineEndsConverted)})
		}
	}
	return d
}

// sink is one that looks behind each line.
func (d *diagnosis) sink(c Canonicalization, change Change) *sink {
	s := newSink()
	lines := 0
	sum := make([]byte, 0, 32)
	s.line = func(size int64, h hash.Hash) {
		if lines++; lines > maxLines {
			return
		}
		d.look(h.Sum(sum[:0]), change, c, size)
	}
	return s
}

// look keeps a match, the first of each hash and canonicalisation.
func (d *diagnosis) look(sum []byte, change Change, c Canonicalization, size int64) {
	if !d.wanted[string(sum)] {
		return
	}
	for _, f := range d.found {
		if string(f.Sum) == string(sum) && f.Canonicalization == c {
			return
		}
	}
	d.found = append(d.found, NearMatch{Sum: append([]byte(nil), sum...), Change: change, Canonicalization: c, Length: size})
}

func (d *diagnosis) atEnd(w bodyWriter, c Canonicalization, change Change) func() {
	return func() {
		var s *sink
		switch w := w.(type) {
		case *simpleBody:
			s = w.out
		case *relaxedBody:
			s = w.out
		}
		sum := s.hash.Sum(nil)
		// The end of the body is no footer's beginning.
		for i, f := range d.found {
			if f.Change == FooterRemoved && f.Length == s.size && f.Canonicalization == c && change == Recanonicalized {
				d.found = append(d.found[:i], d.found[i+1:]...)
				break
			}
		}
		d.look(sum, change, c, s.size)
	}
}

// finisher does something when a body has ended.
type finisher struct {
	bodyWriter
	end func()
}

func (f *finisher) close() {
	f.bodyWriter.close()
	f.end()
}

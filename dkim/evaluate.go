package dkim

import (
	"cmp"
	"slices"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// Evaluate judges the signatures of a message by the keys in v. It is a pure
// function. When v lacks keys, it returns the questions to ask, all of them at once,
// and the Result has no Status yet.
//
// The time it takes is proportional to the header's size times Limits.Signatures,
// whatever the header holds.
func Evaluate(m *Message, opts Options, v resolver.View) (Result, []resolver.Question) {
	e := newEvaluation(m, opts, v)
	res := Result{From: e.from, Signatures: []Signature{}, Findings: mailworthy.Findings{}}
	cands := e.candidates()
	if n := e.opts.Limits.Signatures; len(cands) > n {
		res.Skipped = len(cands) - n
		cands = cands[:n]
	}
	for i := range cands {
		e.fetch(&cands[i])
	}
	if len(e.missing) > 0 {
		return res, e.missing
	}
	res.Signatures = make([]Signature, len(cands))
	for i := range cands {
		res.Signatures[i] = e.judge(&cands[i])
	}
	nameTags(res.Signatures, cands)
	res.Status = summary(res.Signatures)
	if res.Status == None && (e.m.Truncated || e.h.cut) {
		res.Status = Policy // There may be signatures where nobody looked.
	}
	res.Findings = append(res.Findings, e.findings(&res)...)
	return res, nil
}

// ranking orders statuses from best to worst.
var ranking = []Status{Pass, TempError, Fail, Policy, Neutral, PermError}

func summary(sigs []Signature) Status {
	best := len(ranking)
	for i := range sigs {
		best = min(best, slices.Index(ranking, sigs[i].Status))
	}
	if best == len(ranking) {
		return None
	}
	return ranking[best]
}

// evaluation is the state of one evaluation.
type evaluation struct {
	m       *Message
	opts    Options
	view    resolver.View
	h       *header
	now     int64
	timed   bool
	from    []string
	missing []resolver.Question
	// cursor says for the last field of a name which field of that name comes next
	// in the signature being verified; buf holds its canonical header.
	cursor []int
	buf    []byte
}

func newEvaluation(m *Message, opts Options, v resolver.View) *evaluation {
	if m == nil {
		m = new(Message)
	}
	if v == nil {
		v = resolver.Snapshot(nil)
	}
	opts.Limits = opts.Limits.orDefault()
	switch {
	case opts.SkewSeconds == 0:
		opts.SkewSeconds = defaultSkew
	case opts.SkewSeconds < 0:
		opts.SkewSeconds = 0
	}
	e := &evaluation{m: m, opts: opts, view: v, from: []string{}}
	e.h = parseHeader(m.headerText(), opts.Limits.Fields)
	e.timed = !opts.Time.IsZero()
	if e.timed {
		e.now = opts.Time.Unix()
	}
	for _, i := range e.h.all("from") {
		for _, d := range fromDomains(e.h.value(e.h.fields[i]), maxFrom) {
			if n, err := name.Normalize(d); err == nil {
				d = n
			} else {
				d = name.Escape(cut(d))
			}
			if len(e.from) < maxFrom && !slices.Contains(e.from, d) {
				e.from = append(e.from, d)
			}
		}
	}
	return e
}

// maxFrom is how many domains of From are looked at.
const maxFrom = 20

// candidate is a signature on the way to its result.
type candidate struct {
	sig     *signature
	field   int // in the header
	index   int // among the signatures
	rank    int // how close its domain is to that of From
	problem *problem
	answer  resolver.Answer
	keys    int // how many there are
}

// broken is 1 for a signature that needs no key to fail. Such ones come later, so
// that junk on top of a message does not use up the limit.
func (c candidate) broken() int {
	if c.problem != nil {
		return 1
	}
	return 0
}

// The ranks.
const (
	sameDomain = iota
	relatedDomain
	foreignDomain
)

// candidates returns the signatures of the message in the order in which they are
// verified.
func (e *evaluation) candidates() []candidate {
	var out []candidate
	fields := e.h.all("dkim-signature")
	slices.Reverse(fields)
	for index, i := range fields {
		sig, p := parseSignature(dkimSignature, e.h.value(e.h.fields[i]))
		if p == nil {
			p = e.static(sig)
		}
		out = append(out, candidate{sig: sig, field: i, index: index, rank: e.rank(sig.domain), problem: p})
	}
	slices.SortStableFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.broken(), b.broken()))
	})
	return out
}

func (e *evaluation) rank(domain string) int {
	rank := foreignDomain
	for _, d := range e.from {
		switch {
		case domain == "":
		case d == domain:
			return sameDomain
		case name.Within(d, domain) || name.Within(domain, d):
			rank = relatedDomain
		}
	}
	return rank
}

// static judges what needs no key.
func (e *evaluation) static(sig *signature) *problem {
	skew := int64(e.opts.SkewSeconds)
	switch {
	case e.m.Truncated || e.h.cut:
		return problemf(Policy, CodeHeaderTooLarge, "", "")
	case len(sig.names) > e.opts.Limits.Names:
		return problemf(Policy, CodeTooManyNames, "h", "")
	case sig.kind == dkimSignature && e.h.count("from") == 0:
		return problemf(PermError, CodeFromMissing, "", "")
	case sig.kind == dkimSignature && sig.length >= 0 && e.opts.RefuseLength:
		return problemf(Policy, CodeLengthRefused, "l", "")
	case e.timed && sig.expires >= 0 && e.now > sig.expires+skew:
		return problemf(PermError, CodeExpired, "x", "")
	case e.timed && sig.signed >= 0 && sig.signed > e.now+skew:
		return problemf(Policy, CodeFuture, "t", "")
	}
	return nil
}

// fetch gets the answer that holds the key, or notes the question.
func (e *evaluation) fetch(c *candidate) {
	if c.problem != nil {
		return
	}
	q := resolver.Question{Name: c.sig.key, Type: resolver.TypeTXT}
	var ok bool
	if c.answer, ok = e.view.Get(q); !ok && !slices.Contains(e.missing, q) {
		e.missing = append(e.missing, q)
	}
}

// judge makes the result of a signature.
func (e *evaluation) judge(c *candidate) Signature {
	s := e.describe(c)
	if c.problem == nil {
		e.verify(c, &s)
	}
	if c.problem == nil && e.h.count("from") > 1 {
		// RFC 6376 section 8.15: it signs the last of them, and a reader may see another.
		c.problem = problemf(Policy, CodeFromMultiple, "", "")
	}
	if c.problem == nil {
		s.Status = Pass
	} else {
		s.Status, s.Code = c.problem.status, c.problem.code
	}
	s.Findings = append(s.Findings, e.explain(c, &s)...)
	return s
}

// describe says what a signature says of itself.
func (e *evaluation) describe(c *candidate) Signature {
	sig := c.sig
	s := Signature{
		Index: c.index, Domain: sig.domain, Selector: sig.selector,
		Algorithm: name.Escape(cut(sig.algo)), Aligned: c.rank != foreignDomain,
		HeaderCanonicalization: known(sig.header), BodyCanonicalization: known(sig.body),
		Headers: []string{}, Addable: []string{}, Findings: mailworthy.Findings{},
		Signed: max(sig.signed, 0), Expires: max(sig.expires, 0),
	}
	switch {
	case sig.identity != "":
		s.Identity = name.Escape(cut(sig.identity))
	case sig.domain != "":
		s.Identity = "@" + sig.domain
	}
	if len(sig.names) > 0 && len(sig.names) <= e.opts.Limits.Names {
		s.Headers = make([]string, len(sig.names))
		for i, n := range sig.names {
			s.Headers[i] = name.Escape(cut(n))
		}
		s.Addable = e.addable(sig)
	}
	if sig.length >= 0 {
		s.Partial, s.BodyLength = true, sig.length
		if _, whole, _ := e.m.body(sig.body, -1); whole > sig.length {
			s.Uncovered = whole - sig.length
		}
	}
	return s
}

func known(c Canonicalization) Canonicalization {
	if c == Simple || c == Relaxed {
		return c
	}
	return ""
}

// sensitive are the fields that matter to readers, or to what programs do with a
// message. A message has at most one of each.
var sensitive = []string{
	"from", "subject", "to", "date", "reply-to", "content-type", "message-id", "list-unsubscribe",
}

// addable returns those of the sensitive fields that h= does not name once more than
// the message has them.
func (e *evaluation) addable(sig *signature) []string {
	out := make([]string, 0, len(sensitive))
	for _, n := range sensitive {
		if signs(sig, n) <= e.h.count(n) {
			out = append(out, n)
		}
	}
	return out
}

// signs counts how often h= names a field.
func signs(sig *signature, field string) int {
	n := 0
	for _, s := range sig.names {
		if s == field {
			n++
		}
	}
	return n
}

// maxTag is how much of b= a tag holds at most.
const maxTag = 64

// nameTags gives each signature as much of its b= as makes it different from the
// others, and 8 characters at least (RFC 6008 section 4).
func nameTags(sigs []Signature, cands []candidate) {
	for i := range sigs {
		b := cands[i].sig.bText
		sigs[i].Tag = unfold(b[:min(len(b), 2*maxTag)])
	}
	lengths := make([]int, len(sigs))
	for i := range sigs {
		b := sigs[i].Tag
		lengths[i] = min(8, len(b))
		for j := range sigs {
			if other := sigs[j].Tag; other != b {
				k := 0
				for k < len(b) && k < len(other) && b[k] == other[k] {
					k++
				}
				lengths[i] = max(lengths[i], min(k+1, len(b), maxTag))
			}
		}
	}
	for i, n := range lengths {
		sigs[i].Tag = name.Escape(sigs[i].Tag[:n])
	}
}

package dkim

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluateARC judges the ARC chain of a message (RFC 8617 section 5.2) by the keys in
// v. It is a pure function. When v lacks keys, it returns the questions to ask, all
// of them at once, and the Chain has no Status yet.
func EvaluateARC(m *Message, opts Options, v resolver.View) (Chain, []resolver.Question) {
	e := newEvaluation(m, opts, v)
	a := arc{evaluation: e, chain: Chain{Sets: []ARCSet{}, Findings: mailworthy.Findings{}}}
	if !a.collect() {
		return a.chain, nil
	}
	for i := range a.sets {
		e.fetch(&a.sets[i].message)
		e.fetch(&a.sets[i].seal)
	}
	if len(e.missing) > 0 {
		return a.chain, e.missing
	}
	a.verify()
	return a.chain, nil
}

// arc is the state of the evaluation of a chain.
type arc struct {
	*evaluation
	chain Chain
	sets  []arcSet
}

// arcSet is a set on the way to its result. The fields are indexes into the header,
// and -1 while they were not found.
type arcSet struct {
	results       int
	message, seal candidate
}

// fail ends the evaluation.
func (a *arc) fail(code mailworthy.Code, instance int, text string) bool {
	a.chain.Status, a.chain.Code, a.chain.Instance = Fail, code, instance
	f := finding(code, "")
	if instance > 0 && instance <= len(a.sets) && a.sets[instance-1].seal.sig != nil {
		f.Subject = a.sets[instance-1].seal.sig.domain
	}
	f.Message = text
	f.Remedy = "A chain that is broken cannot be mended: the message counts as one without a chain. Correct what the host at that place does with messages."
	a.chain.Findings = append(a.chain.Findings, f)
	return false
}

// collect finds the sets and judges their structure, as in steps 1 to 3 of the
// section. It returns false when that settles the status.
func (a *arc) collect() bool {
	h := a.h
	results, messages, seals := h.all("arc-authentication-results"), h.all("arc-message-signature"), h.all("arc-seal")
	n := len(seals)
	switch {
	case len(results)+len(messages)+n == 0:
		if a.m.Truncated || h.cut {
			return a.fail(CodeHeaderTooLarge, 0, "The header of the message exceeds the limit.")
		}
		a.chain.Status = None
		return false
	case a.m.Truncated || h.cut:
		return a.fail(CodeHeaderTooLarge, 0, "The header of the message exceeds the limit.")
	case max(len(results), len(messages), n) > maxInstances:
		return a.fail(CodeARCTooLong, 0, fmt.Sprintf("The chain has more than %d sets.", maxInstances))
	case len(results) != n || len(messages) != n:
		return a.fail(CodeARCStructure, 0, fmt.Sprintf("The chain has %d seals, %d message signatures and %d fields of results, which should be as many of each.", n, len(messages), len(results)))
	}
	a.sets = make([]arcSet, n)
	for i := range a.sets {
		a.sets[i] = arcSet{results: -1, message: candidate{field: -1}, seal: candidate{field: -1}}
	}
	for i := range n {
		if !a.place(arcSeal, seals[i]) || !a.place(arcMessage, messages[i]) || !a.placeResults(results[i]) {
			return false
		}
	}
	a.describeSets()
	// Step 2: what the newest seal says of the chain before is final.
	if a.sets[n-1].seal.sig.cv == string(Fail) {
		return a.fail(CodeARCFailed, n, "The host that sealed last found the chain broken.")
	}
	for i := range a.sets {
		want := Pass
		if i == 0 {
			want = None
		}
		if cv := a.sets[i].seal.sig.cv; cv != string(want) {
			return a.fail(CodeARCStatus, i+1, fmt.Sprintf("Seal %d has the status %q, and should have %q.", i+1, name.Escape(cut(cv)), want))
		}
	}
	return true
}

// place puts a signature into its set.
func (a *arc) place(k kind, field int) bool {
	sig, p := parseSignature(k, a.h.value(a.h.fields[field]))
	if sig.instance < 1 || sig.instance > len(a.sets) {
		return a.fail(CodeARCStructure, 0, fmt.Sprintf("The instances of the chain are not the numbers from 1 to %d.", len(a.sets)))
	}
	s := &a.sets[sig.instance-1]
	c := &s.message
	if k == arcSeal {
		c = &s.seal
	}
	if c.field >= 0 {
		return a.fail(CodeARCStructure, sig.instance, fmt.Sprintf("The instance %d stands twice.", sig.instance))
	}
	if p == nil {
		p = a.static(sig)
	}
	*c = candidate{sig: sig, field: field, index: len(a.sets) - sig.instance, rank: a.rank(sig.domain), problem: p}
	return true
}

func (a *arc) placeResults(field int) bool {
	n, _ := instanceOf(a.h.value(a.h.fields[field]))
	if n < 1 || n > len(a.sets) || a.sets[n-1].results >= 0 {
		return a.fail(CodeARCStructure, 0, fmt.Sprintf("The instances of the results are not the numbers from 1 to %d.", len(a.sets)))
	}
	a.sets[n-1].results = field
	return true
}

// instanceOf reads the instance at the start of ARC-Authentication-Results, and
// returns what stands behind it.
func instanceOf(value string) (n int, rest string) {
	first, rest := uncomment(value)
	tag, number0, ok := strings.Cut(first, "=")
	if !ok || strings.TrimSpace(tag) != "i" {
		return 0, value
	}
	v, ok := number(strings.TrimSpace(number0))
	if !ok || v > maxInstances {
		return 0, value
	}
	return int(v), strings.TrimSpace(rest)
}

// uncomment returns what stands before the first semicolon, with a blank for each
// comment, and what stands behind it (CFWS, RFC 8617 section 4.1.1).
func uncomment(s string) (plain, rest string) {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			depth++
			b.WriteByte(' ')
		case c == ')' && depth > 0:
			depth--
		case depth > 0:
		case c == ';':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

func (a *arc) describeSets() {
	a.chain.Sets = make([]ARCSet, len(a.sets))
	for i := range a.sets {
		s := &a.sets[i]
		_, results := instanceOf(a.h.value(a.h.fields[s.results]))
		a.chain.Sets[i] = ARCSet{
			Instance: i + 1, Results: name.Escape(strings.ReplaceAll(results, "\r\n", "")), ChainStatus: name.Escape(cut(s.seal.sig.cv)),
			Message: a.describe(&s.message), Seal: a.describe(&s.seal),
		}
	}
}

// verify is steps 4 to 7.
func (a *arc) verify() {
	n := len(a.sets)
	for i := n - 1; i >= 0; i-- {
		a.judgeARC(&a.sets[i].message, &a.chain.Sets[i].Message)
		a.judgeARC(&a.sets[i].seal, &a.chain.Sets[i].Seal)
	}
	if s := &a.chain.Sets[n-1].Message; s.Status != Pass {
		a.fail(CodeARCMessage, n, fmt.Sprintf("The message signature of set %d does not verify: the message was changed after it was sealed last.", n))
		a.temporary(s)
		return
	}
	for i := n - 1; i >= 0; i-- {
		if s := &a.chain.Sets[i].Seal; s.Status != Pass {
			a.fail(CodeARCSeal, i+1, fmt.Sprintf("Seal %d does not verify.", i+1))
			a.temporary(s)
			return
		}
	}
	a.chain.Status = Pass
	for i := n - 1; i >= 0; i-- {
		if a.chain.Sets[i].Message.Status != Pass {
			a.chain.OldestPass = i + 2
			break
		}
	}
}

func (a *arc) temporary(s *Signature) {
	a.chain.Findings[len(a.chain.Findings)-1].Temporary = s.Status == TempError
}

func (a *arc) judgeARC(c *candidate, s *Signature) {
	if c.problem == nil {
		if c.sig.kind == arcSeal {
			a.verifySeal(c, s)
		} else {
			a.evaluation.verify(c, s)
		}
	}
	if s.Status = Pass; c.problem != nil {
		s.Status, s.Code = c.problem.status, c.problem.code
		s.Findings = append(s.Findings, a.reason(c, s))
	}
}

// verifySeal verifies a seal over all the sets up to its own (section 5.1.1).
func (a *arc) verifySeal(c *candidate, s *Signature) {
	s.KeyTTL, s.Secure = c.answer.TTL, c.answer.Secure
	keys, p := a.keys(c)
	if p != nil {
		c.problem = p
		return
	}
	s.BodyMatches = true
	sum := a.sealSum(c)
	for i, k := range keys {
		kp := a.checkKey(c.sig, k)
		if kp == nil && !verifies(k, sum[:], c.sig.b) {
			kp = problemf(Fail, CodeSignatureMismatch, "b", "")
		}
		if i == 0 || kp == nil {
			c.problem, s.Key, s.Testing = kp, k, k.Testing
		}
		if kp == nil {
			s.HeaderMatches = true
			return
		}
	}
}

func (a *arc) sealSum(c *candidate) [sha256.Size]byte {
	a.buf = a.buf[:0]
	for i := range c.sig.instance {
		s := &a.sets[i]
		a.appendField(Relaxed, s.results)
		a.appendField(Relaxed, s.message.field)
		if i+1 < c.sig.instance {
			a.appendField(Relaxed, s.seal.field)
		}
	}
	return a.sumWith(c.sig, c.field)
}

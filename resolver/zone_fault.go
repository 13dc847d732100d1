package resolver

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/wire"
)

// Fault makes questions to a [Zone] go wrong:
//
//	z.Fault(resolver.Fault{Name: "mx.example.org", Status: resolver.ServFail, Times: 2})
//
// The same can stand in the zone text, see [ParseZone]. For a question that is
// answered over an alias, faults of the alias's target apply as well.
type Fault struct {
	// Name is whose questions go wrong: a name, "*.NAME" for all names below one,
	// or "*" or nothing for all names.
	Name string
	// Type is the type that has to be asked for. Zero is any type.
	Type Type

	// After is how many questions go well first, and Times how many then go
	// wrong; zero is all. Both count the questions that Name and Type are for.
	After, Times int

	// Status is what the question ends with. A Timeout is silence for those who
	// ask over the network; to Zone.Lookup it is immediate. If empty, only the
	// rest of the Fault applies.
	Status Status
	// Damage is what happens to the reply on the network.
	Damage Damage
	// Delay is how long the answer takes. Delays of several Faults add up.
	Delay time.Duration
	// Extended and ExtendedCode are the server's explanation (RFC 8914).
	Extended     string
	ExtendedCode uint16

	ttl    uint32
	hasTTL bool
	text   bool // from the zone text
}

// Damage is what can happen to a reply on the network. A server of the resolvertest
// package sends such bytes; a Zone in the process answers as a client would see it.
type Damage string

// The kinds of damage.
const (
	// Truncated is an empty reply with the TC bit over UDP, and the right one over
	// TCP. In the process it changes nothing.
	Truncated Damage = "truncated"
	// WrongID and WrongQuestion are replies to something else, as of a spoofer. A
	// client has to wait on, so that in the process they are a Timeout.
	WrongID       Damage = "wrong-id"
	WrongQuestion Damage = "wrong-question"
	// Garbage is a reply that cannot be decoded, and Reset a TCP connection that
	// is reset; over UDP it is truncated to make the client use one. In the
	// process both are Failed.
	Garbage Damage = "garbage"
	Reset   Damage = "reset"
)

// status is what the Fault means to somebody in the process.
func (f *Fault) status() Status {
	if f.Status != "" {
		return f.Status
	}
	switch f.Damage {
	case WrongID, WrongQuestion:
		return Timeout
	case Garbage, Reset:
		return Failed
	}
	return ""
}

// explanation is the extended error in the words of [Client]; without a code it
// is only the text, which may be the words of an earlier explanation.
func (f *Fault) explanation() string {
	if f.ExtendedCode == 0 {
		return name.Escape(f.Extended)
	}
	return extended([]wire.Extended{{Code: f.ExtendedCode, Text: f.Extended}})
}

// decides reports whether f does more than to delay.
func (f *Fault) decides() bool { return f.Status != "" || f.Damage != "" }

// rule is a Fault with the count of the questions that it is for.
type rule struct {
	Fault
	order int
	seen  int
}

// active reports whether the rule applies to the n-th question, from 1.
func (r *rule) active(n int) bool {
	return n > r.After && (r.Times == 0 || n-r.After <= r.Times)
}

// ruleSet is the Faults of a Zone, found by name.
type ruleSet struct {
	exact map[string][]*rule
	below map[string][]*rule // by the name that follows "*."
	all   []*rule
	order []*rule
}

func (s *ruleSet) add(f Fault) {
	r := &rule{Fault: f, order: len(s.order)}
	s.order = append(s.order, r)
	if f.Name == "*" {
		s.all = append(s.all, r)
		return
	}
	m, key := &s.exact, f.Name
	if parent, ok := strings.CutPrefix(f.Name, "*."); ok {
		m, key = &s.below, parent
	}
	if *m == nil {
		*m = make(map[string][]*rule)
	}
	(*m)[key] = append((*m)[key], r)
}

// next returns the Fault for a question, and counts the question.
func (s *ruleSet) next(q Question) (*Fault, time.Duration, bool) {
	return s.find(q, func(r *rule) bool {
		r.seen++
		return r.active(r.seen)
	})
}

// constant returns the Fault for a question among those that are for every time.
func (s *ruleSet) constant(q Question) (*Fault, time.Duration, bool) {
	return s.find(q, func(r *rule) bool { return r.After == 0 && r.Times == 0 })
}

// find returns the first rule that applies by the order they were given in.
func (s *ruleSet) find(q Question, applies func(*rule) bool) (f *Fault, delay time.Duration, foreseen bool) {
	if len(s.order) == 0 {
		return nil, 0, false
	}
	best := len(s.order)
	scan := func(rules []*rule) {
		for _, r := range rules {
			if r.Type != 0 && r.Type != q.Type {
				continue
			}
			foreseen = true
			if !applies(r) {
				continue
			}
			delay += r.Delay
			if r.order < best && r.decides() {
				best, f = r.order, &r.Fault
			}
		}
	}
	scan(s.exact[q.Name])
	if len(s.below) > 0 {
		for up := q.Name; up != ""; {
			up = name.Parent(up)
			scan(s.below[up])
		}
	}
	scan(s.all)
	return f, delay, foreseen
}

// Fault adds Faults, and returns z. Where several apply to a question, the one
// that was given first decides, those in the text before others. It panics on a
// Fault that can never apply.
func (z *Zone) Fault(faults ...Fault) *Zone {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, f := range faults {
		if f.Name == "" {
			f.Name = "*"
		}
		n, err := name.Normalize(f.Name)
		if err == nil {
			f.Name = n
			err = f.check()
		}
		if err != nil {
			panic(fmt.Errorf("resolver: fault of %q: %w", f.Name, err))
		}
		z.rules.add(f)
	}
	return z
}

func (f *Fault) check() error {
	switch f.Status {
	case "", NoData, NXDomain, ServFail, Refused, Timeout, Failed:
	default:
		return fmt.Errorf("no fault has the status %q", string(f.Status))
	}
	switch f.Damage {
	case "", Truncated, WrongID, WrongQuestion, Garbage, Reset:
	default:
		return fmt.Errorf("no damage %q", string(f.Damage))
	}
	switch {
	case f.After < 0 || f.Times < 0 || f.Delay < 0:
		return errors.New("a negative number")
	case f.Status != "" && f.Damage != "":
		return errors.New("a reply that is damaged has no status")
	case !f.decides() && f.Delay == 0:
		return errors.New("it changes nothing")
	}
	return nil
}

// rule writes f as a line of zone text has it.
func (f *Fault) rule() wire.Rule {
	r := wire.Rule{
		Name: f.Name, Type: uint16(f.Type), HasType: f.Type != 0, TTL: f.ttl, HasTTL: f.hasTTL,
		Word: string(f.Status) + string(f.Damage),
	}
	arg := func(s string) { r.Args = append(r.Args, wire.Arg{Text: s}) }
	if f.Delay > 0 {
		if r.Word == "" {
			r.Word = "delay=" + f.Delay.String()
		} else {
			arg("delay=" + f.Delay.String())
		}
	}
	if f.After > 0 {
		arg("after=" + strconv.Itoa(f.After))
	}
	if f.Times > 0 {
		arg("times=" + strconv.Itoa(f.Times))
	}
	if f.ExtendedCode > 0 {
		arg("ede=" + strconv.Itoa(int(f.ExtendedCode)))
	}
	if f.Extended != "" {
		r.Args = append(r.Args, wire.Arg{Text: f.Extended, Quoted: true})
	}
	return r
}

// addRule adds what a line of the zone text says.
func (z *Zone) addRule(r wire.Rule) error {
	q := Question{Name: r.Name, Type: Type(r.Type)}
	w := &z.world
	switch r.Word {
	case "secure", "insecure":
		if len(r.Args) > 0 {
			return fmt.Errorf("!%s takes no words", r.Word)
		}
		if r.HasType {
			w.secureQ[q] = r.Word == "secure"
			return nil
		}
		w.secure[r.Name] = r.Word == "secure"
		return nil
	case "answer":
		if !r.HasType || len(r.Args) != 1 {
			return errors.New("!answer takes a type before it and one quoted text after it")
		}
		a, err := exactAnswer(r.Args[0].Text)
		w.answers[q] = a
		return err
	}
	f := Fault{Name: r.Name, Type: q.Type, hasTTL: r.HasTTL, text: true}
	if r.HasTTL {
		f.ttl = r.TTL
	}
	if err := f.read(r.Word, r.Args); err != nil {
		return err
	}
	if f.Status != NXDomain && r.Name != "*" && !strings.HasPrefix(r.Name, "*.") {
		w.make(r.Name)
	}
	z.rules.add(f)
	return nil
}

// read reads a rule's words.
func (f *Fault) read(word string, args []wire.Arg) error {
	switch v := Damage(word); v {
	case Truncated, WrongID, WrongQuestion, Garbage, Reset:
		f.Damage = v
	default:
		switch s := Status(word); s {
		case NoData, NXDomain, ServFail, Refused, Timeout, Failed:
			f.Status = s
		default:
			if !strings.HasPrefix(word, "delay=") {
				return fmt.Errorf("no rule !%s", clip(word))
			}
			args = append([]wire.Arg{{Text: word}}, args...)
		}
	}
	for _, arg := range args {
		key, val, _ := strings.Cut(arg.Text, "=")
		if arg.Quoted {
			key = ""
		}
		var err error
		switch key {
		case "times":
			f.Times, err = number(val)
		case "after":
			f.After, err = number(val)
		case "delay":
			f.Delay, err = time.ParseDuration(val)
		case "ede":
			var n uint64
			n, err = strconv.ParseUint(val, 10, 16)
			f.ExtendedCode = uint16(n)
		default:
			if f.Extended != "" {
				return fmt.Errorf("more than one text: %s", clip(arg.Text))
			}
			f.Extended = arg.Text
		}
		if err != nil {
			return fmt.Errorf("not a good %s: %s", key, clip(val))
		}
	}
	return f.check()
}

func number(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err
}

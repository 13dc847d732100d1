package dnsbl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/secret"
	"github.com/mailworthy/mailworthy/resolver"
)

// Keys are the keys of subscribers, by the provider that [List.KeyZone] names:
//
//	dnsbl.Checker{Keys: dnsbl.Keys{"spamhaus": "...", "abusix": "..."}}
//
// A key is a label in the names that are asked. So that it reaches no result, error,
// finding or trace, everything here works with names in which the provider's name in
// braces stands for it: "2.0.0.127.{spamhaus}.zen.dq.spamhaus.net". The key is put in
// on the way to the Resolver, and taken out of what comes back. What the Resolver
// itself stores or shows beyond that, such as the names in a Cache, has the key; for
// a Recorder there is Redact.
type Keys map[string]Key

// Key is a key: one label of letters, digits and hyphens. It prints and marshals as a
// placeholder.
type Key string

const hidden = "(key)"

// Format prints a placeholder, whatever the verb.
func (Key) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hidden)) }

// String returns a placeholder.
func (Key) String() string { return hidden }

// MarshalText writes a placeholder.
func (Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

func (k Key) valid() bool {
	for i := range len(k) {
		c := k[i] | 0x20
		if (c < 'a' || c > 'z') && (k[i] < '0' || k[i] > '9') && k[i] != '-' {
			return false
		}
	}
	return 0 < len(k) && len(k) <= 63
}

// providers adds those that there are keys of, in order.
func (k Keys) providers(more []string) []string {
	if len(k) == 0 {
		return more
	}
	out := slices.Clone(more)
	for p := range k {
		out = append(out, p)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Resolver returns a Resolver that puts the keys into the names that it passes on to
// next, and takes them out of what comes back. A Checker with Keys has it already. To
// record a check without its keys, put it below the Recorder:
//
//	rec := resolver.Record(keys.Resolver(next))
//	res, err := dnsbl.Checker{Resolver: rec}.Check(ctx, dnsbl.Request{Target: t, Keyed: []string{"spamhaus"}})
func (k Keys) Resolver(next resolver.Resolver) resolver.Resolver {
	if next == nil {
		next = resolver.Default()
	}
	return keyed{k, next}
}

// Redact returns s with the keys replaced by the names of their providers, in questions
// and in answers. [Evaluate] with the same Request, and with Keyed as the providers of
// k, comes to the same result by it.
func (k Keys) Redact(s resolver.Snapshot) resolver.Snapshot {
	// The longest key first, since one may be part of another; and through marks that
	// no key can be part of, since one may be part of a provider's name.
	providers := make([]string, 0, len(k))
	for p, key := range k {
		if key.valid() {
			providers = append(providers, p)
		}
	}
	slices.SortFunc(providers, func(a, b string) int {
		return cmp.Or(len(k[b])-len(k[a]), strings.Compare(a, b))
	})
	type step struct{ from, to string }
	var steps []step
	for i, p := range providers {
		steps = append(steps, step{string(k[p]), mark(i)})
	}
	for i, p := range providers {
		steps = append(steps, step{mark(i), placeholder(p)})
	}
	out := make(resolver.Snapshot, len(s))
	for q, a := range s {
		for _, st := range steps {
			q.Name = secret.Hide(q.Name, st.from, st.to)
			a = redact(a, st.from, st.to)
		}
		out[q] = a
	}
	return out
}

func mark(i int) string { return "\x01" + strings.Repeat("\x00", i) + "\x01" }

// placeholder is what stands for a key, in the form of names.
func placeholder(provider string) string { return "{" + strings.ToLower(provider) + "}" }

type keyed struct {
	keys Keys
	next resolver.Resolver
}

var errNoKey = errors.New("there is no key, or not a valid one")

// unlock returns q as it is asked, and which key is in it.
func (k keyed) unlock(q resolver.Question) (asked resolver.Question, key, label string, err error) {
	start := strings.IndexByte(q.Name, '{')
	if start < 0 {
		return q, "", "", nil
	}
	end := strings.IndexByte(q.Name[start:], '}')
	if end < 0 {
		return q, "", "", errNoKey
	}
	end += start + 1
	label = q.Name[start:end]
	for provider, value := range k.keys {
		if strings.EqualFold(placeholder(provider), label) && value.valid() {
			asked = q
			asked.Name = q.Name[:start] + strings.ToLower(string(value)) + q.Name[end:]
			return asked, string(value), label, nil
		}
	}
	return q, "", "", errNoKey
}

func (k keyed) Lookup(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
	asked, key, label, err := k.unlock(q)
	if err != nil {
		return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Failed, Err: err})
	}
	if key == "" {
		return k.next.Lookup(ctx, q)
	}
	a, err := k.next.Lookup(secret.With(ctx, key, label), asked)
	a = redact(a, key, label)
	if err == nil {
		return a, nil
	}
	e, ok := errors.AsType[*resolver.Error](err)
	if !ok {
		e = &resolver.Error{Status: resolver.Failed}
		if errors.Is(err, context.DeadlineExceeded) {
			e.Status = resolver.Timeout
		}
	}
	clean := &resolver.Error{
		Question: q, Status: e.Status, Server: e.Server,
		Extended: secret.Hide(e.Extended, key, label), Err: redactError(e.Err, key, label),
	}
	if !ok {
		clean.Err = redactError(err, key, label)
	}
	if a.Status == "" || a.Status.Definitive() {
		return resolver.Fail(clean)
	}
	return a, clean
}

// redactError keeps what programs look for in an error, and hides what its text tells.
func redactError(err error, key, label string) error {
	switch {
	case err == nil:
		return nil
	case secret.Hide(err.Error(), key, label) == err.Error():
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return errors.New(secret.Hide(err.Error(), key, label))
}

func (k keyed) Peek(ctx context.Context, q resolver.Question) (resolver.Answer, bool) {
	asked, key, label, err := k.unlock(q)
	if err != nil {
		return resolver.Answer{}, false
	}
	if key == "" {
		return peek(ctx, k.next, asked)
	}
	a, ok := peek(secret.With(ctx, key, label), k.next, asked)
	return redact(a, key, label), ok
}

// redact takes a key out of an answer, which is copied where it holds one: answers are
// shared.
func redact(a resolver.Answer, key, label string) resolver.Answer {
	a.Problem = secret.Hide(a.Problem, key, label)
	a.Alias = redactAll(a.Alias, key, label)
	a.Hosts = redactAll(a.Hosts, key, label)
	for i, t := range a.TXT {
		joined := t.String()
		if h := secret.Hide(joined, key, label); h != joined {
			a.TXT = slices.Clone(a.TXT)
			a.TXT[i] = resolver.Text{h}
		}
	}
	for i, mx := range a.MX {
		if h := secret.Hide(mx.Host, key, label); h != mx.Host {
			a.MX = slices.Clone(a.MX)
			a.MX[i].Host = h
		}
	}
	return a
}

func redactAll(texts []string, key, label string) []string {
	for i, t := range texts {
		if h := secret.Hide(t, key, label); h != t {
			texts = slices.Clone(texts)
			texts[i] = h
		}
	}
	return texts
}

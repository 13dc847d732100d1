// Package secret keeps keys that are part of a name out of what is shown of it.
package secret

import (
	"context"
	"strings"
)

type key struct{}

// cover is a secret, and what is shown in its place.
type cover struct{ secret, label string }

// With returns a context in which names may hold a secret. Whoever shows a name that
// was asked with it, puts it through Name.
func With(ctx context.Context, secret, label string) context.Context {
	return context.WithValue(ctx, key{}, cover{secret, label})
}

// Name returns name as it may be shown in ctx.
func Name(ctx context.Context, name string) string {
	c, ok := ctx.Value(key{}).(cover)
	if !ok {
		return name
	}
	return Hide(name, c.secret, c.label)
}

// In reports whether names in ctx may hold a secret.
func In(ctx context.Context) bool {
	_, ok := ctx.Value(key{}).(cover)
	return ok
}

// Hide returns text with each occurrence of the secret, in any case, replaced by the
// label. It returns text itself when there is none.
func Hide(text, secret, label string) string {
	if secret == "" || len(text) < len(secret) {
		return text
	}
	var b strings.Builder
	from := 0
	for i := 0; i+len(secret) <= len(text); {
		if !strings.EqualFold(text[i:i+len(secret)], secret) {
			i++
			continue
		}
		b.WriteString(text[from:i])
		b.WriteString(label)
		i += len(secret)
		from = i
	}
	if from == 0 && b.Len() == 0 {
		return text
	}
	b.WriteString(text[from:])
	return b.String()
}

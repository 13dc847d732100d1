// Package mock carries what a mock zone tells the server that stands before it,
// beyond the answer that everybody sees.
package mock

import (
	"context"

	"github.com/mailworthy/mailworthy/internal/wire"
)

// Exchange is put into the context of a lookup by a server, and filled in by the
// zone.
type Exchange struct {
	// Network is "udp" or "tcp", from the server.
	Network string

	// Answer and Authority are the records to send, in order.
	Answer, Authority []wire.Record
	// Damage is what to do to the reply, in the words of resolver.Damage.
	Damage string
	// Silent is true when no reply is sent at all.
	Silent bool
	// Extended and ExtendedCode are an extended error (RFC 8914); there is one
	// if HasExtended is true.
	Extended     string
	ExtendedCode uint16
	HasExtended  bool
}

type key struct{}

// With returns a context that carries x.
func With(ctx context.Context, x *Exchange) context.Context {
	return context.WithValue(ctx, key{}, x)
}

// From returns what With put there, or nil.
func From(ctx context.Context) *Exchange {
	x, _ := ctx.Value(key{}).(*Exchange)
	return x
}

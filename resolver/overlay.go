package resolver

import (
	"context"
	"slices"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Overlay is DNS with some domains replaced by a Zone: as it will be when the zone is
// published, or as it would be without a record. It is safe for concurrent use.
type Overlay struct {
	// Zone answers for Domains, and for all other names that it has.
	Zone *Zone
	// Domains are those of which the zone has everything: a name at or below one of them
	// that is not in the zone does not exist, whatever Next says.
	Domains []string
	// Next answers for all other names. If nil, it is Default(). An alias in the zone may
	// lead to what Next has; one that Next has is followed by Next.
	Next Resolver
}

// Lookup answers from the zone, or asks Next.
func (o Overlay) Lookup(ctx context.Context, q Question) (Answer, error) {
	a, err := o.Zone.Lookup(ctx, q)
	if n := len(a.Alias); n > 0 {
		q.Name = a.Alias[n-1]
	}
	if a.Status != NXDomain || o.owns(q.Name) {
		return a, err
	}
	next := o.Next
	if next == nil {
		next = Default()
	}
	b, err := next.Lookup(ctx, q)
	if len(a.Alias) > 0 {
		b.Alias = slices.Concat(a.Alias, b.Alias)
		b.TTL = min(a.TTL, b.TTL)
	}
	return b, err
}

// owns reports whether the zone has everything that there is of a name.
func (o Overlay) owns(asked string) bool {
	return slices.ContainsFunc(o.Domains, func(d string) bool {
		n, err := name.Normalize(d)
		return err == nil && name.Within(asked, n)
	})
}

// Package dkim is replaced by the merge with the verification core.
package dkim

import (
	"context"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/resolver"
)

// Checker fetches what an evaluation needs, and evaluates. The zero value works.
type Checker struct {
	// Resolver answers the questions. If nil, it is resolver.Default().
	Resolver resolver.Resolver
	// Providers are the services that CheckKey and CheckSelectors know keys by. If
	// nil, they are the catalogue that the function Providers returns.
	Providers []Provider
}

// rule is what is the same for all findings of a code.
type rule struct {
	severity mailworthy.Severity
	ref      string
}

func run[R any](ctx context.Context, c Checker, evaluate drive.Evaluator[R]) (R, error) {
	return drive.Run(ctx, c.Resolver, evaluate)
}

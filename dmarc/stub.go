package dmarc

import "github.com/mailworthy/mailworthy/resolver"

// Comparison says where RFC 9989 and RFC 7489 differ.
type Comparison struct{}

// EvaluateComparison judges a message by both.
func EvaluateComparison(Request, resolver.View) (Comparison, []resolver.Question) {
	return Comparison{}, nil
}

// Evaluate judges a message.
func Evaluate(Request, resolver.View) (Result, []resolver.Question) { return Result{}, nil }

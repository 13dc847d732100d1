// Package rule holds what is the same for all findings of a code. Each check lists
// its codes in a Table, from which docs/findings.md is generated as well.
package rule

import "github.com/mailworthy/mailworthy"

// Rule is a code's usual severity, and the source of what it says, as in "RFC 7208
// section 4.5".
type Rule struct {
	Severity mailworthy.Severity
	Ref      string
}

// Error is the rule of a code that breaks the check for some or all mail.
func Error(ref string) Rule { return Rule{mailworthy.Error, ref} }

// Warning is the rule of a code that endangers delivery.
func Warning(ref string) Rule { return Rule{mailworthy.Warning, ref} }

// Info is the rule of a code that needs no action.
func Info(ref string) Rule { return Rule{mailworthy.Info, ref} }

// Table holds the rules of a check's codes.
type Table map[mailworthy.Code]Rule

// Finding starts a finding: its code, severity, subject and source.
func (t Table) Finding(code mailworthy.Code, subject string) mailworthy.Finding {
	r := t[code]
	return mailworthy.Finding{Code: code, Severity: r.Severity, Subject: subject, Ref: r.Ref}
}

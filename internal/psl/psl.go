// Package psl finds organisational domains by the public suffix list
// (https://publicsuffix.org), in the version that golang.org/x/net/publicsuffix
// carries. That is what was common before DMARC got its tree walk (RFC 7489 section
// 3.2), and what those go by who must not ask DNS.
//
// Domains are in the normal form of package internal/name.
package psl

import (
	"golang.org/x/net/publicsuffix"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Organizational returns the organisational domain of a domain: its public suffix
// and one label more. That of a public suffix is itself, and that of the root "".
func Organizational(domain string) string {
	suffix := Suffix(domain)
	for domain != suffix {
		up := name.Parent(domain)
		if up == suffix || up == "" {
			break
		}
		domain = up
	}
	return domain
}

// Suffix returns the public suffix of a domain, which may be the domain itself. By
// the list's rules it is the last label where nothing else is listed.
func Suffix(domain string) string {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	// The list knows no escapes: a dot inside a label separates nothing.
	for d := domain; d != ""; d = name.Parent(d) {
		if d == suffix {
			return suffix
		}
	}
	last := domain
	for up := name.Parent(last); up != ""; up = name.Parent(last) {
		last = up
	}
	return last
}

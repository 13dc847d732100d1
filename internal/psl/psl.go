// Package psl knows where domains are registered: the Public Suffix List.
package psl

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Organizational returns the registrable domain that a domain in normal form belongs
// to: one label below the longest public suffix. It is "" for a public suffix itself,
// and for a single label.
func Organizational(domain string) string {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	above, ok := strings.CutSuffix(domain, "."+suffix)
	if !ok || above == "" {
		return ""
	}
	return domain[strings.LastIndexByte(above, '.')+1:]
}

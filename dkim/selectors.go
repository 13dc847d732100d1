package dkim

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Provider is a service that signs mail for its customers, and how it has them
// publish its keys.
type Provider struct {
	// Name is the provider's, unique within a catalogue.
	Name string `json:"name"`
	// Selectors are those that customers publish, as far as they are the same for
	// all customers.
	Selectors []string `json:"selectors,omitempty"`
	// Targets say whom an alias leads to: the provider owns all names that are
	// equal to one of these or below it. They are in normal form.
	Targets []string `json:"targets,omitempty"`
	// Note is one sentence on what is special.
	Note string `json:"note,omitempty"`
	// Ref is the address of the provider's documentation.
	Ref string `json:"ref"`
	// Checked is the month in which somebody last looked, such as "2026-11".
	Checked string `json:"checked"`
}

// Providers returns a copy of the catalogue of well-known providers, sorted by
// name. It only proposes selectors and explains: no verdict depends on it.
//
// To add or correct entries, put your own before it:
//
//	providers := append([]dkim.Provider{mine}, dkim.Providers()...)
func Providers() []Provider {
	list := slices.Clone(providers[:])
	for i := range list {
		list[i].Selectors = slices.Clone(list[i].Selectors)
		list[i].Targets = slices.Clone(list[i].Targets)
	}
	return list
}

// Selectors returns the selectors that CheckSelectors asks for when it is given
// none: those of the providers, and what people and the common mail servers name
// them by default. Each stands there once, in a fixed order.
func Selectors() []string { return selectorsOf(providers[:]) }

// orCatalogue returns list, or the catalogue when there is nothing in it.
func orCatalogue(list []Provider) []Provider {
	if len(list) == 0 {
		return providers[:]
	}
	return list
}

// selectorsOf returns the selectors of providers, and the common ones.
func selectorsOf(list []Provider) []string {
	var out []string
	for i := range list {
		out = append(out, list[i].Selectors...)
	}
	return unique(append(out, commonSelectors[:]...))
}

// unique returns the elements of list that stand nowhere before.
func unique(list []string) []string {
	seen := make(map[string]bool, len(list))
	out := make([]string, 0, len(list))
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// providerOf returns the provider that a key belongs to. The aliases decide, the
// first that is known before the others, since the key is where they lead; the
// longest of the matching targets counts, and the first provider among equals.
//
// When there is no alias, it is the one provider that has the selector, which is a
// guess.
func providerOf(selector string, alias []string, list []Provider) (p *Provider, guess bool) {
	for _, target := range alias {
		longest := 0
		for i := range list {
			for _, domain := range list[i].Targets {
				if len(domain) > longest && name.Within(target, domain) {
					p, longest = &list[i], len(domain)
				}
			}
		}
		if p != nil {
			return p, false
		}
	}
	if len(alias) > 0 || slices.Contains(commonSelectors[:], selector) {
		return nil, false
	}
	for i := range list {
		if slices.ContainsFunc(list[i].Selectors, func(s string) bool { return strings.EqualFold(s, selector) }) {
			if p != nil && p.Name != list[i].Name {
				return nil, false
			}
			p = &list[i]
		}
	}
	return p, p != nil
}

package spf

import (
	"slices"
	"strings"
)

// Vendor is a service that sends mail for its customers, or that keeps their SPF
// records, and what it asks them to publish.
type Vendor struct {
	// Name is the vendor's, unique within a catalogue.
	Name string `json:"name"`
	// Include holds what a customer includes now. When there are several, one is
	// enough: they are for regions, best known first. It is empty when there is
	// nothing to include, or when each customer is given a name; Note says which.
	Include []string `json:"include,omitempty"`
	// Redirect is what the vendor's customers redirect to when nobody else sends
	// for the domain. Include says the same for those who have other senders too.
	Redirect string `json:"redirect,omitempty"`
	// Domains say whom a term is about: the vendor owns all names in a record
	// that are equal to one of these or below it. Names that the vendor no longer
	// asks for are among them. They are in normal form.
	Domains []string `json:"domains"`
	// Hosted says that the vendor keeps the customer's whole policy: the name is
	// the customer's own, often with macros, and authorises third parties that
	// the record does not show.
	Hosted bool `json:"hosted,omitzero"`
	// Documented says that the vendor's own documentation stands behind the
	// entry. Otherwise it is known from the records of customers.
	Documented bool `json:"documented,omitzero"`
	// Note is one sentence on what is special.
	Note string `json:"note,omitempty"`
	// Ref is the address of the vendor's documentation.
	Ref string `json:"ref"`
	// Checked is the month in which somebody last looked, such as "2026-11".
	Checked string `json:"checked"`
}

// Vendors returns a copy of the catalogue of well-known vendors, sorted by name.
// It only explains and proposes: no verdict depends on it.
//
// To add or correct entries, put your own before it:
//
//	vendors := append([]spf.Vendor{mine}, spf.Vendors()...)
func Vendors() []Vendor {
	vendors := slices.Clone(catalogue[:])
	for i := range vendors {
		vendors[i].Include = slices.Clone(vendors[i].Include)
		vendors[i].Domains = slices.Clone(vendors[i].Domains)
	}
	return vendors
}

// vendorOf returns the vendor that a term's target belongs to. The longest of the
// matching domains decides, so that one vendor may live below another, and the
// first vendor among equals, so that a caller's entry overrides the catalogue's.
//
// A target may hold macros, which are not in normal form: what counts is the text
// at its end, and whole labels.
func vendorOf(target string, vendors []Vendor) (Vendor, bool) {
	target = strings.TrimSuffix(target, ".")
	best, longest := -1, 0
	for i := range vendors {
		for _, domain := range vendors[i].Domains {
			if len(domain) > longest && within(target, domain) {
				best, longest = i, len(domain)
			}
		}
	}
	if best < 0 {
		return Vendor{}, false
	}
	return vendors[best], true
}

// within reports whether name is domain or below it, in any case.
func within(name, domain string) bool {
	i := len(name) - len(domain)
	return i >= 0 && (i == 0 || name[i-1] == '.') && strings.EqualFold(name[i:], domain)
}

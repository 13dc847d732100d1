package main

import (
	"embed"
	"net/netip"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// The embedded zone tells two stories that many companies share.
//
//go:embed story.zone
var story string

// The embedded reports are what receivers had to say.
//
//go:embed testdata/reports
var storyReports embed.FS

// tell makes the stories what is audited. The flags may name more senders and
// services.
func tell(opts *options, more subject) {
	newsletter := spf.Vendor{
		Name: "The newsletter service", Include: []string{"_spf.newsletter.example"}, Domains: []string{"newsletter.example"},
	}
	opts.see, opts.zone = &sight{ledger: newLedger(resolver.MustZone(story))}, true
	opts.vendors, opts.added = append([]spf.Vendor{newsletter}, opts.vendors...), 1
	opts.reports, _ = reportsIn(storyReports, "testdata/reports") // They are there.
	opts.subjects = []subject{
		{
			Domain: "shop.example", Services: []spf.Vendor{newsletter},
			Senders: []sender{
				{"office server", netip.MustParseAddr("192.88.99.25"), "exchange.shop.local"},
				{"newsletter service", netip.MustParseAddr("192.88.99.177"), "o177.newsletter.example"},
			},
		},
		{
			Domain: "agency.example",
			Senders: []sender{
				{"staff", netip.MustParseAddr("203.0.113.70"), ""},
				{"tickets", netip.MustParseAddr("198.51.100.140"), ""},
				{"sales", netip.MustParseAddr("198.51.100.200"), ""},
				{"old web server", netip.MustParseAddr("192.88.99.80"), "www.agency.example"},
			},
		},
	}
	for i := range opts.subjects {
		s := &opts.subjects[i]
		s.Services = append(s.Services, more.Services...)
		s.Selectors = more.Selectors
		s.HELO = more.HELO
		if more.Senders != nil {
			s.Senders = more.Senders
		}
	}
}

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
	opts.resolver = resolver.MustZone(story)
	opts.vendors = append(opts.vendors, newsletter)
	opts.reports, _ = reportsIn(storyReports, "testdata/reports") // They are there.
	opts.subjects = []subject{
		{
			domain: "shop.example", services: []spf.Vendor{newsletter},
			senders: []sender{
				{"office server", netip.MustParseAddr("192.88.99.25"), "exchange.shop.local"},
				{"newsletter service", netip.MustParseAddr("192.88.99.177"), "o177.newsletter.example"},
			},
		},
		{
			domain: "agency.example",
			senders: []sender{
				{"staff", netip.MustParseAddr("203.0.113.70"), ""},
				{"tickets", netip.MustParseAddr("198.51.100.140"), ""},
				{"sales", netip.MustParseAddr("198.51.100.200"), ""},
				{"old web server", netip.MustParseAddr("192.88.99.80"), "www.agency.example"},
			},
		},
	}
	for i := range opts.subjects {
		s := &opts.subjects[i]
		s.services = append(s.services, more.services...)
		s.selectors = more.selectors
		s.helo = more.helo
		if more.senders != nil {
			s.senders = more.senders
		}
	}
}

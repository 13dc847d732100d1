package spf

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVendorOf(t *testing.T) {
	own := []Vendor{
		{Name: "Example", Domains: []string{"example.org"}},
		{Name: "Example News", Domains: []string{"news.example.org", "example.net"}},
		{Name: "Late", Domains: []string{"example.org", "example.com"}},
		{Name: "Empty"},
	}
	overridden := append([]Vendor{{Name: "Own relay", Domains: []string{"relay.sendgrid.net", "amazonses.com"}}}, Vendors()...)
	tests := []struct {
		name, target string
		vendors      []Vendor
		want         string // "" for nobody
	}{
		{name: "itself", target: "example.org", vendors: own, want: "Example"},
		{name: "below", target: "a.b.example.org", vendors: own, want: "Example"},
		{name: "above", target: "org", vendors: own},
		{name: "longest suffix", target: "spf.news.example.org", vendors: own, want: "Example News"},
		{name: "first of equals", target: "spf.example.org", vendors: own, want: "Example"},
		{name: "second domain", target: "spf.example.com", vendors: own, want: "Late"},
		{name: "inside a label", target: "badexample.org", vendors: own},
		{name: "inside a label, below", target: "spf.badnews.example.com", vendors: own, want: "Late"},
		{name: "in front", target: "example.org.attacker.test", vendors: own},
		{name: "upper case", target: "SPF.Example.ORG", vendors: own, want: "Example"},
		{name: "final dot", target: "spf.example.org.", vendors: own, want: "Example"},
		{name: "empty", target: "", vendors: own},
		{name: "dot", target: ".", vendors: own},
		{name: "no catalogue", target: "example.org"},

		{name: "Google", target: "_spf.google.com", vendors: catalogue[:], want: "Google Workspace"},
		{name: "not Google", target: "_spf.badgoogle.com", vendors: catalogue[:]},
		{name: "old Google", target: "aspmx.googlemail.com", vendors: catalogue[:], want: "Google Workspace"},
		{name: "macros", target: "%{i}._ip.%{h}._ehlo.%{d}._spf.vali.email", vendors: catalogue[:], want: "Valimail"},
		{name: "macros before the domain", target: "%{ir}.%{v}.%{d}.spf.has.pphosted.com", vendors: catalogue[:], want: "Proofpoint"},
		{name: "macro in the label", target: "%{d}vali.email", vendors: catalogue[:]},
		{name: "macro at the end", target: "_spf.vali.email.%{d}", vendors: catalogue[:]},
		{name: "hosted", target: "_spf.flowers_example._d.easydmarc.pro", vendors: catalogue[:], want: "EasyDMARC"},
		{name: "customer's name", target: "12345.spf05.hubspotemail.net", vendors: catalogue[:], want: "HubSpot"},
		{name: "Cisco's other service", target: "%{d}.11.spf-protect.dmp.cisco.com", vendors: catalogue[:], want: "Agari"},
		{name: "Cisco itself", target: "spf.cisco.com", vendors: catalogue[:]},
		{name: "overridden", target: "amazonses.com", vendors: overridden, want: "Own relay"},
		{name: "overridden below", target: "relay.sendgrid.net", vendors: overridden, want: "Own relay"},
		{name: "beside the override", target: "sendgrid.net", vendors: overridden, want: "SendGrid (Twilio)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := vendorOf(tt.target, tt.vendors)
			require.Equal(t, tt.want != "", ok)
			require.Equal(t, tt.want, v.Name)
		})
	}
}

// TestVendorsOwnTheirNames proves that a record with what a vendor asks for names
// that vendor, not another.
func TestVendorsOwnTheirNames(t *testing.T) {
	for _, v := range catalogue {
		names := append(append([]string{v.Redirect}, v.Include...), v.Domains...)
		for _, target := range names {
			if target == "" {
				continue // no redirect
			}
			got, ok := vendorOf(target, catalogue[:])
			require.True(t, ok, "%s of %s", target, v.Name)
			require.Equal(t, v.Name, got.Name, target)
		}
	}
}

func BenchmarkVendorOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := vendorOf("%{i}._ip.%{h}._ehlo.%{d}._spf.vali.email", catalogue[:]); !ok {
			b.Fatal("nobody")
		}
	}
}

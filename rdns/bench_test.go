package rdns_test

import (
	"net/netip"
	"testing"

	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// snapshotOf is what a check of a zone sees.
func snapshotOf(b *testing.B, zone string, ip netip.Addr, helo string) resolver.Snapshot {
	b.Helper()
	rec := resolver.Record(resolver.MustZone(zone))
	c := rdns.Checker{Resolver: rec}
	if _, err := c.Check(b.Context(), ip); err != nil {
		b.Fatal(err)
	}
	if _, err := c.CheckHELO(b.Context(), rdns.HELORequest{IP: ip, HELO: helo}); err != nil {
		b.Fatal(err)
	}
	return rec.Snapshot()
}

func BenchmarkEvaluate(b *testing.B) {
	for _, bc := range []struct{ name, ip, zone string }{
		{"case=pass", ip4, heloZone},
		{"case=pass6", ip6, rev6 + " PTR mail.example.org\nmail.example.org AAAA 2001:db8::10"},
		{"case=no-ptr", ip4, ""},
		{"case=dynamic", ip4, rev4 + " PTR dsl-192-0-2-10.example.net\ndsl-192-0-2-10.example.net A 192.0.2.10"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			req := rdns.Request{IP: netip.MustParseAddr(bc.ip)}
			view := snapshotOf(b, bc.zone, req.IP, "mail.example.org")
			b.ReportAllocs()
			for b.Loop() {
				rdns.Evaluate(req, view)
			}
		})
	}
}

func BenchmarkEvaluateHELO(b *testing.B) {
	req := rdns.HELORequest{IP: netip.MustParseAddr(ip4), HELO: "mail.example.org"}
	view := snapshotOf(b, heloZone, req.IP, req.HELO)
	b.ReportAllocs()
	for b.Loop() {
		rdns.EvaluateHELO(req, view)
	}
}

func BenchmarkClassify(b *testing.B) {
	for _, bc := range []struct{ name, ip, host string }{
		{"case=custom", ip4, "mx1.dc2.example.org"},
		{"case=dynamic", ip4, "dsl-192-000-002-010.pools.example.net"},
		{"case=cloud", ip4, "static.10.2.0.192.clients.your-server.de"},
		{"case=custom6", ip6, "mx1.dc2.example.org"},
		{"case=dynamic6", ip6, "2001-db8--10.dyn.example.net"},
	} {
		b.Run(bc.name, func(b *testing.B) {
			ip := netip.MustParseAddr(bc.ip)
			b.ReportAllocs()
			for b.Loop() {
				rdns.Classify(ip, bc.host)
			}
		})
	}
}

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"

	blitiri "blitiri.com.ar/go/spf"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

const (
	coversCompiled = "mailworthy Policy.Covers"
	coversEvaluate = "mailworthy Evaluate"
	coversPeer     = "blitiri CheckHostWithSender"
)

// includeTree is a policy of 40 records: a trunk with nine includes, which include 30
// more, with a hundred networks each. As in any policy, an address that nothing
// matches ends at the limit of lookups.
func includeTree() world {
	w := world{txt: map[string]string{"example.org": "v=spf1"}}
	for i := range 9 {
		w.txt["example.org"] += fmt.Sprintf(" include:_spf%d.example.org", i)
		w.txt[fmt.Sprintf("_spf%d.example.org", i)] = "v=spf1 " + hundred(i) + " ~all"
	}
	w.txt["example.org"] += " ~all"
	for i := range 30 {
		below := fmt.Sprintf("_spf%d.example.org", i%9)
		w.txt[below] = strings.Replace(w.txt[below], " ~all", fmt.Sprintf(" include:_b%d.example.org ~all", i), 1)
		w.txt[fmt.Sprintf("_b%d.example.org", i)] = "v=spf1 " + hundred(10+i) + " ~all"
	}
	return w
}

func hundred(i int) string {
	terms := make([]string, 100)
	for j := range terms {
		terms[j] = fmt.Sprintf("ip4:10.%d.%d.0/25", i, j)
	}
	return strings.Join(terms, " ")
}

// compareCovers asks for random addresses of the policy, half of them in 10/8.
func compareCovers(s settings, r *report) error {
	zone := includeTree().zone()
	rec := resolver.Record(zone)
	rep, err := spf.Checker{Resolver: rec}.CheckDomain(context.Background(), "example.org")
	if err != nil {
		return err
	}
	policy, snapshot, peer := rep.Compile(), rec.Snapshot(), blitiri.WithResolver(includeTree().peer())

	rnd := rand.New(rand.NewPCG(1, 2))
	addrs := make([]netip.Addr, 1<<16)
	for i := range addrs {
		n := rnd.Uint32()
		addrs[i] = netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		if i%2 == 0 {
			addrs[i] = netip.AddrFrom4([4]byte{10, byte(n>>16) % 40, byte(n>>8) % 100, byte(n)})
		}
	}
	next := 0
	each := func(name string, judge func(ip netip.Addr) spf.Status) contender {
		return contender{name, func(n int) error {
			for range n {
				ip := addrs[next&(len(addrs)-1)]
				next++
				if judge(ip) == "" {
					return errStatus
				}
			}
			return nil
		}}
	}
	used, err := r.compare(s, workload{name: "covers: 40 records, 3,900 networks", contenders: []contender{
		each(coversCompiled, func(ip netip.Addr) spf.Status { return policy.Covers(ip).Status }),
		each(coversEvaluate, func(ip netip.Addr) spf.Status {
			res, _ := spf.Evaluate(spf.Request{IP: ip, MailFrom: "user@example.org"}, snapshot)
			return res.Status
		}),
		each(coversPeer, func(ip netip.Addr) spf.Status {
			res, _ := blitiri.CheckHostWithSender(net.IP(ip.AsSlice()), "mail.example.org", "user@example.org", peer)
			return spf.Status(res)
		}),
	}})
	if err != nil {
		return err
	}
	r.atMost(200, used.median(coversCompiled, cpu), "covers: CPU nanoseconds for an address")
	return nil
}

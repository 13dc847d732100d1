package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	blitiri "blitiri.com.ar/go/spf"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// The contenders of the comparison of SPF.
const (
	spfEvaluate = "mailworthy Evaluate"
	spfPeer     = "blitiri CheckHostWithSender"
	spfZone     = "mailworthy Evaluate, Zone"
	spfCheck    = "mailworthy Check, warm Cache"
)

var errStatus = errors.New("the status is another one than it was")

// spfCase is a mail whose sender's policy is evaluated.
type spfCase struct {
	name  string
	world world
	ip    string
	want  spf.Status
}

func spfCases() []spfCase {
	return []spfCase{
		{
			name:  "ip4",
			world: world{txt: map[string]string{"example.org": "v=spf1 ip4:192.0.2.0/24 -all"}},
			ip:    "192.0.2.1", want: spf.Pass,
		},
		{name: "include-chain", world: includeChain(4), ip: "10.3.9.1", want: spf.Pass},
		{name: "include-mx-a-miss", world: includesMXA(), ip: "192.0.2.1", want: spf.Fail},
		{
			name: "exists-macro",
			world: world{
				txt: map[string]string{"example.org": "v=spf1 exists:%{ir}.%{v}._spf.%{d} -all"},
				a:   map[string]string{"1.2.0.192.in-addr._spf.example.org": "127.0.0.2"},
			},
			ip: "192.0.2.1", want: spf.Pass,
		},
		{name: "too-many-lookups", world: includeChain(11), ip: "192.0.2.1", want: spf.PermError},
	}
}

// includeChain is a policy that includes one that includes another, n in all, with
// ten networks each. The networks are 10.I.0.0/24 to 10.I.9.0/24 in the I-th.
func includeChain(n int) world {
	w := world{txt: map[string]string{"example.org": "v=spf1 include:_spf0.example.org -all"}}
	for i := range n {
		record := "v=spf1 " + networks(i)
		if i < n-1 {
			record += fmt.Sprintf(" include:_spf%d.example.org", i+1)
		}
		w.txt[fmt.Sprintf("_spf%d.example.org", i)] = record + " ~all"
	}
	return w
}

// includesMXA is a tree of seven includes, three deep, with an mx of three hosts and
// an a beside it: nine of the ten lookups that RFC 7208 section 4.6.4 allows, and
// thirteen questions.
func includesMXA() world {
	w := world{
		txt: map[string]string{
			"example.org": "v=spf1 include:_spf0.example.org include:_spf1.example.org mx a -all",
		},
		mx: map[string][]string{"example.org": {"mx1.example.org", "mx2.example.org", "mx3.example.org"}},
		a: map[string]string{
			"example.org": "198.51.100.1", "mx1.example.org": "198.51.100.2",
			"mx2.example.org": "198.51.100.3", "mx3.example.org": "198.51.100.4",
		},
	}
	children := map[int][]int{0: {2, 3}, 1: {4}, 2: {5}, 4: {6}}
	for i := range 7 {
		record := "v=spf1 " + networks(i)
		for _, child := range children[i] {
			record += fmt.Sprintf(" include:_spf%d.example.org", child)
		}
		w.txt[fmt.Sprintf("_spf%d.example.org", i)] = record + " ~all"
	}
	return w
}

func networks(i int) string {
	terms := make([]string, 10)
	for j := range terms {
		terms[j] = fmt.Sprintf("ip4:10.%d.%d.0/24", i, j)
	}
	return strings.Join(terms, " ")
}

func (c spfCase) request() spf.Request {
	return spf.Request{IP: netip.MustParseAddr(c.ip), HELO: "mail.example.org", MailFrom: "user@example.org"}
}

// workload returns the contenders, all of which have to come to the same result.
func (c spfCase) workload() (workload, error) {
	ctx := context.Background()
	zone, req := c.world.zone(), c.request()
	rec := resolver.Record(zone)
	if _, err := (spf.Checker{Resolver: rec}).Check(ctx, req); err != nil {
		return workload{}, err
	}
	snapshot := rec.Snapshot()
	cached := spf.Checker{Resolver: &resolver.Cache{Next: zone}}
	ip, dns := net.IP(req.IP.AsSlice()), blitiri.WithResolver(c.world.peer())

	w := workload{name: "spf case=" + c.name, contenders: []contender{
		c.contender(spfEvaluate, func() spf.Status {
			res, _ := spf.Evaluate(req, snapshot)
			return res.Status
		}),
		c.contender(spfPeer, func() spf.Status {
			res, _ := blitiri.CheckHostWithSender(ip, req.HELO, req.MailFrom, dns)
			return spf.Status(res)
		}),
		c.contender(spfZone, func() spf.Status {
			res, _ := spf.Evaluate(req, zone)
			return res.Status
		}),
		c.contender(spfCheck, func() spf.Status {
			res, _ := cached.Check(ctx, req)
			return res.Status
		}),
	}}
	for _, contender := range w.contenders {
		if err := contender.run(1); err != nil {
			return workload{}, fmt.Errorf("%s: %s: %w", w.name, contender.name, err)
		}
	}
	return w, nil
}

func (c spfCase) contender(name string, evaluate func() spf.Status) contender {
	return contender{name, func(n int) error {
		for range n {
			if got := evaluate(); got != c.want {
				return fmt.Errorf("%w: %s, not %s", errStatus, got, c.want)
			}
		}
		return nil
	}}
}

func compareSPF(s settings, r *report) error {
	for _, c := range spfCases() {
		w, err := c.workload()
		if err != nil {
			return err
		}
		used, err := r.compare(s, w)
		if err != nil {
			return err
		}
		r.atLeast(5, used.ratio(spfPeer, spfEvaluate, cpu), w.name+": CPU that the peer takes, in multiples of ours")
		r.atLeast(10, used.ratio(spfPeer, spfEvaluate, allocs), w.name+": allocations of the peer, in multiples of ours")
	}
	return nil
}

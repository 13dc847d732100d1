package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

// The contenders of the comparison of block lists.
const (
	dnsblKnown    = "mailworthy Evaluate, health known"
	dnsblAsked    = "mailworthy Evaluate, with controls"
	dnsblFloor    = "floor: 60 look-ups in a map"
	dnsblNames    = "floor: 60 names made, and looked up"
	dnsblCheck    = "mailworthy Check, one round"
	dnsblOneByOne = "net.Resolver, one list after the other"
)

// dnsblLists is how many lists are asked.
const dnsblLists = 60

var (
	dnsblTarget = dnsbl.Target{IP: netip.MustParseAddr("11.22.33.44")}
	errListed   = errors.New("the lists gave another answer than they have")
)

// dnsblWorld is lists that work and do not have the target, and their zone.
func dnsblWorld() (lists []dnsbl.List, zone string) {
	var b strings.Builder
	for i := range dnsblLists {
		l := dnsbl.Default()[0] // with as many codes as real ones have
		l.Zone, l.KeyZone, l.Kinds = fmt.Sprintf("list%02d.example.net", i), "", []dnsbl.Kind{dnsbl.IPv4}
		lists = append(lists, l)
		fmt.Fprintf(&b, "2.0.0.127.%s A 127.0.0.2\n", l.Zone)
	}
	return lists, b.String()
}

// dnsblWorkload evaluates answers that are at hand.
func dnsblWorkload() (workload, error) {
	lists, text := dnsblWorld()
	zone, err := resolver.ParseZone(text)
	if err != nil {
		return workload{}, err
	}
	health, _ := dnsbl.EvaluateHealth(dnsbl.HealthRequest{Lists: lists}, zone)
	rec := resolver.Record(zone)
	req := dnsbl.Request{Target: dnsblTarget, Lists: lists}
	if _, err := (dnsbl.Checker{Resolver: rec}).Check(context.Background(), req); err != nil {
		return workload{}, err
	}
	known := rec.Snapshot()
	evaluate := func(name string, req dnsbl.Request) contender {
		return contender{name, func(n int) error {
			for range n {
				if res, _ := dnsbl.Evaluate(req, known); res.Status != dnsbl.Clean {
					return errListed
				}
			}
			return nil
		}}
	}
	withHealth := req
	withHealth.Health = health.Lists
	questions := make([]resolver.Question, len(lists))
	for i := range lists {
		questions[i] = resolver.Q("44.33.22.11."+lists[i].Zone, resolver.TypeA)
	}
	return workload{name: "dnsbl: 60 lists, all answered", contenders: []contender{
		evaluate(dnsblKnown, withHealth),
		evaluate(dnsblAsked, req),
		{dnsblFloor, func(n int) error {
			for range n {
				for _, q := range questions {
					if a := known[q]; a.Status != resolver.NXDomain {
						return errListed
					}
				}
			}
			return nil
		}},
		{dnsblNames, func(n int) error {
			for range n {
				for i := range lists {
					q := resolver.Question{Name: "44.33.22.11." + lists[i].Zone, Type: resolver.TypeA}
					if a := known[q]; a.Status != resolver.NXDomain {
						return errListed
					}
				}
			}
			return nil
		}},
	}}, nil
}

// dnsblOverLoopback asks a server that takes two milliseconds for each answer.
func dnsblOverLoopback() (w workload, stop func(), err error) {
	lists, text := dnsblWorld()
	zone, err := resolver.ParseZone("* !delay=2ms\n" + text)
	if err != nil {
		return workload{}, nil, err
	}
	server, err := resolvertest.Start(zone)
	if err != nil {
		return workload{}, nil, err
	}
	client := &resolver.Client{Servers: []string{server.Addr}}
	std := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, server.Addr)
	}}
	return workload{name: "dnsbl: 60 lists on loopback, 2 ms", contenders: []contender{
		{dnsblCheck, func(n int) error {
			for range n {
				res, err := dnsbl.Checker{Resolver: client}.Check(context.Background(), dnsbl.Request{Target: dnsblTarget, Lists: lists})
				if err != nil || res.Status != dnsbl.Clean {
					return errors.Join(err, errListed)
				}
			}
			return nil
		}},
		// It asks for A alone, and not for the controls: what it says is worth less.
		{dnsblOneByOne, func(n int) error {
			for range n {
				for i := range lists {
					_, err := std.LookupNetIP(context.Background(), "ip4", "44.33.22.11."+lists[i].Zone+".")
					if e, ok := errors.AsType[*net.DNSError](err); !ok || !e.IsNotFound {
						return errors.Join(err, errListed)
					}
				}
			}
			return nil
		}},
	}}, server.Close, nil
}

// compareDNSBL asks sixty lists about an address that none of them has.
func compareDNSBL(s settings, r *report) error {
	w, err := dnsblWorkload()
	if err != nil {
		return err
	}
	used, err := r.compare(s, w)
	if err != nil {
		return err
	}
	r.atMost(20_000, used.median(dnsblKnown, cpu), "dnsbl: CPU nanoseconds to evaluate 60 lists")
	r.atMost(40_000, used.median(dnsblAsked, cpu), "dnsbl: CPU nanoseconds with 60 controls besides")
	w, stop, err := dnsblOverLoopback()
	if err != nil {
		return err
	}
	defer stop()
	used, err = r.compare(s, w)
	if err != nil {
		return err
	}
	r.atLeast(10, used.ratio(dnsblOneByOne, dnsblCheck, wall), "dnsbl: times faster than one list after the other")
	return nil
}

package main

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"slices"

	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

// The contenders of the comparisons of reverse DNS.
const (
	rdnsEvaluate = "mailworthy Evaluate"
	rdnsFloor    = "floor: two look-ups in Go maps"
	rdnsClassify = "mailworthy Classify"
	rdnsRegexps  = "list of regular expressions, written here"
)

var errRDNS = errors.New("another result than it should be")

// rdnsWorkload is a check of an address with one name that leads back. The floor does
// what cannot be left out: it makes the reverse name, finds the name and its addresses,
// and compares. It says neither why nor what to do.
func rdnsWorkload() (workload, error) {
	const (
		host    = "mail.example.org"
		reverse = "10.2.0.192.in-addr.arpa"
	)
	ip := netip.MustParseAddr("192.0.2.10")
	rec := resolver.Record(resolver.MustZone(reverse + " PTR " + host + "\n" + host + " A 192.0.2.10"))
	if _, err := (rdns.Checker{Resolver: rec}).Check(context.Background(), ip); err != nil {
		return workload{}, err
	}
	seen := rec.Snapshot()
	ptr := map[string][]string{reverse: {host}}
	addrs := map[string][]netip.Addr{host: {ip}}
	return workload{name: "rdns evaluate", contenders: []contender{
		repeat(rdnsFloor, func() error {
			for _, name := range ptr[resolver.Reverse(ip).Name] {
				if slices.Contains(addrs[name], ip) {
					return nil
				}
			}
			return errRDNS
		}),
		repeat(rdnsEvaluate, func() error {
			if res, missing := rdns.Evaluate(rdns.Request{IP: ip}, seen); res.Status != rdns.Pass || len(missing) > 0 {
				return errRDNS
			}
			return nil
		}),
	}}, nil
}

// genericNames is how such names are usually told from others: expressions that are
// tried in turn. It is this benchmark's own list, of the length that filters have. It
// does not know the address, and explains nothing.
var genericNames = func() (list []*regexp.Regexp) {
	for _, text := range []string{
		`^ec2-[0-9-]+\..*\.amazonaws\.com$`, `\.bc\.googleusercontent\.com$`, `\.cloudapp\.(azure\.com|net)$`,
		`\.clients\.your-server\.de$`, `\.linodeusercontent\.com$`, `^vps-?[0-9a-f]+\.`, `^vmi[0-9]+\.contaboserver\.net$`,
		`(^|[.-])(a|x|v|s)?dsl[.0-9-]`, `(^|[.-])dial(up|in)?[.0-9-]`, `(^|[.-])pppo?e?[.0-9-]`, `(^|[.-])dhcp[.0-9-]`,
		`(^|[.-])dyn(amic|ip)?[.0-9-]`, `(^|[.-])(cable|catv|kabel)[.0-9-]`, `(^|[.-])pool[.0-9-]`, `(^|[.-])broadband[.0-9-]`,
		`(^|[.-])ftt[bhx][.0-9-]`, `(^|[.-])(client|customer|cust|user|host|peer)[.0-9-]*[0-9]`, `(^|[.-])(nat|gprs|cdma|wifi|wlan)[.0-9-]`,
		`[0-9]{1,3}[.x_-][0-9]{1,3}[.x_-][0-9]{1,3}[.x_-][0-9]{1,3}`, `(^|[^0-9])[0-9]{12}([^0-9]|$)`, `(^|[^0-9a-f])[0-9a-f]{8}([^0-9a-f]|$)`,
	} {
		list = append(list, regexp.MustCompile(text))
	}
	return list
}()

// rdnsNames are what a mail server sees: names of both kinds.
var rdnsNames = []struct {
	name    string
	generic bool
}{
	{"mail.example.org", false},
	{"mx1.dc2.example.co.uk", false},
	{"smtp-out3.example.com", false},
	{"relay7.example.net", false},
	{"dsl-192-0-2-10.example.net", true},
	{"static.10.2.0.192.clients.your-server.de", true},
	{"pc000020a.dip0.example.net", true},
	{"192000002010.ppp.example.net", true},
}

func rdnsClassifyWorkload() workload {
	ip := netip.MustParseAddr("192.0.2.10")
	each := func(generic func(name string) bool) func() error {
		return func() error {
			for _, n := range rdnsNames {
				if generic(n.name) != n.generic {
					return errRDNS
				}
			}
			return nil
		}
	}
	return workload{name: "rdns classify 8 names", contenders: []contender{
		repeat(rdnsClassify, each(func(name string) bool { return rdns.Classify(ip, name).Kind.Generic() })),
		repeat(rdnsRegexps, each(func(name string) bool {
			return slices.ContainsFunc(genericNames, func(re *regexp.Regexp) bool { return re.MatchString(name) })
		})),
	}}
}

func compareRDNS(s settings, r *report) error {
	w, err := rdnsWorkload()
	if err != nil {
		return err
	}
	c, err := r.compare(s, w)
	if err != nil {
		return err
	}
	r.atMost(2000, c.median(rdnsEvaluate, cpu), "rdns: cpu ns of an evaluation")
	r.atMost(6, c.median(rdnsEvaluate, allocs), "rdns: allocations of an evaluation")
	if c, err = r.compare(s, rdnsClassifyWorkload()); err != nil {
		return err
	}
	r.atLeast(5, c.ratio(rdnsRegexps, rdnsClassify, cpu), "rdns: cpu of regular expressions over Classify")
	return nil
}

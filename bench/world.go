package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/resolver"
)

// world is the DNS that a comparison of SPF takes place in. Each name has one TXT
// record at most; the preferences of its MX records are in their order.
type world struct {
	txt map[string]string
	mx  map[string][]string
	a   map[string]string
}

// zone returns the world for mailworthy.
func (w world) zone() *resolver.Zone {
	var text strings.Builder
	for name, txt := range w.txt {
		fmt.Fprintf(&text, "%s TXT %q\n", name, txt)
	}
	for name, hosts := range w.mx {
		for i, host := range hosts {
			fmt.Fprintf(&text, "%s MX %d %s\n", name, i, host)
		}
	}
	for name, addr := range w.a {
		fmt.Fprintf(&text, "%s A %s\n", name, addr)
	}
	return resolver.MustZone(text.String())
}

// peerDNS is the world as blitiri's DNSResolver: decoded answers in Go maps, which
// is the least that asking it can cost.
type peerDNS struct {
	txt map[string][]string
	mx  map[string][]*net.MX
	a   map[string][]net.IPAddr
	// before is called for each question, if it is there.
	before func()
}

func (w world) peer() *peerDNS {
	p := &peerDNS{
		txt: make(map[string][]string), mx: make(map[string][]*net.MX), a: make(map[string][]net.IPAddr),
	}
	for name, txt := range w.txt {
		p.txt[name] = []string{txt}
	}
	for name, hosts := range w.mx {
		for i, host := range hosts {
			p.mx[name] = append(p.mx[name], &net.MX{Host: host, Pref: uint16(i)})
		}
	}
	for name, addr := range w.a {
		p.a[name] = []net.IPAddr{{IP: netip.MustParseAddr(addr).AsSlice()}}
	}
	return p
}

func (p *peerDNS) LookupTXT(_ context.Context, name string) ([]string, error) {
	return lookup(p, p.txt, name)
}

func (p *peerDNS) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return lookup(p, p.mx, name)
}

func (p *peerDNS) LookupIPAddr(_ context.Context, host string) ([]net.IPAddr, error) {
	return lookup(p, p.a, host)
}

func (p *peerDNS) LookupAddr(_ context.Context, addr string) ([]string, error) {
	return lookup(p, map[string][]string(nil), addr)
}

func lookup[T any](p *peerDNS, known map[string][]T, name string) ([]T, error) {
	if p.before != nil {
		p.before()
	}
	if records, ok := known[name]; ok {
		return records, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

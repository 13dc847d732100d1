package smtpprobe

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
)

// genericNames are what hosts are called that nobody named. They complete nothing: a
// host of the Internet has a name of its own.
var genericNames = []string{"localhost", "localdomain", "local", "lan", "internal", "home", "invalid", "test", "example"}

// expectations compares what a host of one's own calls itself with what DNS says of
// its address: a receiver of its mail does the same.
func (v *verdict) expectations() {
	if v.own == nil || v.Greeting.Code == 0 {
		return
	}
	self := v.selfName()
	quote := evidence(v.s.step(StageGreeting))
	add := func(code mailworthy.Code, message, remedy string, more ...string) {
		f := finding(code, v.subject)
		f.Message, f.Remedy, f.Evidence = message, remedy, slices.Concat(quote, more)
		v.Findings = append(v.Findings, f)
	}
	if ownNameProblem(self) {
		what := "no full host name"
		if self != "" {
			what = self
		}
		add(CodeOwnName, "The server at "+clean(v.s.Addr.String())+" calls itself by "+what+", which is no name of a host of the Internet. Receivers reject or distrust such a HELO.",
			"Configure the server's own name to be a full host name that leads to its address (Postfix: myhostname).")
		return
	}
	names := make([]string, 0, len(v.own.PTR))
	for _, ptr := range v.own.PTR {
		if n, err := name.Normalize(ptr); err == nil {
			names = append(names, n)
		}
	}
	if !slices.Contains(names, self) {
		has := "no name at all"
		if len(names) > 0 {
			has = strings.Join(names[:min(len(names), 5)], ", ")
		}
		add(CodeOwnPTR, "The server at "+clean(v.s.Addr.String())+" calls itself "+self+", but reverse DNS has "+has+".",
			"Let the provider of the address set its PTR record: "+name.Reverse(v.s.Addr)+". IN PTR "+self+".", "PTR: "+has)
	}
	if !slices.ContainsFunc(v.own.Forward, func(ip netip.Addr) bool { return sameAddr(ip, v.s.Addr) }) {
		kind := "A"
		if !v.s.Addr.Unmap().Is4() {
			kind = "AAAA"
		}
		add(CodeOwnForward, "The server at "+clean(v.s.Addr.String())+" calls itself "+self+", but that name does not lead to the address.",
			"Publish it: "+self+". IN "+kind+" "+v.s.Addr.Unmap().WithZone("").String())
	}
	if len(v.s.TLS.Chain) > 0 {
		if certs := parseChain(v.s.TLS.Chain[:1]); len(certs) == 1 && certs[0].VerifyHostname(self) != nil {
			add(CodeOwnCertificate, "The certificate of the server at "+clean(v.s.Addr.String())+" is not for the name that it gives itself, "+self+".",
				"Get a certificate that has "+self+" among its names (subjectAltName).")
		}
	}
}

// selfName is what the server calls itself: in the greeting, or else in the reply to
// EHLO.
func (v *verdict) selfName() string {
	switch {
	case v.Greeting.Host != "":
		return v.Greeting.Host
	case v.Before != nil:
		return v.Before.Host
	}
	return ""
}

// ownNameProblem reports whether a name is none that receivers accept in HELO: no
// name, a literal, or one of a network that is no part of the Internet.
func ownNameProblem(self string) bool {
	if self == "" || self[0] == '[' || !strings.Contains(self, ".") {
		return true
	}
	last := self[strings.LastIndexByte(self, '.')+1:]
	return slices.Contains(genericNames, last)
}

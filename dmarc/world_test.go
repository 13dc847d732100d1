package dmarc_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// world makes random DNS and messages around a few names.
type world struct{ *rand.Rand }

func newWorld(seed uint64) world { return world{rand.New(rand.NewPCG(seed, 9989))} }

func (w world) oneOf(choices ...string) string { return choices[w.IntN(len(choices))] }

func (w world) chance(percent int) bool { return w.IntN(100) < percent }

// domain is a name below one of two top-level domains, sometimes a deep one.
func (w world) domain() string {
	labels := []string{w.oneOf("t1", "t1", "t1", "t2")}
	for n := 1 + w.IntN(3); n > 0; n-- {
		labels = append(labels, w.oneOf("a", "b"))
	}
	if w.chance(15) {
		for n := w.IntN(9); n > 0; n-- {
			labels = append(labels, "a")
		}
	}
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return strings.Join(labels, ".")
}

func (w world) record() string {
	text := "v=DMARC1" + w.oneOf("; p=none", "; p=quarantine", "; p=reject", "; p=reject", "", "; p=bad")
	text += w.oneOf("", "", "", "; sp=none", "; sp=reject", "; sp=bad")
	text += w.oneOf("", "", "; np=reject", "; np=quarantine")
	text += w.oneOf("", "", "", "", "; psd=y", "; psd=n", "; psd=u")
	text += w.oneOf("", "", "", "; adkim=s", "; aspf=s", "; t=y", "; rua=mailto:a@b.test", "; pct=50")
	return text
}

// zone returns DNS with records at random names; failures has some fail, too.
func (w world) zone(failures int) string {
	var b strings.Builder
	for range 2 + w.IntN(9) {
		d := w.domain()
		if w.chance(20) {
			d = w.oneOf("t1", "t2")
		}
		switch {
		case w.chance(failures):
			fmt.Fprintf(&b, "_dmarc.%s TXT !%s\n", d, w.oneOf("servfail", "timeout", "refused"))
		case w.chance(10):
			fmt.Fprintf(&b, "_dmarc.%s TXT 'v=spf1 -all'\n", d)
		default:
			fmt.Fprintf(&b, "_dmarc.%s TXT '%s'\n", d, w.record())
		}
	}
	for range w.IntN(4) {
		fmt.Fprintf(&b, "%s A 192.0.2.1\n", w.domain())
	}
	return b.String()
}

func (w world) status() dmarc.Status {
	return dmarc.Status(w.oneOf("pass", "pass", "pass", "fail", "temperror", "softfail"))
}

func (w world) request() dmarc.Request {
	req := dmarc.Request{Domain: w.domain(), Sample: w.IntN(100)}
	if w.chance(70) {
		req.SPF = dmarc.SPFResult{Status: w.status(), Domain: w.domain(), Identity: w.oneOf("", "mailfrom", "helo")}
	}
	for range w.IntN(4) {
		req.DKIM = append(req.DKIM, dmarc.DKIMResult{Status: w.status(), Domain: w.domain()})
	}
	if w.chance(10) {
		req.From = []string{"a@" + w.domain() + w.oneOf("", ", b@"+w.domain())}
		req.Limits.Authors = w.IntN(4)
	}
	return req
}

// plain is RFC 9989 in its own words, step by step and without any shortcut, to
// compare with. It knows no failures and one author domain.
type plain struct{ view resolver.View }

// get returns the one record at a name (section 4.10 steps 1 and 2).
func (p plain) get(domain string) *dmarc.Record {
	a, _ := p.view.Get(resolver.Q("_dmarc."+domain, resolver.TypeTXT))
	var found []*dmarc.Record
	for _, t := range a.TXT {
		if rec, err := dmarc.Parse(t.String()); err == nil {
			found = append(found, rec)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found[0]
}

type hit struct {
	domain string
	rec    *dmarc.Record
}

// walk is section 4.10.
func (p plain) walk(start string) []hit {
	var hits []hit
	labels := strings.Split(start, ".")
	target := labels
	for queries := 1; ; queries++ {
		if queries > 8 {
			panic("more than 8 queries")
		}
		d := strings.Join(target, ".")
		if rec := p.get(d); rec != nil {
			hits = append(hits, hit{d, rec})
			if rec.PSD == dmarc.PSDYes || rec.PSD == dmarc.PSDNo {
				return hits
			}
		}
		if queries == 1 && len(labels) >= 8 {
			target = labels[len(labels)-7:]
		} else {
			target = target[1:]
		}
		if len(target) == 0 {
			return hits
		}
	}
}

// org is section 4.10.2.
func (p plain) org(start string) (org string, psd *hit) {
	hits := p.walk(start)
	for i, h := range hits {
		if h.rec.PSD == dmarc.PSDNo {
			return h.domain, nil
		}
		if h.rec.PSD == dmarc.PSDYes && h.domain != start {
			below := start
			for name.Parent(below) != h.domain {
				below = name.Parent(below)
			}
			return below, &hits[i]
		}
	}
	if len(hits) > 0 {
		return hits[len(hits)-1].domain, nil
	}
	return start, nil
}

// judge is sections 4.10.1 and 5.3, for identifiers that pass or fail.
func (p plain) judge(req dmarc.Request) (status dmarc.Status, policy dmarc.Policy, from string) {
	org, psd := p.org(req.Domain)
	rec, scope, from := p.get(req.Domain), dmarc.ScopeDomain, req.Domain
	if rec == nil {
		visited := false
		for _, h := range p.walk(req.Domain) {
			visited = visited || h.domain == org
		}
		scope = dmarc.ScopeSubdomain
		if a, _ := p.view.Get(resolver.Q(req.Domain, resolver.TypeA)); a.Status == resolver.NXDomain {
			scope = dmarc.ScopeNonexistent
		}
		switch {
		case visited:
			rec, from = p.get(org), org
		case psd != nil:
			rec, from = psd.rec, psd.domain
		default:
			return dmarc.None, "", ""
		}
	}
	policy, _ = rec.PolicyFor(scope)
	if policy == "" {
		return dmarc.None, "", from
	}
	aligned := func(d string, mode dmarc.Alignment) bool {
		if mode == dmarc.Strict || d == req.Domain {
			return d == req.Domain
		}
		other, _ := p.org(d)
		return other == org
	}
	ok := req.SPF.Status == dmarc.Pass && req.SPF.Identity != "helo" && aligned(req.SPF.Domain, rec.SPF)
	for _, d := range req.DKIM {
		ok = ok || d.Status == dmarc.Pass && aligned(d.Domain, rec.DKIM)
	}
	if ok {
		return dmarc.Pass, policy, from
	}
	return dmarc.Fail, policy, from
}

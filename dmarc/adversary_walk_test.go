package dmarc_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
)

// small is a DNS world of a few names: TXT records, names that exist, and names
// whose questions fail. It answers as RFC 8020 wants, empty names included.
type small struct {
	txt    map[string][]string
	exists map[string]bool
	fails  map[string]resolver.Status
}

func (w *small) Get(q resolver.Question) (resolver.Answer, bool) {
	if s, ok := w.fails[q.Name]; ok {
		return resolver.Answer{Status: s}, true
	}
	if texts := w.txt[q.Name]; len(texts) > 0 && q.Type == resolver.TypeTXT {
		a := resolver.Answer{Status: resolver.Success, TTL: 300}
		for _, t := range texts {
			a.TXT = append(a.TXT, resolver.Text{t})
		}
		return a, true
	}
	if w.there(q.Name) {
		return resolver.Answer{Status: resolver.NoData, TTL: 300}, true
	}
	return resolver.Answer{Status: resolver.NXDomain, TTL: 300}, true
}

// there is section 3.2.13: a name exists if it has anything, or a name below it has.
func (w *small) there(domain string) bool {
	for n, texts := range w.txt {
		if len(texts) > 0 && (n == domain || strings.HasSuffix(n, "."+domain)) {
			return true
		}
	}
	for n := range w.exists {
		if n == domain || strings.HasSuffix(n, "."+domain) {
			return true
		}
	}
	return false
}

func (w *small) clone() *small {
	return &small{maps.Clone(w.txt), maps.Clone(w.exists), maps.Clone(w.fails)}
}

func (w *small) String() string {
	var lines []string
	for n, texts := range w.txt {
		for _, t := range texts {
			lines = append(lines, fmt.Sprintf("%s TXT %q", n, t))
		}
	}
	for n := range w.exists {
		lines = append(lines, n+" A 192.0.2.1")
	}
	for n, s := range w.fails {
		lines = append(lines, n+" !"+string(s))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// tags is a record read by section 4.7 and 4.8 alone, by the letter.
type tags struct {
	p, sp, np, psd, adkim, aspf, t string
	reports                        bool
}

// readTags splits a text at its semicolons. It is false for what is no record.
func readTags(text string) (tags, bool) {
	r := tags{psd: "u", adkim: "r", aspf: "r", t: "n"}
	for i, part := range strings.Split(text, ";") {
		k, v, found := strings.Cut(part, "=")
		k, v = strings.Trim(k, " \t"), strings.Trim(v, " \t")
		if i == 0 {
			if !found || k != "v" || v != "DMARC1" {
				return r, false
			}
			continue
		}
		l := strings.ToLower(v)
		known := func(into *string, values ...string) {
			if slices.Contains(values, l) {
				*into = l
			}
		}
		policy := func(into *string) {
			*into = "bad"
			known(into, "none", "quarantine", "reject")
		}
		switch k {
		case "p":
			policy(&r.p)
		case "sp":
			policy(&r.sp)
		case "np":
			policy(&r.np)
		case "psd":
			known(&r.psd, "y", "n", "u")
		case "adkim":
			known(&r.adkim, "r", "s")
		case "aspf":
			known(&r.aspf, "r", "s")
		case "t":
			known(&r.t, "y", "n")
		case "rua":
			for u := range strings.SplitSeq(v, ",") {
				r.reports = r.reports || strings.HasPrefix(strings.Trim(u, " \t"), "mailto:")
			}
		}
	}
	return r, true
}

// letter is RFC 9989 by the letter: one query after the other, and nothing saved.
type letter struct {
	w *small
	// touched is true once a query failed, after which nothing is certain.
	touched bool
}

func (n *letter) at(domain string) (tags, bool) {
	a, _ := n.w.Get(resolver.Q("_dmarc."+domain, resolver.TypeTXT))
	if !a.Status.Definitive() {
		n.touched = true
	}
	var found []tags
	for _, t := range a.TXT {
		if r, ok := readTags(t.String()); ok {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return tags{}, false
	}
	return found[0], true
}

type place struct {
	domain string
	tags   tags
}

// walk is the seven steps of section 4.10.
func (n *letter) walk(start string) []place {
	var set []place
	// Steps 1 and 2.
	if r, ok := n.at(start); ok {
		set = append(set, place{start, r})
		if r.psd != "u" {
			return set
		}
	}
	// Steps 3 and 4.
	labels := strings.Split(start, ".")
	if x := len(labels); x < 8 {
		labels = labels[1:]
	} else {
		for len(labels) > 7 {
			labels = labels[1:]
		}
	}
	// Steps 5, 6 and 7.
	for len(labels) > 0 {
		target := strings.Join(labels, ".")
		if r, ok := n.at(target); ok {
			set = append(set, place{target, r})
			if r.psd != "u" {
				return set
			}
		}
		labels = labels[1:]
	}
	return set
}

// organization is section 4.10.2.
func (n *letter) organization(start string) (org string, set []place) {
	set = n.walk(start)
	for _, p := range set { // From the longest to the shortest.
		if p.tags.psd == "n" {
			return p.domain, set
		}
		if p.tags.psd == "y" && p.domain != start {
			labels := strings.Split(start, ".")
			keep := strings.Count(p.domain, ".") + 2
			return strings.Join(labels[len(labels)-keep:], "."), set
		}
	}
	if len(set) > 0 {
		return set[len(set)-1].domain, set
	}
	return start, set
}

// outcome is what can be said of a message. An empty Policy means that there is none.
type outcome struct {
	Status                       dmarc.Status
	Org, Record                  string
	Policy, Applied, Disposition dmarc.Policy
}

// judge is sections 4.10.1 and 5.3.
func (n *letter) judge(req dmarc.Request) outcome {
	author := req.Domain
	org, set := n.organization(author)
	o := outcome{Org: org, Disposition: dmarc.PolicyNone, Status: dmarc.None}
	var rec *tags
	find := func(domain string) {
		for _, p := range set {
			if rec == nil && p.domain == domain {
				rec, o.Record = &p.tags, p.domain
			}
		}
	}
	find(author)
	find(org)
	for _, p := range set {
		if p.tags.psd == "y" {
			find(p.domain)
		}
	}
	if rec == nil {
		return o
	}
	policy := rec.p
	if o.Record != author {
		missing := !n.w.there(author)
		if n.w.fails[author] != "" {
			n.touched = true
		}
		switch {
		case missing && rec.np != "":
			policy = rec.np
		case rec.sp != "":
			policy = rec.sp
		}
	}
	if rec.p == "" || rec.p == "bad" || rec.sp == "bad" || rec.np == "bad" {
		if !rec.reports {
			return outcome{Org: org, Record: o.Record, Disposition: dmarc.PolicyNone, Status: dmarc.None}
		}
		policy = "none"
	}
	o.Policy, o.Applied = dmarc.Policy(policy), dmarc.Policy(policy)
	if rec.t == "y" {
		o.Applied = map[string]dmarc.Policy{"reject": "quarantine", "quarantine": "none", "none": "none"}[policy]
	}
	aligned := func(d, mode string) bool {
		if mode == "s" {
			return d == author
		}
		other, _ := n.organization(d)
		return d == author || other == org
	}
	someone := func(s dmarc.Status) bool {
		ok := req.SPF.Status == s && req.SPF.Identity != "helo" && aligned(req.SPF.Domain, rec.aspf)
		for _, d := range req.DKIM {
			ok = ok || d.Status == s && aligned(d.Domain, rec.adkim)
		}
		return ok
	}
	switch {
	case someone(dmarc.Pass):
		o.Status = dmarc.Pass
	case someone(dmarc.TempError): // Section 5.3.6: a query of SPF or DKIM did not complete.
		o.Status = dmarc.TempError
	default:
		o.Status, o.Disposition = dmarc.Fail, o.Applied
	}
	return o
}

func outcomeOf(r dmarc.Result) outcome {
	return outcome{r.Status, r.OrganizationalDomain, r.RecordDomain, r.Policy, r.Applied, r.Disposition}
}

// dice makes small worlds and messages in them.
type dice struct{ *rand.Rand }

func (d dice) pick(of ...string) string { return of[d.IntN(len(of))] }

// domain is mostly labels of one letter, so that the domains of a message are often
// above and below each other, and up to 14 labels long.
func (d dice) domain() string {
	n := 1 + d.IntN(4)
	if d.IntN(4) == 0 {
		n = 5 + d.IntN(10)
	}
	n = min(n, 13)
	labels := make([]string, n+1)
	for i := range n {
		labels[i] = "a"
		if d.IntN(8) == 0 {
			labels[i] = "b"
		}
	}
	labels[n] = "z"
	return strings.Join(labels, ".")
}

func (d dice) record() string {
	switch d.IntN(24) {
	case 0:
		return d.pick("v=DMARC10; p=reject", "v=dmarc1; p=reject", "p=reject; v=DMARC1", "v=spf1 -all", "v=DMARC1 p=reject", "v=DMARC2; p=none", "")
	case 1:
		return d.pick("v=DMARC1", "v=DMARC1;", "v=DMARC1; rua=mailto:r@z")
	}
	parts := []string{}
	add := func(chance int, tag string, values ...string) {
		if d.IntN(100) < chance {
			parts = append(parts, tag+d.pick("=", "=", "=", " = ", "=\t")+d.pick(values...))
		}
	}
	add(92, "p", "none", "quarantine", "reject", "reject", "Reject", "bad")
	add(30, "sp", "none", "quarantine", "reject", "NONE", "rejected")
	add(30, "np", "none", "quarantine", "reject", "bad")
	add(35, "psd", "y", "n", "u", "Y", "N", "x", "yes")
	add(15, "adkim", "s", "r", "S", "strict")
	add(15, "aspf", "s", "r", "S", "x")
	add(20, "t", "y", "n", "Y", "yes")
	add(30, "rua", "mailto:r@z", "mailto:r@z!10m", "nothing", "nothing,mailto:r@z")
	add(10, "pct", "0", "50")
	add(10, "x", "y", "p=none")
	d.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	sep := d.pick("; ", ";", " ; ", ";\t")
	return "v=DMARC1" + sep + strings.Join(parts, sep) + d.pick("", ";", "; ")
}

func (d dice) world(failures int) *small {
	w := &small{map[string][]string{}, map[string]bool{}, map[string]resolver.Status{}}
	for n := 1 + d.IntN(6); n > 0; n-- {
		name := "_dmarc." + d.domain()
		w.txt[name] = append(w.txt[name], d.record())
		if d.IntN(8) == 0 {
			w.txt[name] = append(w.txt[name], d.record())
		}
	}
	if d.IntN(3) == 0 {
		w.txt["_dmarc.z"] = []string{d.record()}
	}
	for n := d.IntN(4); n > 0; n-- {
		w.exists[d.domain()] = true
	}
	for range failures {
		name := d.domain()
		if d.IntN(6) == 0 {
			name = "z"
		}
		w.fails[d.pick("_dmarc.", "_dmarc.", "_dmarc.", "")+name] = resolver.Status(d.pick("servfail", "refused", "timeout", "failed"))
	}
	return w
}

func (d dice) request() dmarc.Request {
	req := dmarc.Request{Domain: d.domain()}
	near := func() string {
		if d.IntN(3) == 0 {
			labels := strings.Split(req.Domain, ".")
			return strings.Join(labels[d.IntN(len(labels)):], ".")
		}
		return d.domain()
	}
	status := func() dmarc.Status {
		return dmarc.Status(d.pick("pass", "pass", "pass", "fail", "none", "permerror", "temperror"))
	}
	if d.IntN(2) == 0 {
		req.SPF = dmarc.SPFResult{Status: status(), Domain: near(), Identity: d.pick("", "mailfrom", "helo")}
	}
	for n := d.IntN(3); n > 0; n-- {
		req.DKIM = append(req.DKIM, dmarc.DKIMResult{Status: status(), Domain: near(), Selector: "s"})
	}
	return req
}

// toEnd answers all that Evaluate asks for from w, and returns what it was told.
func toEnd(t testing.TB, w resolver.View, req dmarc.Request) (dmarc.Result, resolver.Snapshot) {
	t.Helper()
	known := resolver.Snapshot{}
	for round := 0; ; round++ {
		require.LessOrEqual(t, round, 3, "rounds")
		res, missing := dmarc.Evaluate(req, known)
		if len(missing) == 0 {
			require.NotEmpty(t, res.Status)
			return res, known
		}
		require.Empty(t, res.Status, "a status before all is known")
		for _, q := range missing {
			require.NotContains(t, known, q, "asked again")
			known[q], _ = w.Get(q)
		}
	}
}

// fits reports whether what was said of a message is true in a world where its
// outcome is o. What was left unsaid is.
func fits(said dmarc.Result, o outcome) bool {
	same := func(a, b string) bool { return a == "" || a == b }
	if said.Status == dmarc.TempError {
		return same(said.OrganizationalDomain, o.Org) && same(said.RecordDomain, o.Record) &&
			same(string(said.Policy), string(o.Policy)) && same(string(said.Applied), string(o.Applied)) &&
			said.Disposition == dmarc.PolicyNone
	}
	return said.Status == o.Status && same(said.OrganizationalDomain, o.Org) && said.RecordDomain == o.Record &&
		(same(string(said.Policy), string(o.Policy)) && same(string(said.Applied), string(o.Applied))) &&
		said.Disposition == o.Disposition
}

const adversaryWorlds = 4000

// TestAdversaryWalk compares Evaluate with the RFC by the letter, where all answers
// are there.
func TestAdversaryWalk(t *testing.T) {
	seen := map[dmarc.Status]int{}
	for seed := range uint64(adversaryWorlds) {
		d := dice{rand.New(rand.NewPCG(seed, 1))}
		w, req := d.world(0), d.request()
		res, known := toEnd(t, w, req)
		want := (&letter{w: w}).judge(req)
		seen[want.Status]++
		got := outcomeOf(res)
		if res.Policy == "" && want.Status != dmarc.Fail && res.RecordDomain != req.Domain {
			// Nobody asks whether the author domain exists when the message does not fail.
			got.Policy, got.Applied = want.Policy, want.Applied
		}
		require.Equal(t, want, got, "seed %d\n%+v\n%s", seed, req, w)

		// The result goes through JSON, and so do the observations (replay).
		var back dmarc.Result
		b, err := json.Marshal(res)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &back))
		again, err := json.Marshal(back)
		require.NoError(t, err)
		require.JSONEq(t, string(b), string(again), "seed %d", seed)
		var stored resolver.Snapshot
		b, err = json.Marshal(known)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(b, &stored))
		replayed, missing := dmarc.Evaluate(req, stored)
		require.Empty(t, missing)
		require.Equal(t, res, replayed, "seed %d", seed)
	}
	t.Log(seen)
	for _, s := range []dmarc.Status{dmarc.Pass, dmarc.Fail, dmarc.None} {
		require.Greater(t, seen[s], adversaryWorlds/20, s)
	}
}

// TestAdversaryWalkFailures is section 5.3.6: with failures, Evaluate says temperror,
// or what is true whatever the failed answers would have been. Where the RFC by the
// letter meets no failure, the outcome is its own.
func TestAdversaryWalkFailures(t *testing.T) {
	instead := [][]string{
		nil,
		{"v=DMARC1; p=reject"},
		{"v=DMARC1; p=none; sp=quarantine; np=reject"},
		{"v=DMARC1; p=reject; psd=y"},
		{"v=DMARC1; p=quarantine; psd=n; adkim=s; aspf=s"},
		{"v=DMARC1"},
		{"v=DMARC1; p=none", "v=DMARC1; p=none; psd=n"},
	}
	seen := map[dmarc.Status]int{}
	needless := 0
	for seed := range uint64(adversaryWorlds) {
		d := dice{rand.New(rand.NewPCG(seed, 2))}
		w, req := d.world(1+d.IntN(2)), d.request()
		res, known := toEnd(t, w, req)
		seen[res.Status]++
		n := &letter{w: w}
		if want := n.judge(req); !n.touched {
			require.True(t, fits(res, want) && res.Status == want.Status, "seed %d: no failure is in the way\n%+v\n%s\ngot  %+v\nwant %+v", seed, req, w, outcomeOf(res), want)
		}
		// All worlds that the failures may hide, as far as they agree with what was seen.
		hidden := []*small{w.clone()}
		for name := range w.fails {
			var next []*small
			for _, h := range hidden {
				for i, texts := range instead {
					c := h.clone()
					delete(c.fails, name)
					delete(c.txt, name)
					switch {
					case strings.HasPrefix(name, "_dmarc."):
						c.txt[name] = texts
					case i == 1:
						c.exists[name] = true
					case i > 1:
						continue
					}
					next = append(next, c)
				}
			}
			hidden = next
		}
		outcomes := map[outcome]bool{}
		for _, h := range hidden {
			agrees := true
			for q, a := range known {
				b, _ := h.Get(q)
				agrees = agrees && (!a.Status.Definitive() || a.Status == b.Status)
			}
			if !agrees {
				continue
			}
			want := (&letter{w: h}).judge(req)
			outcomes[want] = true
			require.True(t, fits(res, want), "seed %d\n%+v\n%s\nsaid %+v\nbut with\n%s\nit is %+v", seed, req, w, outcomeOf(res), h, want)
		}
		if res.Status == dmarc.TempError {
			require.NotEmpty(t, res.Findings, "seed %d", seed)
			for o := range outcomes {
				if len(outcomes) == 1 && o.Status != dmarc.TempError {
					needless++
				}
			}
		}
	}
	t.Log(seen, "temperror though certain:", needless)
	for _, s := range []dmarc.Status{dmarc.Pass, dmarc.Fail, dmarc.None, dmarc.TempError} {
		require.Greater(t, seen[s], adversaryWorlds/50, s)
	}
}

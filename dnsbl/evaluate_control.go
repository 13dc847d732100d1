package dnsbl

import (
	"net/netip"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// controls are the labels of control points of a kind, each with a final dot.
type controls struct {
	listed string    // has an entry (RFC 5782 section 5)
	clean  string    // has none
	others [2]string // asked when clean has one: a list has neither unless it has everything
}

func label(ip string) string { return reversed(netip.MustParseAddr(ip)) }

// Those that every list has by RFC 5782 section 5. The others are addresses and names
// for documentation.
var (
	controlsIPv4   = controls{label("127.0.0.2"), label("127.0.0.1"), [2]string{label("192.0.2.1"), label("203.0.113.1")}}
	controlsIPv6   = controls{label("::ffff:7f00:2"), label("::ffff:7f00:1"), [2]string{label("2001:db8::1"), label("2001:db8:ffff::1")}}
	controlsDomain = controls{"test.", "invalid.", [2]string{"example.com.", "example.org."}}
)

// usual are the control points of a list that names none.
func usual(k Kind) *controls {
	switch k {
	case IPv6:
		return &controlsIPv6
	case Domain:
		return &controlsDomain
	}
	return &controlsIPv4
}

// listed returns the labels of a list's positive control for a kind of targets.
func (l *List) listed(k Kind) string {
	if labels, ok := controlOf(l.Listed, k); ok {
		return labels
	}
	return usual(k).listed
}

// clean returns those of its clean control.
func (l *List) clean(k Kind) string {
	if labels, ok := controlOf(l.Clean, k); ok {
		return labels
	}
	return usual(k).clean
}

// controlOf returns the labels of the first point of a kind.
func controlOf(points []string, k Kind) (string, bool) {
	for _, point := range points {
		if labels, kind := controlLabels(point); kind == k {
			return labels, true
		}
	}
	return "", false
}

// controlLabels returns the labels of a control point, and its kind: "" for what can be
// none.
func controlLabels(point string) (string, Kind) {
	ip, err := netip.ParseAddr(point)
	switch {
	case err != nil:
		if n, err := name.Domain(point); err == nil {
			return n + ".", Domain
		}
		return "", ""
	case ip.Is4():
		return reversed(ip), IPv4
	}
	return reversed(ip), IPv6
}

// control is what a control point says of a list.
type control struct {
	status HealthStatus
	reason Reason
	points []Control // that say so, of a list that is not to be believed
}

// usable reports whether a list can be believed.
func (c control) usable() bool { return c.status == HealthOK || c.status == HealthCaveat }

// positive asks for the point that the list must have.
func (e *asker) positive(l *List, zone string, k Kind) control {
	q, ok := e.question(l.listed(k), zone)
	if !ok {
		return control{status: HealthNotAsked, reason: ReasonName}
	}
	a, ok := e.view.Get(q)
	if !ok {
		e.miss(q)
		return control{}
	}
	c := e.judgePositive(l, zone, &a)
	if !c.usable() {
		c.points = []Control{observed(q, &a, resolver.Success)}
	}
	return c
}

// observed is a control point as a result shows it.
func observed(q resolver.Question, a *resolver.Answer, expect resolver.Status) Control {
	c := Control{Query: Query{Name: q.Name, DNS: valid(a.Status)}, Expect: expect}
	fill(&c.Query, a.Addrs, a.Alias, a.Problem)
	return c
}

func (e *asker) judgePositive(l *List, zone string, a *resolver.Answer) control {
	e.scratch = e.scratch[:0]
	status, reason := judge(l, zone, a, &e.scratch)
	switch status {
	case NotListed:
		return control{status: HealthDead, reason: ReasonControl}
	case Refused:
		return control{status: HealthRefused, reason: reason}
	case Unknown:
		return control{status: HealthUnreachable, reason: ReasonNoControl}
	case Error:
		if reason == ReasonOpenResolver || reason == ReasonVolume || reason == ReasonBlocked {
			return control{status: HealthRefused, reason: reason}
		}
		return control{status: HealthDead, reason: reason}
	}
	return control{status: HealthOK}
}

// presence is whether a list has a control point that it must not have.
type presence uint8

const (
	pending presence = iota // not answered yet
	absent
	present
	unclear // no answer that says
)

// hasControl asks whether a list has a control point that none may have: with an entry
// against it, or one that means the same as that of a target. A list of reputations has
// others for many addresses.
func (e *asker) hasControl(l *List, labels, zone string, like Status, points *[]Control) presence {
	q, ok := e.question(labels, zone)
	if !ok {
		return unclear
	}
	a, ok := e.view.Get(q)
	if !ok {
		e.miss(q)
		return pending
	}
	p := e.judgeClean(l, zone, &a, like)
	if p != absent {
		*points = append(*points, observed(q, &a, resolver.NXDomain))
	}
	return p
}

func (e *asker) judgeClean(l *List, zone string, a *resolver.Answer, like Status) presence {
	e.scratch = e.scratch[:0]
	switch status, _ := judge(l, zone, a, &e.scratch); status {
	case Refused, Error, Unknown:
		return unclear
	case NotListed:
		if like != NotListed || len(a.Addrs) == 0 {
			return absent
		}
		return present
	case Listed, Policy, like:
		return present
	}
	return absent
}

// wildcard says whether a list has everything, by the points that it must not have.
func (e *asker) wildcard(l *List, zone string, k Kind, like Status, points *[]Control) (clean, everything presence) {
	point := l.clean(k)
	clean = e.hasControl(l, point, zone, like, points)
	if clean != present {
		return clean, absent
	}
	// A list may have its clean control by mistake, or mean something else by it. It
	// has everything only when it has addresses that nobody uses, too.
	everything = present
	for _, labels := range usual(k).others {
		p := present
		if labels != point {
			p = e.hasControl(l, labels, zone, like, points)
		}
		everything = both(everything, p)
	}
	return clean, everything
}

// both says of two points whether a list has both. One that it lacks is enough to know.
func both(a, b presence) presence {
	switch {
	case a == pending || b == pending:
		return pending
	case a == absent || b == absent:
		return absent
	case a == unclear || b == unclear:
		return unclear
	}
	return present
}

// The caveats that controls lead to.
const (
	caveatUnproved = "The list's controls got no answer, so that it may have everything listed."
	caveatJunk     = "The list has an address that none may have, but not all: it has a careless entry."
)

// verify holds the status of a list against its controls: h is the positive one, and
// known is true when the health of the whole list was given.
func (e *evaluation) verify(l *List, zone string, r *ListResult, h control, known bool) {
	// An entry against the target stands even when the control got no answer; nothing
	// that is good for it does.
	against := r.Status == Listed || r.Status == Policy
	switch h.status {
	case HealthOK, HealthCaveat:
	case HealthUnreachable, HealthNotAsked:
		if !against {
			r.Status, r.Reason, r.Controls = NotCheckable, h.reason, h.points
			return
		}
		r.Caveat = caveatUnproved
	default:
		r.Status, r.Reason, r.Controls = NotCheckable, h.reason, h.points
		return
	}
	if len(r.Entries) == 0 {
		return
	}
	// The health of a list is about its listings, and says less about what else it has.
	if known && against {
		if h.status == HealthCaveat {
			r.Caveat, r.Controls = caveatJunk, h.points
		}
		return
	}
	var points []Control
	clean, everything := e.wildcard(l, zone, e.place.kind, r.Status, &points)
	switch {
	case clean == pending || everything == pending:
	case clean == unclear || clean == present && everything == unclear:
		if !against {
			r.Status, r.Reason, r.Controls = NotCheckable, ReasonNoControl, points
			return
		}
		r.Caveat = caveatUnproved
	case clean == present && everything == present:
		r.Status, r.Reason, r.Controls = Error, ReasonWildcard, points
	case clean == present:
		r.Caveat, r.Controls = caveatJunk, points
	}
}

// known returns what the request knows of a list's health, or nil. The health of lists
// is usually in the lists' order.
func (e *evaluation) known(zone string) *ListHealth {
	all := e.req.Health
	for range all {
		if e.health == len(all) {
			e.health = 0
		}
		h := &all[e.health]
		e.health++
		if h.Zone == zone && h.Kind == e.place.kind && h.Status.known() {
			return h
		}
	}
	return nil
}

// known reports whether a status says anything about a list.
func (s HealthStatus) known() bool {
	switch s {
	case HealthOK, HealthCaveat, HealthRefused, HealthDead, HealthUnreachable:
		return true
	}
	return false
}

// control is what a list's health says of it that is not HealthOK. Health may have been stored, and come back
// with less than it had, or with anything else.
func (h *ListHealth) control() control {
	c := control{status: h.Status, reason: h.Reason, points: unexpected(h)}
	if _, ok := troubles[c.reason]; !ok && !c.usable() {
		c.reason = ReasonControl
		if c.status == HealthUnreachable {
			c.reason = ReasonNoControl
		}
	}
	return c
}

// unexpected returns the control points for which a list is not as it should be.
func unexpected(h *ListHealth) (out []Control) {
	for i := range h.Controls {
		c := &h.Controls[i]
		// A positive control may have an answer that is none.
		if c.DNS != c.Expect && (c.DNS != resolver.NoData || c.Expect != resolver.NXDomain) || i == 0 && !(control{status: h.Status}).usable() {
			out = append(out, c.escaped())
		}
	}
	return out
}

// escaped returns a control point that can go to a terminal.
func (c *Control) escaped() Control {
	out := Control{Query: Query{Name: name.Escape(c.Name), DNS: valid(c.DNS)}, Expect: valid(c.Expect)}
	fill(&out.Query, c.Codes, c.Alias, c.Problem)
	return out
}

// valid returns a status that is one.
func valid(s resolver.Status) resolver.Status {
	if s.Valid() {
		return s
	}
	return resolver.Failed
}

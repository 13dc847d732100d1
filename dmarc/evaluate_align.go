package dmarc

import (
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/psl"
)

// counts reports whether the status of an identifier leaves it a chance to make the
// message pass: a temporary error may be a pass when tried again.
func counts(s Status) bool { return s == Pass || s == TempError }

// alignmentFor returns what a record asks of the identifiers of a method.
func alignmentFor(r *Record, m Method) Alignment {
	if m == SPF {
		return r.SPF
	}
	return r.DKIM
}

// count returns how many identifiers the request has.
func (e *evaluation) count() int {
	n := len(e.req.DKIM)
	if e.req.SPF.Status != "" {
		n++
	}
	return n
}

// identifier fills in the identifier of an index, which is zero before: SPF is the
// first, if there is one. Its Reason is set where it cannot count, whatever the record
// says. A domain that is the author's is in normal form.
func (e *evaluation) identifier(id *Identifier, i int, author string) {
	s := &e.req.SPF
	if s.Status != "" {
		i--
	}
	if i < 0 {
		id.Method, id.Status, id.Domain = SPF, s.Status, s.Domain
		if strings.EqualFold(s.Identity, "helo") { // RFC 9989 section 4.4.2
			id.Reason = ReasonHELO
		}
	} else {
		d := &e.req.DKIM[i]
		id.Method, id.Status, id.Domain, id.Selector = DKIM, d.Status, d.Domain, d.Selector
		if d.Testing {
			id.Reason = ReasonTesting
		}
	}
	if id.Status != Pass {
		id.Status = Status(name.Escape(cut(string(id.Status))))
	}
	id.Selector = name.Escape(cut(id.Selector))
	if id.Domain == author {
		return
	}
	n, err := name.Domain(id.Domain)
	if err != nil {
		n, id.Reason = name.Escape(cut(id.Domain)), ReasonBadDomain
	}
	id.Domain = n
}

// identify fills in the identifiers. It reports whether one of them might be aligned
// if only more was known, and whether one had no walk because of the limit.
func (e *evaluation) identify(res *Result) (possible, limit bool) {
	n := e.count()
	if n == 0 {
		return false, false
	}
	res.Identifiers = make([]Identifier, n)
	for i := range res.Identifiers {
		id := &res.Identifiers[i]
		e.identifier(id, i, res.Domain)
		if res.Status != "" {
			id.Reason = ReasonNoPolicy
			if res.Status == TempError {
				id.Reason = ReasonUnknown
			}
			continue
		}
		id.Alignment = alignmentFor(res.Record, id.Method)
		if id.Reason != "" {
			continue
		}
		if !counts(id.Status) {
			id.Reason = ReasonNotPass
			continue
		}
		e.align(res, id)
		would := id.Reason == ReasonEqual || id.Reason == ReasonOrganization
		switch {
		case id.Status == Pass:
			id.Aligned = would
		case would:
			id.Reason, possible = ReasonNotPass, true
		}
		possible = possible || id.Reason == ReasonUnknown
		limit = limit || id.Reason == ReasonLimit
	}
	return possible, limit
}

func aligned(ids []Identifier) bool {
	for i := range ids {
		if ids[i].Aligned {
			return true
		}
	}
	return false
}

// align compares an identifier with the author domain (RFC 9989 section 4.10.2), and
// makes a tree walk for it only if that decides. An organisational domain is always
// the domain itself or one above it.
func (e *evaluation) align(res *Result, id *Identifier) {
	author, org := res.Domain, res.OrganizationalDomain
	switch {
	case id.Domain == author:
		id.OrganizationalDomain, id.Reason = org, ReasonEqual
	case id.Alignment == Strict:
		id.Reason = ReasonStrict
	case res.Mode == RFC7489:
		id.OrganizationalDomain = psl.Organizational(id.Domain)
		id.Reason = reasonFor(id.OrganizationalDomain == org)
	case org == "":
		// DNS did not tell the author's: only without a domain above both it is certain.
		id.Reason = ReasonUnknown
		if common(id.Domain, author) == 0 {
			id.Reason = ReasonOther
		}
	case !name.Within(id.Domain, org):
		id.Reason = ReasonOther
	case id.Domain == org:
		// Its own walk goes by what the author's found there and above.
		id.OrganizationalDomain, id.Reason = org, ReasonOrganization
	default:
		e.alignByWalk(org, id)
	}
}

func reasonFor(same bool) Reason {
	if same {
		return ReasonOrganization
	}
	return ReasonOther
}

// alignByWalk makes the walk of an identifier below the author's organisational
// domain. Against the limit each domain counts once.
func (e *evaluation) alignByWalk(org string, id *Identifier) {
	if i := e.tree.find(id.Domain); i < 0 || !e.tree.node(i).start {
		if e.walks >= e.req.Limits.Walks {
			id.Reason = ReasonLimit
			return
		}
		e.walks++
	}
	w := e.tree.walk(id.Domain)
	e.tree.node(int(w.targets[0])).start = true
	id.OrganizationalDomain = w.org
	switch {
	case w.waiting, w.failed >= 0:
		id.Reason = ReasonUnknown
	default:
		id.Reason = reasonFor(w.org == org)
	}
}

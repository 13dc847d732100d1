package dnsbl

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/special"
	"github.com/mailworthy/mailworthy/resolver"
)

// maxCodes is how many addresses of one answer are shown. All are looked at, and of the
// others those are shown that change the outcome.
const maxCodes = 32

// usualZone is about how long the name of a zone is, and usualLists how many lists there
// are at most, as a rule.
const (
	usualZone  = 24
	usualLists = 64
)

// Evaluate judges the answers of lists that are in the view, and returns the questions
// whose answers it lacks. It asks all lists at once for the target and their positive
// control; then, where a list has the target, for the reason and for a control that it
// must not have. As long as there are questions, the Result is not valid.
func Evaluate(req Request, v resolver.View) (Result, []resolver.Question) {
	res := Result{Target: req.Target, Lists: []ListResult{}, Findings: mailworthy.Findings{}}
	p, ok := locate(req.Target)
	if !ok {
		res.Findings = append(res.Findings, badTarget(req.Target))
		return res, nil
	}
	if p.kind == Domain {
		res.Target.Domain = p.text
	} else {
		res.Target.IP = special.Target(res.Target.IP)
	}
	if p.why != "" {
		res.Status = NotApplicable
		res.Findings = append(res.Findings, notApplicable(p.text, p.why))
		return res, nil
	}
	e := evaluation{asker: asker{view: v, keyed: req.Keyed}, req: &req, place: &p}
	lists, more := req.Lists, []List(nil)
	if lists == nil {
		lists, more = defaults, withKeys
	}
	var few [usualLists]*List
	chosen := few[:0]
	for i := range lists {
		if lists[i].concerns(p.kind) {
			chosen = append(chosen, &lists[i])
		}
	}
	for i := range more {
		if more[i].Lists(p.kind) && e.has(more[i].Provider()) {
			chosen = append(chosen, &more[i])
		}
	}
	room := len(p.labels[0]) + len(p.labels[1]) + usualZone
	if len(req.Health) == 0 {
		room += len(p.labels[0]) + usualZone // for the control
	}
	e.names.Grow(len(chosen) * room)
	e.queries = make([]Query, 0, len(chosen)*p.n)
	res.Lists = make([]ListResult, len(chosen))
	for i, l := range chosen {
		e.list(l, &res.Lists[i])
	}
	if len(e.missing) > 0 {
		return Result{Target: res.Target, Lists: []ListResult{}, Findings: mailworthy.Findings{}}, distinct(e.missing)
	}
	res.sum()
	res.Findings = res.findings(p.text)
	return res, nil
}

// distinct returns the questions in order, each once.
func distinct(qs []resolver.Question) []resolver.Question {
	seen := make(map[resolver.Question]bool, len(qs))
	return slices.DeleteFunc(qs, func(q resolver.Question) bool {
		twice := seen[q]
		seen[q] = true
		return twice
	})
}

// sum counts the outcomes and sums them up.
func (r *Result) sum() {
	c := &r.Counts
	for i := range r.Lists {
		switch r.Lists[i].Status {
		case Listed:
			c.Listed++
			if w := r.Lists[i].Weight; w.Compare(r.Weight) > 0 {
				r.Weight = w
			}
		case Policy:
			c.Policy++
		case Info:
			c.Info++
		case Whitelisted:
			c.Whitelisted++
		case NotListed:
			c.NotListed++
		case Refused:
			c.Refused++
		case Error:
			c.Error++
		case Unknown:
			c.Unknown++
		case NotCheckable:
			c.NotCheckable++
		default:
			c.NotAsked++
			continue
		}
		c.Asked++
	}
	answered := c.Policy + c.Info + c.Whitelisted + c.NotListed
	switch {
	case c.Listed > 0:
		r.Status = Listed
	case len(r.Lists) == 0:
		r.Status = NotApplicable
	case answered == 0:
		r.Status = Unknown
	case answered < c.Asked:
		r.Status = Partial
	case c.Policy+c.Info > 0:
		r.Status = Noted
	default:
		r.Status = Clean
	}
}

// asker reads answers, and remembers which are missing.
type asker struct {
	view    resolver.View
	keyed   []string
	missing []resolver.Question
	names   strings.Builder
	scratch []Entry // of a control point, whose entries nobody keeps
}

// has reports whether there is a key of the provider.
func (e *asker) has(provider string) bool {
	return provider != "" && slices.ContainsFunc(e.keyed, func(k string) bool { return strings.EqualFold(k, provider) })
}

// zone returns the zone to ask for targets of a kind, or why none is. The list's own
// zone is given in normal form.
func (e *asker) zone(l *List, normal string, k Kind) (string, Reason) {
	var zone string
	switch {
	case l.KeyZone != "" && e.has(l.Provider()):
		zone = l.KeyZone
	case l.Access == Keyed:
		return "", ReasonKey
	case l.Access == Private:
		return "", ReasonPrivate
	case k == IPv6 && l.IPv6Zone != "":
		zone = l.IPv6Zone
	default:
		return normal, ""
	}
	zone, ok := normalZone(zone)
	if !ok {
		return "", ReasonInvalid
	}
	if _, dead := findDead(zone); dead {
		return "", ReasonDead
	}
	return zone, ""
}

// question makes one for a name below a zone: of type A, for IPv6 as well. All names share their memory. It is
// false for a name that is too long.
func (e *asker) question(labels, zone string) (resolver.Question, bool) {
	if len(labels)+len(zone) > maxName {
		return resolver.Question{}, false
	}
	start := e.names.Len()
	e.names.WriteString(labels)
	e.names.WriteString(zone)
	return resolver.Question{Name: e.names.String()[start:], Type: resolver.TypeA}, true
}

// miss notes a question that has no answer. Answers are large, so that all who read one
// get it from the view themselves.
func (e *asker) miss(q resolver.Question) { e.missing = append(e.missing, q) }

// evaluation is the evaluation of one target.
type evaluation struct {
	asker
	req     *Request
	place   *place
	queries []Query // what all lists' Queries are parts of
	health  int     // where in req.Health the next list is likely to be
}

// list judges one list.
func (e *evaluation) list(l *List, r *ListResult) {
	r.Name = name.Escape(l.Name)
	var ok bool
	if r.Zone, ok = normalZone(l.Zone); !ok || !l.askable() {
		r.Zone, r.Status, r.Reason = cut(l.Zone), NotAsked, ReasonInvalid
		return
	}
	r.Weight = l.weight()
	if _, dead := findDead(r.Zone); dead {
		r.Status, r.Reason = NotAsked, ReasonDead
		return
	}
	if e.spent(r.Zone) {
		r.Status, r.Reason = NotAsked, ReasonQuota
		return
	}
	zone, reason := e.zone(l, r.Zone, e.place.kind)
	if reason != "" {
		r.Status, r.Reason = NotAsked, reason
		return
	}
	h := control{status: HealthOK}
	health := e.known(r.Zone)
	if health != nil && health.Status != HealthOK {
		if h = health.control(); !h.usable() {
			// A list that is known to say nothing is not asked again and again.
			r.Status, r.Reason, r.Controls = NotCheckable, h.reason, h.points
			if h.reason == ReasonWildcard {
				r.Status = Error
			}
			return
		}
	}
	before := len(e.missing)
	e.target(l, zone, r)
	if r.Status == NotAsked {
		return
	}
	if health == nil && (len(e.missing) > before || r.Status.answered()) {
		h = e.positive(l, zone, e.place.kind)
	}
	if len(e.missing) == before && r.Status.answered() {
		e.verify(l, zone, r, h, health != nil)
	}
	if len(e.missing) > before {
		if r.Status.entry() && len(r.Queries) > 0 {
			e.texts(r) // Along with the control.
		}
		return
	}
	if r.Status.entry() {
		e.describe(l, r)
	}
}

// spent reports whether the quota of a zone in normal form is used up.
func (e *evaluation) spent(zone string) bool {
	return slices.ContainsFunc(e.req.Spent, func(s string) bool {
		n, ok := normalZone(s)
		return ok && n == zone
	})
}

// entry reports whether the list has something about the target.
func (s Status) entry() bool { return s == Listed || s == Policy || s == Info }

// answered reports whether the list said something about the target.
func (s Status) answered() bool {
	switch s {
	case Listed, Policy, Info, Whitelisted, NotListed:
		return true
	}
	return false
}

// weight is never empty.
func (l *List) weight() Weight {
	if l.Weight == "" {
		return Low
	}
	return l.Weight
}

// target reads the answers about the target itself.
func (e *evaluation) target(l *List, zone string, r *ListResult) {
	start := len(e.queries)
	r.TTL = ^uint32(0)
	for _, labels := range e.place.names(l) {
		q, ok := e.question(labels, zone)
		if !ok {
			continue
		}
		a, ok := e.view.Get(q)
		if !ok {
			e.miss(q)
			continue
		}
		e.queries = e.queries[:len(e.queries)+1] // There is room for all names of all lists.
		query := &e.queries[len(e.queries)-1]
		query.Name, query.DNS = q.Name, valid(a.Status)
		if len(a.Addrs) > 0 || len(a.Alias) > 0 || a.Problem != "" {
			fill(query, a.Addrs, a.Alias, a.Problem)
		}
		from := len(r.Entries)
		status, reason := judge(l, zone, &a, &r.Entries)
		if r.Status == "" || rank(status) < rank(r.Status) {
			r.Status, r.Reason = status, reason
		}
		for i := from; i < len(r.Entries); i++ {
			if w := r.Entries[i].Weight; w != "" && (i == 0 || w.Compare(r.Weight) > 0) {
				r.Weight = w
			}
		}
		r.TTL = min(r.TTL, a.TTL)
	}
	r.Queries = e.queries[start:len(e.queries):len(e.queries)]
	if len(r.Queries) == 0 {
		r.TTL = 0
		if r.Status == "" && len(e.missing) == 0 {
			r.Status, r.Reason = NotAsked, ReasonName
		}
	}
}

// fill adds what came back to a question, in copies. A View may hold whatever was stored
// in its place, and none of that goes to a terminal as it is.
func fill(q *Query, codes []netip.Addr, alias []string, problem string) {
	q.Codes = slices.Clone(codes[:min(len(codes), maxCodes)])
	for i, code := range q.Codes {
		q.Codes[i] = code.WithZone("")
	}
	q.Alias = slices.Clone(alias)
	for i, n := range q.Alias {
		if normal, err := name.Normalize(n); err != nil || normal != n {
			q.Alias[i] = name.Escape(n)
		}
	}
	q.Problem = name.Escape(problem)
}

// judge says what one answer means for the target, and adds its entries.
func judge(l *List, zone string, a *resolver.Answer, entries *[]Entry) (Status, Reason) {
	switch a.Status {
	case resolver.Success:
	case resolver.NXDomain, resolver.NoData:
		if strayed(a, zone) {
			return Error, ReasonRewritten
		}
		return NotListed, ""
	case resolver.Refused:
		return Refused, ReasonRefused
	default:
		return Unknown, ReasonNoAnswer
	}
	if len(a.Addrs) == 0 {
		return Unknown, ReasonNoAnswer // A Resolver that breaks its word.
	}
	status, reason, failed := NotListed, Reason(""), false
	for i, code := range a.Addrs {
		n, decides := len(*entries), false
		*entries = l.decode(*entries, code)
		for j := n; j < len(*entries); j++ {
			en := &(*entries)[j]
			if en.Class == ClassError {
				if !failed {
					reason, failed, decides = reasonOf(en), true, true
				}
			} else if s := statusOf(en.Class); rank(s) < rank(status) {
				status, decides = s, true
			}
		}
		if i >= maxCodes && !decides {
			*entries = (*entries)[:n]
		}
	}
	if failed {
		return Error, reason
	}
	return status, ""
}

// strayed reports whether an alias led out of the zone.
func strayed(a *resolver.Answer, zone string) bool {
	return len(a.Alias) > 0 && !name.Within(a.Alias[len(a.Alias)-1], zone)
}

func statusOf(c Class) Status {
	switch c {
	case ClassListed:
		return Listed
	case ClassPolicy:
		return Policy
	case ClassInfo:
		return Info
	case ClassWhite:
		return Whitelisted
	}
	return NotListed
}

// reasonOf says why an entry of an error is no answer.
func reasonOf(e *Entry) Reason {
	switch e.Category {
	case categoryTypo:
		return ReasonTypo
	case categoryResolver:
		return ReasonOpenResolver
	case categoryVolume:
		return ReasonVolume
	case categoryBlocked:
		return ReasonBlocked
	case categoryRewritten:
		return ReasonRewritten
	case categoryBogus:
		return ReasonBogus
	}
	return ReasonQuery
}

// rank orders statuses by what is to be believed when the names of a domain have several answers:
// what is against the target first, and what is not known before all that is good.
func rank(s Status) int {
	switch s {
	case Listed:
		return 0
	case Policy:
		return 1
	case Error:
		return 2
	case Refused:
		return 3
	case Unknown:
		return 4
	case Info:
		return 5
	case Whitelisted:
		return 6
	}
	return 7 // NotListed
}

// describe adds what there is to say about an entry.
func (e *evaluation) describe(l *List, r *ListResult) {
	text := e.place.entered(l, r)
	if r.Caveat == "" {
		r.Caveat = name.Escape(l.Caveat)
	}
	e.texts(r)
	advice := advise(l, r, text)
	r.Advice = &advice
}

// texts asks for the reason of an entry.
func (e *evaluation) texts(r *ListResult) {
	for i := range r.Queries {
		if len(r.Queries[i].Codes) == 0 {
			continue
		}
		q := resolver.Question{Name: r.Queries[i].Name, Type: resolver.TypeTXT}
		a, ok := e.view.Get(q)
		if !ok {
			e.miss(q)
			continue
		}
		r.Text = appendTexts(r.Text, a.TXT)
	}
}

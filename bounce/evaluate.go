package bounce

import (
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
)

// Evaluate says what a reply means. It is a pure function: the same Observation
// gives the same Result. It never fails; what it does not know is [Unknown].
func Evaluate(o Observation) Result {
	e := evaluation{o: o, x: theIndex()}
	e.text = o.Text[:min(len(o.Text), maxText)]
	e.head()
	if o.Outcome == OutcomeComplaint {
		e.decide(Complaint, "report.complaint", Certain, "a feedback report says so")
		e.res.Action = ActionSuppress
		e.finish()
		return e.res
	}
	var buf [512]byte
	var code [3]byte
	// It is no field of e, so that it stays on the stack.
	folded := fold(buf[:0], e.text, e.codeText(&code), nil)
	e.folded = len(folded)
	e.x.scan(folded, &e.m)
	e.named = extract(e.text)
	e.provider()
	e.choose()
	e.retry(folded)
	e.guard(folded)
	e.finish()
	return e.res
}

// evaluation is the state of one.
type evaluation struct {
	o      Observation
	x      *index
	text   string // as much of it as is read
	folded int    // the length of the folded text
	m      matches
	named  named
	res    Result

	signals signal
	kind    int        // the place of the category in categories
	rule    *replyRule // that decided, or nil
	which   uint16     // its place
	token   span       // a provider's, in the folded text, on which the verdict rests
	listing *listing
	zone    string // of a list that is not known
	about   Stage  // that the text implies
}

// head reads the codes: the basic code at the start (RFC 5321 section 4.2), and the
// enhanced code only right behind it (RFC 2034 section 4), or as "(#5.1.1)". Anywhere
// else, "5.1.1" may be part of an address.
func (e *evaluation) head() {
	code, enhanced := readHead(e.text)
	if e.o.Code >= 200 && e.o.Code <= 599 {
		code = e.o.Code
	}
	if enhancedLen(e.o.Enhanced) == len(e.o.Enhanced) && e.o.Enhanced != "" {
		enhanced = e.o.Enhanced
	}
	e.res.Code, e.res.Enhanced = code, enhanced
	if slices.Contains(stages[:], e.o.Stage) {
		e.res.Stage = e.o.Stage
	}
	digit := code / 100
	if digit == 0 && enhanced != "" {
		digit = int(enhanced[0] - '0')
	}
	switch {
	case digit == 4:
		e.res.Claimed = Temporary
	case digit == 5:
		e.res.Claimed = Permanent
	case digit == 0 && e.o.Outcome == OutcomeDeferred:
		e.res.Claimed = Temporary
	case digit == 0 && e.o.Outcome == OutcomeBounced:
		e.res.Claimed = Permanent
	}
}

// stages are all that there are.
var stages = [...]Stage{StageConnect, StageHELO, StageStartTLS, StageAuth, StageMail, StageRcpt, StageData, StageBody, StageLocal}

// readHead returns the codes that a reply starts with.
func readHead(s string) (code int, enhanced string) {
	s = strings.TrimLeft(s, " \t\r\n\"'")
	rest := s
	if len(s) >= 3 && s[0] >= '2' && s[0] <= '5' && isDigit(s[1]) && isDigit(s[2]) && (len(s) == 3 || !isAlnum(s[3]) && s[3] != '.') {
		code = int(s[0]-'0')*100 + int(s[1]-'0')*10 + int(s[2]-'0')
		rest = strings.TrimLeft(s[3:], " -\t:#")
	}
	if n := enhancedLen(rest); n > 0 {
		return code, rest[:n]
	}
	if i := strings.Index(s[:min(len(s), 1024)], "#"); i >= 0 && i+1 < len(s) {
		if n := enhancedLen(s[i+1:]); n > 0 {
			return code, s[i+1 : i+1+n]
		}
	}
	return code, ""
}

// codeText returns the code as fold wants it.
func (e *evaluation) codeText(buf *[3]byte) string {
	switch e.res.Code {
	case 0:
		return ""
	case 421:
		return "421"
	case 450:
		return "450"
	case 451:
		return "451"
	case 452:
		return "452"
	case 550:
		return "550"
	case 552:
		return "552"
	case 553:
		return "553"
	case 554:
		return "554"
	}
	*buf = [3]byte{'0' + byte(e.res.Code/100), '0' + byte(e.res.Code/10%10), '0' + byte(e.res.Code%10)}
	return string(buf[:])
}

// provider finds out who runs the server: from its name, from what only one of them
// says, or from the recipient's domain.
func (e *evaluation) provider() {
	if e.res.Provider = providerOf(e.o.RemoteHost); e.res.Provider != "" {
		return
	}
	best, first := tier(255), uint32(0)
	for i := range e.m.fired[:e.m.n] {
		f := &e.m.fired[i]
		r := &e.x.facts[f.rule]
		if r.needs&tellsProvider != 0 && (r.tier < best || r.tier == best && f.first < first) && e.holds(f) {
			e.res.Provider, best, first = e.x.rules[f.rule].is, r.tier, f.first
		}
	}
	if e.res.Provider == "" {
		at := strings.LastIndexByte(e.o.Recipient, '@')
		e.res.Provider = providerOf(e.o.Recipient[at+1:])
	}
}

// choose lets the rule of the lowest tier decide, and of several of one tier that with
// the most text. Without any, the codes do.
func (e *evaluation) choose() {
	var best *fired
	all := e.m.fired[:e.m.n]
	n, first := 0, uint32(0)
	for i := range all {
		f := &all[i]
		r := &e.x.facts[f.rule]
		if !e.holds(f) {
			continue
		}
		e.signals |= r.signal
		if r.needs&tellsStage != 0 && (e.about == "" || f.first < first) {
			e.about, first = e.x.rules[f.rule].stage, f.first
		}
		if r.needs&tellsCategory != 0 {
			all[n] = *f
			n++
		}
	}
	e.m.n = n
	if e.positive() {
		e.byCode()
		return
	}
	for i := range all[:n] {
		f := &all[i]
		r := &e.x.facts[f.rule]
		if r.signal&signalBrand != 0 && e.signals&signalListed == 0 {
			continue
		}
		if r.tier == tierRecipient && authCode(e.res.Code) {
			continue
		}
		if best == nil || e.before(f, best) {
			best = f
		}
	}
	// Nothing but a word such as "not allowed", and a code about the message's form: the
	// code tells more (RFC 3463 section 3.7).
	if best == nil || e.x.rules[best.rule].category == Policy && e.x.rules[best.rule].tier == tierVague && strings.HasPrefix(e.res.Enhanced, "5.6.") {
		e.byCode()
		return
	}
	e.apply(best)
}

// before reports whether a rule comes before the best so far.
func (e *evaluation) before(f, best *fired) bool {
	if p, q := e.x.facts[f.rule].tier, e.x.facts[best.rule].tier; p != q {
		return p < q
	}
	r, b := &e.x.rules[f.rule], &e.x.rules[best.rule]
	// A zone names a list better than a brand, and a part better than the whole.
	if r.tier == tierList && naming(r) != naming(b) {
		return naming(r) < naming(b)
	}
	if r.first != b.first {
		return r.first
	}
	if f.weight != best.weight {
		return f.weight > best.weight
	}
	return f.rule < best.rule
}

// naming orders rules about lists: one that names a zone, then one that names a brand,
// then one that names none.
func naming(r *replyRule) int {
	switch {
	case r.list == nil:
		return 2
	case r.signal&signalBrand != 0:
		return 1
	}
	return 0
}

// holds reports whether all conditions of a rule hold.
func (e *evaluation) holds(f *fired) bool {
	needs := e.x.facts[f.rule].needs
	if f.groups&groupAny == 0 || f.groups&groupNot != 0 || needs&needsAnd != 0 && f.groups&groupAnd == 0 {
		return false
	}
	if needs&needsMore == 0 {
		return true
	}
	r := &e.x.rules[f.rule]
	if r.at != "" && r.at != e.res.Provider {
		return false
	}
	code := e.res.Code
	if r.class != 0 {
		switch e.res.Claimed {
		case Temporary:
			if r.class != 4 {
				return false
			}
		case Permanent:
			if r.class != 5 {
				return false
			}
		}
	}
	if len(r.codes) > 0 && code != 0 && !slices.Contains(r.codes, code) {
		return false
	}
	if len(r.enhanced) > 0 && !hasEnhanced(r.enhanced, e.res.Enhanced) {
		return false
	}
	return len(r.stages) == 0 || e.res.Stage == "" || slices.Contains(r.stages, e.res.Stage)
}

// hasEnhanced reports whether a code is one of list, where "x.7.1" stands for both
// classes.
func hasEnhanced(list []string, code string) bool {
	for _, want := range list {
		if want == code || want[0] == 'x' && code != "" && want[1:] == code[1:] {
			return true
		}
	}
	return false
}

// apply takes over what a rule says.
func (e *evaluation) apply(f *fired) {
	r := &e.x.rules[f.rule]
	e.rule, e.which = r, f.rule
	confidence := Likely
	switch r.tier {
	case tierBroken, tierToken:
		confidence = Certain
		if f.to-f.from == f.weight { // and nothing stands within
			e.token = f.span
		}
	case tierList:
		if r.list == nil || r.signal&signalBrand == 0 {
			confidence = Certain
		}
	case tierVague:
		confidence = Weak
	}
	at := e.origin(int(f.from), int(f.to))
	if at.end > at.start && at.start >= 0 {
		e.res.Evidence = mailworthy.Span{Offset: at.start, Length: at.end - at.start}
	}
	category := r.category
	if r.tier == tierList || r.list != nil {
		category = e.listed(r, at)
	}
	e.decide(category, r.id, confidence, r.why)
	if e.res.Stage == "" && r.stage != "" {
		e.res.Stage = r.stage
	}
	if r.scope != "" {
		e.res.Scope = r.scope
	}
	if r.action != "" && e.res.Category == category {
		e.res.Action = r.action
	}
	if r.actual != "" {
		e.res.Actual = r.actual
	}
	if r.url != "" {
		e.res.DelistURL = r.url
	}
	if r.tier == tierBroken && e.listing == nil {
		e.misread()
	}
	e.res.Mechanisms = clone(r.mech)
	e.codes()
}

// origin finds a part of the folded text in the original.
func (e *evaluation) origin(from, to int) origin {
	if e.folded == len(e.text) {
		// Folding never makes a text longer, so each octet stands where it stood.
		return origin{start: from, end: to}
	}
	at := origin{from: from, to: to, start: -1}
	var code [3]byte
	var buf [512]byte
	fold(buf[:0], e.text, e.codeText(&code), &at)
	return at
}

// listed decides what is on the list that was named: an address or a domain, and
// whether there is such a list at all.
func (e *evaluation) listed(r *replyRule, at origin) Category {
	l := r.list
	if l == nil {
		e.zone = e.zoneBehind(at.end)
		if e.zone != "" {
			e.res.List = List{Zone: e.zone}
		}
		l = &listing{}
	} else {
		e.listing = l
		e.res.List = List{Zone: l.zone, Name: l.name, Dead: l.dead}
	}
	switch {
	case l.dead:
		return RemoteMisconfigured
	case l.domains:
		return DomainBlocklisted
	case r.category == DomainBlocklisted:
		return DomainBlocklisted
	case e.signals&signalHost != 0, len(e.named.ips) > 0:
		return IPBlocklisted
	case e.signals&signalDomain != 0:
		return DomainBlocklisted
	}
	return r.category
}

// misread names the list whose answer the receiver misread.
func (e *evaluation) misread() {
	var best *fired
	for i := range e.m.fired[:e.m.n] {
		f := &e.m.fired[i]
		if r := &e.x.rules[f.rule]; r.list != nil && r.tier == tierList && f.groups&groupAny != 0 && (best == nil || e.before(f, best)) {
			best = f
		}
	}
	if best != nil {
		l := e.x.rules[best.rule].list
		e.listing = l
		e.res.List = List{Zone: l.zone, Name: l.name, Dead: l.dead}
	}
}

// zoneBehind returns the first domain behind an offset, which stands behind words
// like "blocked using".
func (e *evaluation) zoneBehind(offset int) string {
	if 0 < offset && offset < len(e.text) && e.text[offset] == '.' {
		// "listed in rbl" stands for "listed in rbl.example.net".
		for offset > 0 && isAlnum(e.text[offset-1]) {
			offset--
		}
	}
	rest := strings.TrimLeft(e.text[min(max(offset, 0), len(e.text)):], " \t\r\n<[('\":")
	i := 0
	for i < len(rest) && tokenByte[rest[i]] && rest[i] != '/' && rest[i] != ':' && rest[i] != '=' {
		i++
	}
	if zone := strings.Trim(rest[:i], "."); isDomain(zone) {
		return domainName(zone)
	}
	return ""
}

// decide sets what follows from a category.
func (e *evaluation) decide(c Category, rule string, confidence Confidence, reason string) {
	if c == MailboxUnknown && e.res.Stage == StageMail {
		c = SenderRejected // MAIL names the sender alone.
	}
	if e.rule != nil && e.rule.category == c {
		e.kind = int(e.x.facts[e.which].kind)
	} else {
		e.kind = kindOf(c)
	}
	info := &categories[e.kind]
	e.res.Category, e.res.Rule, e.res.Confidence, e.res.Reason = c, rule, confidence, reason
	e.res.Scope, e.res.Action = info.Scope, info.Action
	if e.res.Claimed == Temporary {
		e.res.Action = info.Deferred
	}
	e.res.Actual = info.Actual
	if e.res.Actual == "" {
		e.res.Actual = e.res.Claimed
	}
}

// kindOf returns the place of the description of a category, or that of Unknown.
func kindOf(c Category) int {
	for i := range categories {
		if categories[i].Category == c {
			return i
		}
	}
	return 1
}

// retry says when to try again, and for how long.
func (e *evaluation) retry(folded []byte) {
	info := &categories[e.kind]
	if e.res.Actual == Permanent && e.res.Claimed == Permanent || e.res.Action == ActionStop || e.res.Action == ActionNone {
		return
	}
	r := info.Retry
	if r == (Retry{}) {
		if e.res.Claimed != Temporary {
			return
		}
		r = retryUsual
	}
	if e.rule != nil && e.rule.wait > 0 {
		r.After = e.rule.wait
	}
	if e.signals&signalRetry != 0 {
		if s := wait(folded); s > 0 {
			r.Stated, r.After = true, s
		}
	}
	r.Max, r.GiveUp = max(r.Max, r.After), max(r.GiveUp, 4*r.After)
	e.res.Retry = r
}

// finish fills in what is left.
func (e *evaluation) finish() {
	res := &e.res
	if res.Stage == "" {
		res.Stage = e.about
	}
	res.IPs = e.named.ips
	res.Addresses, res.Domains, res.URLs = e.named.addresses, e.named.domains, e.named.urls
	if res.Mechanisms == nil {
		res.Mechanisms = mechanismsOf(res.Category)
	}
	res.Domain = e.domain()
	e.findings()
}

// mechanismsOf returns the check that a category names by itself.
func mechanismsOf(c Category) []Mechanism {
	switch c {
	case BadRDNS:
		return []Mechanism{MechanismPTR}
	case BadHELO:
		return []Mechanism{MechanismHELO}
	case TLSFailed:
		return []Mechanism{MechanismTLS}
	case AuthRequired:
		return []Mechanism{MechanismSMTPAuth}
	}
	return nil
}

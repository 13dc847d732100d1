package wire

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"github.com/mailworthy/mailworthy/internal/name"
)

const (
	// These bound what a hostile zone text can cost. The last is octets of data.
	maxZoneText      = 4 << 20
	maxGenerated     = 1 << 13
	maxGeneratedData = 4 << 20

	defaultTTL = 300
)

// ZoneFile is what a zone text says.
type ZoneFile struct {
	Records []Record
	Rules   []Rule
	Origins []string // of $ORIGIN, normalised
}

// Rule is a line with an instruction in the place of a record's data:
//
//	owner [TTL] [class] [type] !word argument...
type Rule struct {
	Line int
	Text string // the whole line
	Name string // normalised
	Type uint16
	TTL  uint32
	// HasType and HasTTL are true when the line itself gives them.
	HasType, HasTTL bool
	Word            string // without the exclamation mark, in lower case
	Args            []Arg
}

// Arg is an argument of a Rule, unescaped.
type Arg struct {
	Text   string
	Quoted bool
}

// ZoneError says what is wrong with which line.
type ZoneError struct {
	Line int // from 1
	Text string
	Err  error
}

// Error names the line.
func (e *ZoneError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the cause.
func (e *ZoneError) Unwrap() error { return e.Err }

// zoneParser is the state that one entry leaves to the next.
type zoneParser struct {
	out           ZoneFile
	origin        string // normalised; meaningful if hasOrigin
	hasOrigin     bool
	ttl           uint32 // of $TTL
	owner         string // of the entry before
	hasOwner      bool
	generated     int
	generatedData int
	aliases       map[string]string // targets of CNAME records
}

// ParseZone reads a master file (RFC 1035 section 5), or the relaxed form of it
// that resolver.ParseZone describes. Its errors are of type *ZoneError.
func ParseZone(text string) (*ZoneFile, error) {
	if len(text) > maxZoneText {
		return nil, &ZoneError{Line: 1, Err: fmt.Errorf("zone text of more than %d octets", maxZoneText)}
	}
	entries, err := lexZone(text)
	if err != nil {
		return nil, err
	}
	p := zoneParser{ttl: defaultTTL}
	for _, e := range entries {
		if err := p.entry(e); err != nil {
			return nil, &ZoneError{Line: e.line, Text: e.text, Err: err}
		}
	}
	return &p.out, nil
}

func (p *zoneParser) entry(e entry) error {
	if first := e.tokens[0]; first.quote == 0 && strings.HasPrefix(first.text, "$") {
		return p.directive(strings.ToUpper(first.text), e.tokens)
	}
	rest, err := p.readOwner(e)
	if err != nil {
		return err
	}
	ttl, hasTTL := p.ttl, false
	for seenClass := false; len(rest) > 0; rest = rest[1:] {
		if v, ok := parseTTL(rest[0]); ok && !hasTTL {
			ttl, hasTTL = v, true
		} else if class(rest[0]) && !seenClass {
			if !rest[0].is("IN") {
				return errors.New("only class IN is known")
			}
			seenClass = true
		} else {
			break
		}
	}
	if len(rest) == 0 {
		return errors.New("the record type is missing")
	}
	typ, isType := typeOf(rest[0])
	if isType {
		rest = rest[1:]
	}
	if len(rest) > 0 && isRule(rest[0]) {
		r := Rule{
			Line: e.line, Text: e.text, Name: p.owner,
			Type: typ, HasType: isType, TTL: ttl, HasTTL: hasTTL,
		}
		return p.rule(r, rest)
	}
	if !isType {
		return fmt.Errorf("no record type %q", clip(rest[0].text))
	}
	if len(rest) == 0 {
		return fmt.Errorf("the %s record has no data", dns.Type(typ))
	}
	if !recordable(typ) {
		return fmt.Errorf("there are no records of type %s", dns.Type(typ))
	}
	r := Record{Name: p.owner, Type: typ, TTL: ttl}
	if err := p.data(&r, rest); err != nil {
		return err
	}
	return p.add(r)
}

func (p *zoneParser) add(r Record) error {
	if r.Type == dns.TypeCNAME {
		if old, ok := p.aliases[r.Name]; ok && old != r.Host {
			return errors.New("a second CNAME record for the name (RFC 2181 section 10.1)")
		}
		if p.aliases == nil {
			p.aliases = make(map[string]string)
		}
		p.aliases[r.Name] = r.Host
	}
	p.out.Records = append(p.out.Records, r)
	return nil
}

func (p *zoneParser) directive(word string, tokens []token) error {
	args := tokens[1:]
	switch word {
	case "$ORIGIN":
		if len(args) != 1 {
			return errors.New("$ORIGIN takes one name")
		}
		o, err := p.absolute(args[0])
		if err != nil {
			return err
		}
		p.origin, p.hasOrigin = o, true
		p.out.Origins = append(p.out.Origins, o)
		return nil
	case "$TTL":
		if len(args) == 1 {
			if ttl, ok := parseTTL(args[0]); ok {
				p.ttl = ttl
				return nil
			}
		}
		return errors.New("$TTL takes one number of seconds, or one like 1h30m")
	case "$GENERATE":
		return p.generate(tokens)
	case "$INCLUDE":
		return errors.New("$INCLUDE is not allowed")
	}
	return fmt.Errorf("no directive %s", clip(name.Escape(word)))
}

// generate lets the codec expand a $GENERATE line, whose TTL it would make up.
func (p *zoneParser) generate(tokens []token) error {
	if len(tokens) > 4 {
		_, third := parseTTL(tokens[3])
		if _, fourth := parseTTL(tokens[4]); !third && !fourth {
			tokens = slices.Insert(tokens, 3, token{text: strconv.FormatUint(uint64(p.ttl), 10)})
		}
	}
	zp := dns.NewZoneParser(strings.NewReader(join(tokens)), p.origin+".", "")
	for rr, ok := zp.Next(); ok; rr, ok = zp.Next() {
		if p.generated++; p.generated > maxGenerated {
			return fmt.Errorf("more than %d generated records", maxGenerated)
		}
		if p.generatedData += dns.Len(rr); p.generatedData > maxGeneratedData {
			return fmt.Errorf("more than %d octets of generated records", maxGeneratedData)
		}
		owner, err := name.Normalize(rr.Header().Name)
		if err != nil {
			return err
		}
		r := Record{Name: owner, Type: rr.Header().Rrtype, TTL: capTTL(uint64(rr.Header().Ttl))}
		if err := fill(&r, rr); err != nil {
			return err
		}
		if err := p.add(r); err != nil {
			return err
		}
	}
	return codecError(zp.Err())
}

// readOwner sets p.owner and returns the words after it. A line that is indented
// more than all others and starts with a TTL, class, type or rule belongs to the
// owner of the line before.
func (p *zoneParser) readOwner(e entry) ([]token, error) {
	if e.indent != "" && !ownsItself(e.tokens) {
		if !p.hasOwner {
			return nil, errors.New("an indented line without an owner before it")
		}
		return e.tokens, nil
	}
	owner, err := p.absolute(e.tokens[0])
	if err != nil {
		return nil, err
	}
	p.owner, p.hasOwner = owner, true
	return e.tokens[1:], nil
}

// ownsItself reports whether an indented line nevertheless starts with an owner,
// as it does in a raw string literal whose first line is not indented.
func ownsItself(tokens []token) bool {
	first := tokens[0]
	if _, ok := parseTTL(first); ok || class(first) || isRule(first) {
		return false
	}
	typ, ok := typeOf(first)
	if !ok {
		return true
	}
	// A host may be called "mx": two types in a row can only mean this.
	switch typ {
	case dns.TypeA, dns.TypeAAAA, dns.TypeMX, dns.TypeNS, dns.TypeCNAME, dns.TypePTR, dns.TypeTXT, dns.TypeTLSA:
	default:
		return false
	}
	rest := tokens[1:]
	for len(rest) > 0 {
		if _, ok := parseTTL(rest[0]); !ok && !class(rest[0]) {
			break
		}
		rest = rest[1:]
	}
	if len(rest) < 2 {
		return false
	}
	_, ok = typeOf(rest[0])
	return ok
}

// absolute returns the normal form of a name. Without $ORIGIN every name is
// absolute.
func (p *zoneParser) absolute(t token) (string, error) {
	if t.quote != 0 {
		return "", errors.New("a quoted text where a name belongs")
	}
	s := t.text
	switch {
	case s == "@":
		if !p.hasOrigin {
			return "", errors.New("@ needs an $ORIGIN before it")
		}
		return p.origin, nil
	case p.hasOrigin && p.origin != "" && !endsInDot(s):
		s += "." + p.origin
	}
	n, err := name.Normalize(s)
	if err != nil {
		return "", fmt.Errorf("%s is %w", clip(name.Escape(t.text)), err)
	}
	return n, nil
}

// endsInDot reports whether s ends in a dot that is not escaped.
func endsInDot(s string) bool {
	rest, ok := strings.CutSuffix(s, ".")
	return ok && (len(rest)-len(strings.TrimRight(rest, `\`)))%2 == 0
}

func (p *zoneParser) rule(r Rule, words []token) error {
	r.Word = strings.ToLower(words[0].text[1:])
	for _, w := range words[1:] {
		s, err := name.Unescape(w.text)
		if err != nil {
			return errEscape
		}
		r.Args = append(r.Args, Arg{Text: s, Quoted: w.quote != 0})
	}
	p.out.Rules = append(p.out.Rules, r)
	return nil
}

// codecError makes an error of the codec fit into a ZoneError.
func codecError(err error) error {
	pe, ok := errors.AsType[*dns.ParseError](err)
	if !ok {
		return err
	}
	// It ends in " at line: 1:23", which is not the user's line.
	s := strings.TrimPrefix(pe.Error(), "dns: ")
	if i := strings.LastIndex(s, " at line: "); i >= 0 {
		s = s[:i]
	}
	return errors.New(clip(name.Escape(s)))
}

// clip keeps hostile input from filling an error.
func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "..."
	}
	return s
}

func isRule(t token) bool { return t.quote == 0 && len(t.text) > 1 && t.text[0] == '!' }

func class(t token) bool {
	if t.quote != 0 {
		return false
	}
	switch strings.ToUpper(t.text) {
	case "IN", "CH", "HS", "CS":
		return true
	}
	return false
}

// typeOf reads the mnemonic of a type, which may be one of questions only.
func typeOf(t token) (uint16, bool) {
	if t.quote != 0 {
		return 0, false
	}
	up := strings.ToUpper(t.text)
	if typ, ok := dns.StringToType[up]; ok {
		return typ, true
	}
	if num, ok := strings.CutPrefix(up, "TYPE"); ok {
		n, err := strconv.ParseUint(num, 10, 16)
		return uint16(n), err == nil
	}
	return 0, false
}

// recordable reports whether records can be of a type (RFC 6895 section 3.1).
func recordable(typ uint16) bool {
	return typ != dns.TypeNone && typ != dns.TypeOPT && (typ < 128 || typ > 255)
}

// parseTTL reads seconds, or a sum like "1h30m".
func parseTTL(t token) (uint32, bool) {
	if t.quote != 0 || t.text == "" || len(t.text) > 20 {
		return 0, false
	}
	var sum, n uint64
	digits := false
	for i := range len(t.text) {
		c := t.text[i]
		if '0' <= c && c <= '9' {
			n = min(n*10+uint64(c-'0'), math.MaxUint32+1)
			digits = true
			continue
		}
		unit, ok := map[byte]uint64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400, 'w': 604800}[c|0x20]
		if !ok || !digits {
			return 0, false
		}
		sum += n * unit
		n, digits = 0, false
	}
	sum += n
	return capTTL(sum), sum <= math.MaxUint32
}

// capTTL turns a TTL with the top bit set to 0 (RFC 2181 section 8).
func capTTL(ttl uint64) uint32 {
	if ttl > math.MaxInt32 {
		return 0
	}
	return uint32(ttl)
}

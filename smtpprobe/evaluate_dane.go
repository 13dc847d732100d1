package smtpprobe

import (
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// EvaluateDANE says what DANE asks of a sender that connects to a host (RFC 7672): a
// pure function of the request and of the answers in v. It returns the questions whose
// answers it lacks: first for MX records and addresses, and then for TLSA records.
//
// What is secure is what a resolver says that validates and is trusted; see
// [resolver.Answer]. Without such a resolver everything is insecure.
func EvaluateDANE(req DANERequest, v resolver.View) (DANE, []resolver.Question) {
	e := daneEvaluation{asked: asker{view: v}, DANE: DANE{
		Domain: req.Domain, Host: req.Host, Port: req.Port, Records: []TLSARecord{}, Findings: mailworthy.Findings{},
	}}
	if e.Port == 0 {
		e.Port = 25
	}
	if e.named() {
		e.locate()
	}
	if len(e.asked.missing) > 0 {
		e.Status, e.Findings, e.Records = "", mailworthy.Findings{}, []TLSARecord{}
	}
	return e.DANE, e.asked.missing
}

type daneEvaluation struct {
	DANE
	asked asker
	mx    resolver.Answer
}

// named normalises domain and host. It is false when there can be no such host.
func (e *daneEvaluation) named() bool {
	d, reason := domainName(e.Domain)
	if reason != "" {
		e.Status = DANEInvalid
		e.add(badDomain(e.Domain, reason))
		return false
	}
	e.Domain = d
	if e.Host == "" {
		e.Host = d
	}
	h, reason := domainName(e.Host)
	if reason == "" {
		_, err := name.Normalize(tlsaName(h, e.Port))
		if err != nil {
			reason = "with a port before it, it is longer than 253 octets"
		}
	}
	if reason != "" {
		e.Status = DANEInvalid
		e.add(badDomain(e.Host, reason))
		return false
	}
	e.Host = h
	return true
}

func (e *daneEvaluation) add(f mailworthy.Finding) { e.Findings = append(e.Findings, f) }

// addOnce adds a finding, or the evidence of one to what says the same already.
func (e *daneEvaluation) addOnce(f mailworthy.Finding) {
	for i := range e.Findings {
		if have := &e.Findings[i]; have.Code == f.Code && have.Message == f.Message {
			if len(have.Evidence) < maxEvidence {
				have.Evidence = append(have.Evidence, f.Evidence...)
			}
			return
		}
	}
	e.add(f)
}

// locate finds the TLSA records (RFC 7672 section 2.2).
func (e *daneEvaluation) locate() {
	var ok bool
	e.mx, ok = e.asked.get(e.Domain, resolver.TypeMX)
	a, ok4 := e.asked.get(e.Host, resolver.TypeA)
	aaaa, ok6 := e.asked.get(e.Host, resolver.TypeAAAA)
	if !ok || !ok4 || !ok6 {
		return
	}
	// The denial of MX records has to be proved as well (section 2.2.1).
	e.MXSecure = e.mx.Secure && e.mx.Status.Definitive()
	found, secure := false, true
	var alias []string
	for _, got := range []resolver.Answer{a, aaaa} {
		if got.Status == resolver.Success && len(got.Addrs) > 0 {
			found, secure, alias = true, secure && got.Secure, got.Alias
		}
	}
	if !found {
		e.unreachable(a, aaaa)
		return
	}
	var candidates []string
	switch {
	case len(alias) == 0 && secure:
		candidates = []string{e.Host}
	case len(alias) > 0 && secure:
		// Section 2.2.3: the name that the alias leads to comes first.
		candidates = []string{last(alias), e.Host}
	case len(alias) > 0:
		// Section 2.2.2: an alias that is signed itself may lead to what is not.
		cname, ok := e.asked.get(e.Host, resolver.TypeCNAME)
		if !ok {
			return
		}
		if !cname.Status.Definitive() {
			e.failed(resolver.Question{Name: e.Host, Type: resolver.TypeCNAME}, cname)
			return
		}
		if cname.Secure {
			candidates = []string{e.Host}
		}
	}
	e.lookup(candidates)
}

// unreachable is about a host without a known address.
func (e *daneEvaluation) unreachable(a, aaaa resolver.Answer) {
	for _, got := range []struct {
		resolver.Answer
		typ resolver.Type
	}{{a, resolver.TypeA}, {aaaa, resolver.TypeAAAA}} {
		if got.Status != resolver.NoData && got.Status != resolver.NXDomain {
			e.failed(resolver.Question{Name: e.Host, Type: got.typ}, got.Answer)
			return
		}
	}
	e.Status, e.DNS = DANENone, a.Status
}

// failed is about a question without an answer: senders treat the host as unreachable
// (RFC 7672 section 2.1.2).
func (e *daneEvaluation) failed(q resolver.Question, a resolver.Answer) {
	e.Status, e.DNS = DANEFailed, a.Status
	e.add(temporary(policyFinding(CodeDANEDNSFailure, e.Host,
		"DNS did not tell of "+q.String()+": the question ended with "+string(a.Status)+". Senders with DANE do not deliver to "+e.Host+" then.",
		"Ask again later. If it stays so, check the name servers of "+q.Name+", the signatures of the zone, and that they answer questions for TLSA.",
		answerText(q, a))))
}

// lookup asks the candidates in turn. Without any it looks all the same whether there
// are records that nobody follows; whether that succeeds does not matter (RFC 7672
// section 2.2.2 on name servers that do not know the type).
func (e *daneEvaluation) lookup(candidates []string) {
	signed := len(candidates) > 0
	if !signed {
		candidates = []string{e.Host}
		e.Status = DANEInsecure
	}
	var unsigned resolver.Answer
	for _, base := range candidates {
		q := resolver.Question{Name: tlsaName(base, e.Port), Type: resolver.TypeTLSA}
		if n, err := name.Normalize(q.Name); err != nil || n != q.Name {
			continue // An alias may be too long for more labels.
		}
		a, ok := e.asked.get(q.Name, q.Type)
		if !ok {
			return
		}
		e.DNS = a.Status
		switch {
		case a.Status == resolver.NoData || a.Status == resolver.NXDomain:
			continue
		case a.Status != resolver.Success || len(a.TLSA) == 0:
			if signed {
				e.failed(q, a)
				return
			}
		case signed && a.Secure:
			e.Base, e.Name = base, q.Name
			e.use(a)
			return
		case len(unsigned.TLSA) == 0:
			unsigned, e.Name = a, q.Name
		}
	}
	if len(unsigned.TLSA) == 0 {
		if signed {
			e.Status = DANENone
		}
		return
	}
	e.Status, e.DNS = DANEInsecure, unsigned.Status
	e.keep(unsigned)
	e.add(policyFinding(CodeDANEUnsigned, e.Host,
		"DNSSEC does not prove the TLSA records at "+e.Name+", or not the addresses of the host, so that no sender follows them.",
		"Sign the zones of "+e.Host+" and "+e.Name+" with DNSSEC. If they are signed, ask again through a resolver that validates.",
		e.recordTexts()...))
}

// keep judges the records, and keeps as many as are looked at, usable ones first.
func (e *daneEvaluation) keep(a resolver.Answer) {
	e.TTL = a.TTL
	for _, r := range a.TLSA {
		reason := tlsaReason(r)
		e.Records = append(e.Records, TLSARecord{r, reason == "", reason})
	}
	if e.More = max(len(e.Records)-MaxTLSA, 0); e.More > 0 {
		slices.SortStableFunc(e.Records, func(a, b TLSARecord) int {
			switch {
			case a.Usable == b.Usable:
				return 0
			case a.Usable:
				return -1
			}
			return 1
		})
		e.Records = e.Records[:MaxTLSA]
	}
}

// use is about records that DNSSEC proves.
func (e *daneEvaluation) use(a resolver.Answer) {
	e.keep(a)
	e.references()
	e.Status = DANEUnusable
	for _, r := range e.Records {
		switch {
		case r.Usable:
			e.Status = DANEUsable
			if r.Matching == 0 {
				e.addOnce(policyFinding(CodeDANEFull, e.Host,
					"A TLSA record holds a whole certificate or key. Not all senders can use it, and it makes answers large.",
					"Publish the SHA-256 digest in its place, as in 3 1 1.", tlsaText(e.Name, r.TLSA)))
			}
		default:
			e.addOnce(policyFinding(CodeDANERecord, e.Host, "Senders cannot use a TLSA record: "+r.Reason+".",
				`Publish "`+e.Name+`. IN TLSA 3 1 1 ..." with the SHA-256 digest of the host's public key.`, tlsaText(e.Name, r.TLSA)))
		}
	}
	if e.Status == DANEUnusable {
		e.add(policyFinding(CodeDANEUnusable, e.Host,
			"No TLSA record of the host can be used. Senders insist on TLS, and take it from whoever answers.",
			`Publish "`+e.Name+`. IN TLSA 3 1 1 ..." with the SHA-256 digest of the host's public key.`, e.recordTexts()...))
	}
	if e.More > 0 {
		e.add(policyFinding(CodeDANETooMany, e.Host,
			fmt.Sprintf("There are %d TLSA records, and only %d of them were looked at.", e.More+len(e.Records), len(e.Records)),
			"Keep a record for each key that is in use, or is next."))
	}
	if !e.MXSecure && e.mx.Status.Definitive() {
		e.add(policyFinding(CodeDANEMXUnsigned, e.Domain,
			"The TLSA records of "+e.Host+" are proved, but not that it takes mail for "+e.Domain+". Whoever forges the MX records is not noticed.",
			"Sign the zone of "+e.Domain+" with DNSSEC. If it is signed, ask again through a resolver that validates."))
	}
}

// references are the names for DANE-TA (RFC 7672 section 3.2.2).
func (e *daneEvaluation) references() {
	e.Names = []string{e.Base}
	add := func(n string) {
		if !slices.Contains(e.Names, n) {
			e.Names = append(e.Names, n)
		}
	}
	switch {
	case e.mx.Status == resolver.Success && !e.MXSecure:
		// Nothing proves that the host stands for the domain.
	case e.mx.Status == resolver.Success:
		add(e.Domain)
		if len(e.mx.Alias) > 0 {
			add(last(e.mx.Alias))
		}
	case e.Host == e.Domain:
		add(e.Domain)
	}
}

func (e *daneEvaluation) recordTexts() []string {
	var out []string
	for _, r := range e.Records[:min(len(e.Records), 4)] {
		out = append(out, tlsaText(clean(e.Name), r.TLSA))
	}
	return out
}

// tlsaText is a record as evidence.
func tlsaText(at string, r resolver.TLSA) string {
	const most = 72
	text := fmt.Sprintf("%s TLSA %d %d %d %x", at, r.Usage, r.Selector, r.Matching, r.Data[:min(len(r.Data), most)])
	if len(r.Data) > most {
		text += "..."
	}
	return text
}

// The numbers of TLSA records (RFC 7218).
const (
	daneTA = 2
	daneEE = 3

	selectCert = 0
	selectSPKI = 1

	matchFull   = 0
	matchSHA256 = 1
	matchSHA512 = 2
)

// tlsaReason says why a record is not usable, or "" (RFC 7672 section 3.1, RFC 7671
// section 4).
func tlsaReason(r resolver.TLSA) string {
	switch {
	case r.Usage < daneTA:
		return "its certificate usage, PKIX-TA(0) or PKIX-EE(1), is not for SMTP between servers"
	case r.Usage > daneEE:
		return "its certificate usage is unknown"
	case r.Selector > selectSPKI:
		return "its selector is unknown"
	case r.Matching > matchSHA512:
		return "its matching type is unknown"
	case r.Matching == matchSHA256 && len(r.Data) != 32, r.Matching == matchSHA512 && len(r.Data) != 64:
		return fmt.Sprintf("its digest has %d octets, which is not the length for its matching type", len(r.Data))
	}
	if r.Matching == matchFull {
		var err error
		if r.Selector == selectCert {
			_, err = x509.ParseCertificate(r.Data)
		} else {
			_, err = x509.ParsePKIXPublicKey(r.Data)
		}
		if err != nil {
			return "what it holds is no certificate or public key, as its matching type Full(0) says"
		}
	}
	return ""
}

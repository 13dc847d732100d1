package dkim

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

// maxSelectors bounds how many selectors one evaluation asks for.
const maxSelectors = 1000

// SelectorsRequest says whose keys to look for.
type SelectorsRequest struct {
	Domain string `json:"domain"`
	// Selectors are what is asked for. Only the first 1000 count. None means those
	// of the Providers, and the common ones that [Selectors] has too.
	Selectors []string `json:"selectors,omitempty"`
	// Providers are the services by which keys are explained. None means the
	// catalogue that [Providers] returns.
	Providers []Provider `json:"providers,omitempty"`
}

// SelectorsReport says which of the selectors that were asked for a domain has. A
// domain's selectors cannot be listed, so it never proves that there are no others,
// unless Findings has [CodeNoKeys].
type SelectorsReport struct {
	// Domain is A-labels in lower case, or as given when it is no valid name.
	Domain string `json:"domain"`
	// Status is the best of the selectors': found, temperror (when a selector that
	// DNS did not tell of might be better), ambiguous, malformed, unusable, revoked
	// or missing, in this order. It is invalid when the domain is no name.
	Status KeyStatus `json:"status"`
	// Asked are the selectors that were asked for.
	Asked []string `json:"asked"`
	// Keys are the reports of those that are there, of aliases that lead nowhere,
	// and of those that DNS did not tell of, in the order of Asked. What a wildcard
	// answers for every selector is not among them.
	Keys []KeyReport `json:"keys"`
	// Wildcard says what a wildcard answers for every selector: missing is that
	// there is none, and temperror that DNS did not tell.
	Wildcard KeyStatus `json:"wildcard"`
	// Findings says what is wrong beyond single keys.
	Findings mailworthy.Findings `json:"findings"`
}

// EvaluateSelectors examines the keys of a domain for many selectors at once: a
// pure function of the request and of the answers in v. It returns the questions
// whose answers it lacks, all in one round; the report is final when there are
// none.
func EvaluateSelectors(req SelectorsRequest, v resolver.View) (SelectorsReport, []resolver.Question) {
	rep := SelectorsReport{Domain: req.Domain, Asked: []string{}, Keys: []KeyReport{}, Findings: mailworthy.Findings{}}
	list := orCatalogue(req.Providers)
	probe := newKeyReport(probeLabel(req.Domain), req.Domain)
	if probe.Status == KeyInvalid {
		rep.Status, rep.Wildcard = KeyInvalid, KeyInvalid
		rep.Findings = append(rep.Findings, badKeyName("", req.Domain))
		return rep, nil
	}
	rep.Domain = probe.Domain
	keys := rep.prepare(req.Selectors, list)

	q := asker{view: v}
	wild, _ := q.txt(probe.Name)
	above, _ := q.txt("_domainkey." + rep.Domain)
	adsp, _ := q.txt("_adsp._domainkey." + rep.Domain)
	answers := make([]resolver.Answer, len(keys))
	for i := range keys {
		if keys[i].Status == "" {
			answers[i], _ = q.txt(keys[i].Name)
		}
	}
	if len(q.missing) > 0 {
		return rep, q.missing
	}
	probe.judge(wild, nil)
	rep.Wildcard = probe.Status
	for i := range keys {
		k := &keys[i]
		if k.Status == "" {
			if wild.Status.Definitive() && sameAnswer(answers[i], wild) {
				continue
			}
			k.judge(answers[i], list)
			if k.Status == KeyMissing && len(k.Alias) == 0 {
				continue
			}
		}
		k.soften()
		rep.Keys = append(rep.Keys, *k)
	}
	rep.Status = rep.best()
	rep.lintWildcard(&probe, wild)
	rep.lintKeys(above)
	rep.lintLegacy(above, adsp, wild)
	return rep, nil
}

// prepare returns a report to fill for each selector, and sets Asked.
func (rep *SelectorsReport) prepare(selectors []string, list []Provider) []KeyReport {
	if len(selectors) == 0 {
		selectors = selectorsOf(list)
	}
	keys := make([]KeyReport, 0, min(len(selectors), maxSelectors))
	seen := make(map[string]bool, cap(keys))
	for _, s := range selectors {
		if len(keys) == maxSelectors {
			break
		}
		k := newKeyReport(s, rep.Domain)
		if !seen[k.Selector] {
			seen[k.Selector] = true
			rep.Asked = append(rep.Asked, k.Selector)
			keys = append(keys, k)
		}
	}
	return keys
}

// probeLabel returns a selector that nobody has, always the same for a domain, so
// that a verdict can be repeated.
func probeLabel(domain string) string {
	if d, err := name.Normalize(domain); err == nil {
		domain = d
	}
	sum := sha256.Sum256([]byte("wildcard probe " + domain))
	return "zz" + hex.EncodeToString(sum[:8])
}

// sameAnswer reports whether a wildcard gave an answer: the same records by the
// same way. Records come in any order.
func sameAnswer(a, wild resolver.Answer) bool {
	if len(wild.TXT) == 0 && len(wild.Alias) == 0 || len(a.TXT) != len(wild.TXT) || !slices.Equal(a.Alias, wild.Alias) {
		return false
	}
	return a.Status.Definitive() && slices.Equal(sortedTexts(a.TXT), sortedTexts(wild.TXT))
}

func sortedTexts(list []resolver.Text) []string {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.String()
	}
	slices.Sort(out)
	return out
}

// soften takes into account that nobody said that the selector is in use: a key
// that was revoked is then as it should be.
func (rep *KeyReport) soften() {
	for i := range rep.Findings {
		if rep.Findings[i].Code == CodeKeyRevoked {
			rep.Findings[i].Severity = mailworthy.Info
		}
	}
}

func (rep *SelectorsReport) best() KeyStatus {
	for _, s := range [...]KeyStatus{KeyFound, KeyTempError, KeyAmbiguous, KeyMalformed, KeyUnusable, KeyRevoked} {
		if slices.ContainsFunc(rep.Keys, func(k KeyReport) bool { return k.Status == s }) {
			return s
		}
	}
	return KeyMissing
}

func (rep *SelectorsReport) add(f mailworthy.Finding, message, remedy string, evidence ...string) {
	f.Message, f.Remedy, f.Evidence = message, remedy, evidence
	rep.Findings = append(rep.Findings, f)
}

// lintWildcard is about what every selector has.
func (rep *SelectorsReport) lintWildcard(probe *KeyReport, wild resolver.Answer) {
	f := keyFinding(CodeWildcard, rep.Domain)
	evidence := textRecords(probe.Name, wild.TXT)
	switch {
	case !wild.Status.Definitive():
		f = keyFinding(CodeKeyDNSFailure, probe.Name)
		f.Temporary = true
		rep.add(f, "DNS did not tell whether "+rep.Domain+" has a wildcard that answers for every selector, so what was found may be that.",
			"Ask again later.", answerLine(probe.Name, wild))
	case probe.Status == KeyRevoked:
		f.Severity = mailworthy.Info
		rep.add(f, "A wildcard says for every selector of "+rep.Domain+" that there is no key, which is right for a domain that sends no mail.",
			"Nothing has to be done. A server that signs for the domain needs a selector with a key of its own.", evidence...)
	case len(wild.TXT) > 0 && (probe.Status == KeyMalformed || probe.Status == KeyAmbiguous):
		rep.add(f, "A wildcard answers for every selector of "+rep.Domain+" with a record that is no key. Selectors that have only that are taken as missing.",
			"Restrict the wildcard to the names that need it, or give each selector that is in use a key of its own.", evidence...)
	case len(wild.TXT) > 0:
		rep.add(f, "A wildcard gives every selector of "+rep.Domain+" the same key, so whoever has the private key can sign with any, and selectors cannot be told apart.",
			"Replace the wildcard by a record for each selector that is in use.", evidence...)
	case len(wild.Alias) > 0:
		f.Severity = mailworthy.Info
		rep.add(f, "A wildcard makes every selector of "+rep.Domain+" an alias to "+wild.Alias[len(wild.Alias)-1]+", which has no key. Selectors that have only that are taken as missing.",
			"Restrict the wildcard to the names that need it.", probe.Name+" CNAME "+wild.Alias[0])
	}
}

// lintKeys is about all keys together.
func (rep *SelectorsReport) lintKeys(above resolver.Answer) {
	shared := make(map[string][]string)
	var order []string
	found, others := 0, 0
	for i := range rep.Keys {
		k := &rep.Keys[i]
		if k.Status != KeyFound {
			continue
		}
		if k.Key.Type == Ed25519 {
			found++
		} else if k.Key.Bits >= leastKeyBits {
			others++
		}
		data := string(k.Key.Data)
		if shared[data] == nil {
			order = append(order, data)
		}
		shared[data] = append(shared[data], k.Selector)
	}
	for _, data := range order {
		if s := shared[data]; len(s) > 1 {
			rep.add(keyFinding(CodeKeyShared, rep.Domain), "The selectors "+strings.Join(s, ", ")+" of "+rep.Domain+" have the same key. Revoking it for one leaves it in force for the others.",
				"Give each selector a key of its own, and delete those that are not in use.", s...)
		}
	}
	if found > 0 && others == 0 && rep.Wildcard != KeyFound && !rep.unknown() {
		rep.add(keyFinding(CodeOnlyEd25519, rep.Domain), "Of the selectors asked for, only such with Ed25519 keys can be used. Receivers that do not verify these see unsigned mail.",
			"Sign with an RSA key of 2048 bits as well, under a selector of its own.")
	}
	if rep.Status != KeyMissing || rep.Wildcard != KeyMissing && rep.Wildcard != KeyMalformed {
		return
	}
	evidence := answerLine("_domainkey."+rep.Domain, above)
	if above.Status == resolver.NXDomain && len(above.Alias) == 0 {
		rep.add(keyFinding(CodeNoKeys, rep.Domain), rep.Domain+" has no DKIM keys: not even the name _domainkey."+rep.Domain+" exists, so nothing below it does.",
			"Generate a key, publish it, and have the servers that send for the domain sign with it.", evidence)
		return
	}
	n := strconv.Itoa(len(rep.Asked))
	rep.add(keyFinding(CodeSelectorsNone, rep.Domain), "None of the "+n+" selectors asked for has a key at "+rep.Domain+". That does not mean that the domain has no DKIM: it may have others, which cannot be listed.",
		"Look for s= in the DKIM-Signature of a message that the domain sent, and check that selector.", evidence)
}

// unknown reports whether DNS did not tell of some selector.
func (rep *SelectorsReport) unknown() bool {
	return slices.ContainsFunc(rep.Keys, func(k KeyReport) bool { return k.Status == KeyTempError })
}

// lintLegacy is about records of what came before.
func (rep *SelectorsReport) lintLegacy(above, adsp, wild resolver.Answer) {
	for _, t := range adsp.TXT {
		if text := t.String(); !sameAnswer(adsp, wild) && strings.HasPrefix(strings.ToLower(strings.TrimLeft(text, " ")), "dkim") {
			rep.add(keyFinding(CodeADSP, rep.Domain), rep.Domain+" has an ADSP record. ADSP was abandoned, and receivers do not ask for it.",
				"Delete the record at _adsp._domainkey."+rep.Domain+". What it was for is now said by DMARC.", textRecord("_adsp._domainkey."+rep.Domain, text))
		}
	}
	for _, t := range above.TXT {
		if text := t.String(); !sameAnswer(above, wild) && hasDomainKeysPolicy(text) {
			rep.add(keyFinding(CodeDomainKeys, rep.Domain), rep.Domain+" has a policy record of DomainKeys, which DKIM replaced; receivers do not ask for it.",
				"Delete the record at _domainkey."+rep.Domain+".", textRecord("_domainkey."+rep.Domain, text))
		}
	}
}

// hasDomainKeysPolicy reports whether a record has one of the tags of a DomainKeys
// policy (RFC 4870 section 3.6).
func hasDomainKeysPolicy(text string) bool {
	for _, tag := range [...]string{"o", "t", "r"} {
		if start, end := valueOf(text, tag); start >= 0 {
			value := strings.TrimSpace(text[start:end])
			if tag == "o" && (value == "-" || value == "~") || tag == "t" && value == "y" || tag == "r" && strings.Contains(value, "@") {
				return true
			}
		}
	}
	return false
}

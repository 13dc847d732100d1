package bounce

import "strings"

// codeMarker says where a provider's own code, or its ticket, stands: behind or before a
// text that hardly means anything else.
type codeMarker struct {
	text     string // with the case as it comes
	provider Provider
	keep     int  // how much of text belongs to the code, from its end
	before   bool // the token stands before the text
	ticket   bool
}

var codeMarkers = [...]codeMarker{
	{text: "/?p=", provider: ProviderGmail},
	{text: "mail/?p=", provider: ProviderGmail},
	{text: " - gsmtp", provider: ProviderGmail, before: true, ticket: true},
	{text: "(S3140", provider: ProviderMicrosoft, keep: 5},
	{text: "(S3150", provider: ProviderMicrosoft, keep: 5},
	{text: "(S775", provider: ProviderMicrosoft, keep: 4},
	{text: "(S3115", provider: ProviderMicrosoft, keep: 5},
	{text: "(S3114", provider: ProviderMicrosoft, keep: 5},
	{text: "(S2017062302", provider: ProviderMicrosoft, keep: 11},
	{text: "(AS", provider: ProviderMicrosoft, keep: 2},
	{text: " AS(", provider: ProviderMicrosoft, keep: 3},
	{text: "(RP-00", provider: ProviderMicrosoft, keep: 5},
	{text: "(SC-00", provider: ProviderMicrosoft, keep: 5},
	{text: "(DY-00", provider: ProviderMicrosoft, keep: 5},
	{text: "(OU-00", provider: ProviderMicrosoft, keep: 5},
	{text: " RP-00", provider: ProviderMicrosoft, keep: 5},
	{text: " SC-00", provider: ProviderMicrosoft, keep: 5},
	{text: " DY-00", provider: ProviderMicrosoft, keep: 5},
	{text: " OU-00", provider: ProviderMicrosoft, keep: 5},
	{text: "[TSS", provider: ProviderYahoo, keep: 3},
	{text: "[TS0", provider: ProviderYahoo, keep: 3},
	{text: "[IPTS", provider: ProviderYahoo, keep: 4},
	{text: "[BL2", provider: ProviderYahoo, keep: 3},
	{text: "[PH0", provider: ProviderYahoo, keep: 3},
	{text: "(AU0", provider: ProviderYahoo, keep: 3},
	{text: "VS98-", provider: ProviderYahoo, keep: 5},
	{text: "(RTR:", provider: ProviderYahoo, keep: 4},
	{text: "(HVU:", provider: ProviderYahoo, keep: 4},
	{text: "(DYN:", provider: ProviderYahoo, keep: 4},
	{text: "(CON:", provider: ProviderYahoo, keep: 4},
	{text: "(RLY:", provider: ProviderYahoo, keep: 4},
	{text: "[CS0", provider: ProviderICloud, keep: 3},
	{text: "[HM0", provider: ProviderICloud, keep: 3},
	{text: "[HME", provider: ProviderICloud, keep: 3},
	{text: "OFR_", provider: ProviderOrange, keep: 4},
	{text: "OFR", provider: ProviderOrange, keep: 3},
	{text: "LPN", provider: ProviderLaPoste, keep: 3},
	{text: "BL00000", provider: ProviderComcast, keep: 7},
	{text: "RL00000", provider: ProviderComcast, keep: 7},
	{text: "AUP#", keep: 4},
	{text: "IB", provider: ProviderGoDaddy, keep: 2},
	{text: " MI:", provider: ProviderNetEase, keep: 3},
	{text: " DT:", provider: ProviderNetEase, keep: 3},
	{text: "Error code: ", provider: ProviderMailRu},
	{text: " ID: ", provider: ProviderMailRu, ticket: true},
	{text: "ya.cc/1IrBc ", provider: ProviderYandex, ticket: true},
	{text: "DOC-1369#", provider: ProviderMimecast},
}

// codes looks for the provider's own code and its ticket.
func (e *evaluation) codes() {
	if e.res.Provider == "" && e.rule != nil {
		e.res.Provider = e.rule.is
	}
	if e.res.Provider != "" {
		e.tokens(e.x.markers[e.res.Provider])
	}
	e.tokens(e.x.common)
}

func (e *evaluation) tokens(markers []codeMarker) {
	first, from := byte(0), -1 // where the octet that markers begin with stands first
	for i := range markers {
		m := &markers[i]
		if m.ticket && e.res.TicketID != "" || !m.ticket && e.res.ProviderCode != "" {
			continue
		}
		if m.text[0] != first {
			first = m.text[0]
			from = strings.IndexByte(e.text, first)
		}
		if from < 0 {
			continue
		}
		at := strings.Index(e.text[from:], m.text)
		if at < 0 {
			continue
		}
		at += from
		var token string
		if m.before {
			token = tokenBefore(e.text[:at])
		} else {
			token = tokenAt(e.text[at+len(m.text)-m.keep:])
		}
		switch {
		case len(token) < max(m.keep, 1) || len(token) > 128:
			continue
		case m.ticket:
			e.res.TicketID = token
		default:
			e.res.ProviderCode = token
		}
	}
}

// codeByte reports whether c may stand in a provider's code or ticket.
func codeByte(c byte) bool {
	return isAlnum(c) || c == '-' || c == '_' || c == '.' || c == ':' || c == '#' || c == '/'
}

func tokenAt(s string) string {
	i := 0
	for i < len(s) && (codeByte(s[i]) || s[i] == '(' && i == 2) {
		i++
	}
	if i < len(s) && s[i] == ')' && strings.HasPrefix(s, "AS(") {
		i++
	}
	return strings.TrimRight(s[:i], ".:-/#")
}

func tokenBefore(s string) string {
	i := len(s)
	for i > 0 && codeByte(s[i-1]) {
		i--
	}
	return strings.Trim(s[i:], ".:-/#")
}

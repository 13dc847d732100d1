package dnsbl

import (
	"slices"

	"github.com/mailworthy/mailworthy/internal/name"
)

// Advice says how to get off a list. There is none for lists that did not answer, and
// none for dead ones.
type Advice struct {
	// Steps are what to do, in this order.
	Steps []string `json:"steps"`
	// URL is the page where removal is asked for, with the target filled in where the
	// list takes it there. It is empty when nobody removes entries on request.
	URL string `json:"url,omitempty"`
	// Lookup is the page that shows the entry, and Links are the web addresses in the
	// texts of the list.
	Lookup string   `json:"lookup,omitempty"`
	Links  []string `json:"links,omitempty"`
	// Include is what a request for removal should say.
	Include []string `json:"include,omitempty"`
	// Expires says how the entry ends by itself; empty when it may not.
	Expires string `json:"expires,omitempty"`
}

// remedy is what to do about a category of entries: stop the cause, then mend what let
// it happen.
type remedy struct {
	stop, mend string
	// proof is what shows that it was done.
	proof string
}

// remedies are by category.
var remedies = map[string]remedy{
	"spam_source":        {"Find the mail that caused it in the queue and in the logs, and stop its sender.", "Close the way that the mail took: an account, a form, a customer without consent of the recipients.", "which sender was stopped, and when"},
	"spam_reports":       {"Stop the campaign that its recipients reported.", "Send to those alone who asked for it, and let them unsubscribe with one click.", "which campaign it was, and what keeps it from going on"},
	"spam_trap":          {"Stop sending to the list of recipients that holds the trap.", "Drop addresses that were bought or guessed, that bounce, and that nobody confirmed.", "where the addresses came from, and how they were cleaned"},
	"exploited":          {"Take the host off the network and remove the malware; behind NAT, find the host by its outgoing connections.", "Allow connections to port 25 from the mail server alone, and install what closes the hole.", "what was infected, and when it was cleaned"},
	"hijacked_net":       {"Ask the provider of the network why it is on this list.", "Move to a network with a clean owner: single addresses are not removed.", "who holds the network, by the registry"},
	"end_user_range":     {"No mail caused the entry as an end user: the address is in a range for end users.", "Send through the provider's smart host. A real mail server needs a static address and a host name of its own in both directions first.", "that the address is static, and its host name"},
	"no_mta":             {"No mail caused the entry as no mail server: the address does not look like one's.", "Give the address a host name of its own that leads back to it, or send through a smart host.", "the host name, in both directions"},
	"generic_rdns":       {"No mail caused the entry for the host name: it looks like a customer line's.", "Have the provider set a host name that is yours, such as mail.example.org, and that leads back to the address.", "the new host name"},
	"no_rdns":            {"No mail caused the entry for the host name: the address has none.", "Have the provider publish a PTR record with a host name that leads back to the address.", "the new host name"},
	"stolen_credentials": {"Find the account that logs in from everywhere, and change its password.", "Limit how much an account may send, and ask for a second factor.", "that the account was closed, and when"},
	"zero_hour":          {"Stop what has been sending in the last hours.", "Find how the sender got in before sending goes on.", "what was stopped, and when"},
	"reputation":         {"Slow down, and stop mail that gets complaints or bounces.", "Send wanted mail at a steady rate; the score recovers with it.", "what was changed in what is sent"},
	"attacks":            {"Find the process that attacks other hosts, and stop it.", "Rebuild the host if it was taken over, and close its open services.", "what attacked, and when it was stopped"},
	"botnet":             {"Take the host off the network and remove the malware.", "Install what closes the hole, and change all passwords it had.", "what was infected, and when it was cleaned"},
	"proxy":              {"Close the open proxy.", "Let only your own networks use it.", "that the port is closed"},
	"spam_domain":        {"Find the mail that advertises the domain, and stop its sender.", "If others use your domain, close the page or the redirect that they use.", "who sent the mail, and what stopped it"},
	"phish":              {"Take the phishing page offline.", "Find how the page got there, and change the passwords of the site.", "the address of the page, and when it was removed"},
	"malware":            {"Take the malware offline.", "Find how the malware got there, and rebuild the site from a clean copy.", "what was removed, and when"},
	"botnet_cc":          {"Shut down the service that malware talks to.", "Ask the registrar who changed the domain's records.", "what was shut down, and when"},
	"abused_legit":       {"Remove the page or the redirect that is abused.", "Update the site's software, and change its passwords.", "what was removed, and how it got there"},
	"cracked":            {"Remove the pages that somebody else put on the site.", "Update the site's software, and change its passwords.", "what was removed, and how it got there"},
	"black":              {"Find the mail that caused it, and stop its sender.", "Close the way that the mail took.", "which sender was stopped, and when"},
	"brown":              {"Find the mail that caused it, and stop its sender.", "Close the way that the mail took.", "which sender was stopped, and when"},
	"grey":               {"Stop sending to those who did not ask for it.", "Let recipients unsubscribe with one click.", "how recipients subscribe and leave"},
	"backscatter":        {"Reject unknown recipients while the session lasts, rather than with a bounce later.", "Switch off sender verification by callout and autoresponders for strangers.", "what was switched off"},
	"neighbourhood":      {"Nothing that this host did caused it: the list has the whole network or provider.", "Ask the provider to clean up, or send from another network.", ""},
	"new_domain":         {"Nothing was done wrong: the domain is new.", "Wait before the first large campaign, and begin with little mail.", ""},
	"click_tracker":      {"Nothing was done wrong: links lead through a service for tracking.", "Use a host of your own domain in links.", ""},
	"disposable_mail":    {"Nothing was sent to cause it: the domain offers throw-away mailboxes.", "Use another domain for mail that matters.", ""},
}

var anyRemedy = remedy{"Find out what caused the entry, by the list's text and your logs, and stop it.", "Mend what let it happen.", "what was wrong, and what you did about it"}

// synonyms are categories with the remedy of another.
var synonyms = map[string]string{
	"drone": "exploited", "bottler": "exploited", "ddos": "attacks", "brute_force": "attacks",
	"vpn": "proxy", "open_dns": "proxy", "router": "exploited", "manual": "spam_source", "red": "grey",
}

// advise says how to get off a list that has an entry under the name, or address, of text.
func advise(l *List, r *ListResult, text string) Advice {
	var a Advice
	var mend []string // after all that is to be stopped
	for i := range r.Entries {
		e := &r.Entries[i]
		if e.Class == ClassWhite || e.Class == ClassClear || e.Class == ClassError {
			continue
		}
		category := e.Category
		if s, ok := synonyms[category]; ok {
			category = s
		}
		m, ok := remedies[category]
		if !ok {
			m = anyRemedy
		}
		a.Steps = appendNew(a.Steps, m.stop)
		mend = appendNew(mend, m.mend)
		if m.proof != "" {
			a.Include = appendNew(a.Include, m.proof)
		}
	}
	for _, step := range mend {
		a.Steps = appendNew(a.Steps, step)
	}
	a.Expires, a.Links = name.Escape(l.Expires), links(r.Text)
	if l.Lookup != "" {
		a.Lookup = name.Escape(expand(l.Lookup, text))
	}
	if r.Status != Info && l.Removal != "" {
		a.URL = name.Escape(expand(l.Removal, text))
		a.Include = append([]string{text}, a.Include...)
		a.Steps = append(a.Steps, "Only then ask for removal at "+a.URL+": entries come back, and stay longer, while the cause lasts.")
	} else {
		a.Include = nil
	}
	if a.Expires != "" {
		a.Steps = append(a.Steps, "Without a request: "+a.Expires)
	}
	return a
}

func appendNew(out []string, s string) []string {
	if slices.Contains(out, s) {
		return out
	}
	return append(out, s)
}

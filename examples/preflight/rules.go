package main

import (
	"slices"
	"strings"
)

// receiver is a provider of mailboxes whose rules are known.
type receiver struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Domains []string `json:"-"` // of its mailboxes: the best known
}

var receivers = []receiver{
	{"gmail", "Gmail", []string{"gmail.com", "googlemail.com"}},
	{"yahoo", "Yahoo", []string{"yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "ymail.com", "rocketmail.com", "aol.com"}},
	{"microsoft", "Microsoft", []string{"outlook.com", "hotmail.com", "live.com", "msn.com"}},
	{"apple", "Apple", []string{"icloud.com", "me.com", "mac.com"}},
	{"mailru", "Mail.ru", []string{"mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru"}},
	{"yandex", "Yandex", []string{"yandex.ru", "yandex.com", "ya.ru"}},
}

// findReceiver finds a receiver by its ID or by a domain of its mailboxes. The rules are
// for these: what its business customers receive, at domains of their own, is another
// matter.
func findReceiver(text string) (receiver, bool) {
	text = strings.ToLower(strings.TrimSuffix(text, "."))
	for _, r := range receivers {
		if text == r.ID || slices.Contains(r.Domains, text) {
			return r, true
		}
	}
	return receiver{}, false
}

// scope says for whose mail a rule is. Each scope includes those before it.
type scope string

const (
	everyone   scope = "all"       // whoever sends
	bulk       scope = "bulk"      // who sends thousands a day: Gmail and Microsoft count from 5000
	subscribed scope = "marketing" // of these, mail that is subscribed to, and not, say, a receipt
)

// covers reports whether a demand on mail of a scope is one on mail of class c.
func (s scope) covers(c class) bool {
	return s == everyone || s == bulk && c != small || s == subscribed && c == marketing
}

// strength says what a rule is worth to a receiver.
type strength string

const (
	must   strength = "must"
	should strength = "should" // it is advised, and breaking it does not make a campaign unready
)

// source is where a rule was read.
type source struct {
	Text       string `json:"text"`
	Date       string `json:"date"` // of the text that was read
	Confidence string `json:"confidence"`
}

var (
	google    = source{"Google, Email sender guidelines, support.google.com/mail/answer/81126", "2026-07-02", "high"}
	googleFAQ = source{"Google, Email sender guidelines FAQ, support.google.com/mail/answer/14229414", "2026-07-02", "high"}
	yahoo     = source{"Yahoo, Sender best practices and FAQ, senders.yahooinc.com", "2026-07-02", "high"}
	outlook   = source{"Microsoft, Outlook's requirements for high-volume senders", "2026-07-02", "high"}
	apple     = source{"Apple, Postmaster information for iCloud Mail, support.apple.com/102322", "2026-07-02", "high"}
	mailRu    = source{"Mail.ru, General rules, help.mail.ru", "2026-11", "medium"}
	yandex    = source{"Yandex, Requirements of honest mailing lists, yandex.com/support/mail", "2026-11", "medium"}
	observed  = source{"What senders report of its replies", "2026-11", "medium"}
)

// demand is that a receiver asks for what a rule says.
type demand struct {
	By       string   `json:"by"` // the ID of a receiver
	For      scope    `json:"for"`
	Strength strength `json:"strength"`
	// Code is what it answers when the rule is broken, as far as that is known.
	Code   string `json:"code,omitempty"`
	Since  string `json:"since,omitempty"`
	Source source `json:"source"`
}

// rule is a thing that receivers ask for.
type rule struct {
	ID   string
	Text string
	// Check is nil when no program can tell from here. Look is what the sender does then.
	Check func(*facts) outcome
	Look  string
	// Vouch says that the sender may answer for it where it cannot be checked: who has
	// seen TLS in the log need not show a received message, and who pays for a block list
	// has asked it elsewhere. What DNS tells everybody is none of these.
	Vouch   bool
	Demands []demand
}

// rules are in the order in which they are printed.
var rules = []rule{
	{
		ID: "spf-or-dkim", Text: "SPF or DKIM passes", Check: spfOrDKIM,
		Demands: []demand{
			{"gmail", everyone, must, "550 5.7.26", "2024-02-01", google},
			{"yahoo", everyone, must, "", "2024-02", yahoo},
		},
	},
	{
		ID: "spf", Text: "SPF passes for every sending address", Check: spfPasses,
		Demands: []demand{
			{"gmail", bulk, must, "421 4.7.27, 550 5.7.27", "2024-02-01", google},
			{"yahoo", bulk, must, "", "2024-02", yahoo},
			{"microsoft", bulk, must, "550 5.7.515", "2025-05-05", outlook},
			{"apple", bulk, must, "", "", apple},
		},
	},
	{
		ID: "dkim", Text: "a DKIM signature passes", Check: dkimPasses,
		Demands: []demand{
			{"gmail", bulk, must, "421 4.7.30, 550 5.7.30", "2024-02-01", google},
			{"yahoo", bulk, must, "", "2024-02", yahoo},
			{"microsoft", bulk, must, "550 5.7.515", "2025-05-05", outlook},
			{"apple", bulk, must, "", "", apple},
		},
	},
	{
		ID: "dkim-key", Text: "DKIM keys have at least 1024 bits", Check: dkimKeys,
		Demands: []demand{
			{"gmail", everyone, must, "", "2024-02-01", google},
			{"yahoo", everyone, must, "", "2024-02", yahoo},
		},
	},
	{
		ID: "dmarc-record", Text: "the domain in From has a DMARC policy, p=none or stronger", Check: dmarcRecord,
		Demands: []demand{
			{"gmail", bulk, must, "421 4.7.31", "2024-02-01", google},
			{"yahoo", bulk, must, "", "2024-02", yahoo},
			{"microsoft", bulk, must, "550 5.7.515", "2025-05-05", outlook},
			{"apple", bulk, must, "", "", apple},
		},
	},
	{
		ID: "dmarc", Text: "DMARC passes: From is aligned with SPF or DKIM", Check: dmarcPasses,
		Demands: []demand{
			{"gmail", bulk, must, "421 4.7.32", "2024-02-01", google},
			{"yahoo", bulk, must, "", "2024-02", yahoo},
			{"microsoft", bulk, must, "550 5.7.515", "2025-05-05", outlook},
		},
	},
	{
		ID: "dmarc-reports", Text: "DMARC reports are asked for, and arrive", Check: dmarcReports,
		Demands: []demand{{"yahoo", bulk, should, "", "2024-02", yahoo}},
	},
	{
		ID: "ptr", Text: "each sending address has a name that leads back to it", Check: ptrConfirmed,
		Demands: []demand{
			{"gmail", everyone, must, "421 4.7.23, 550 5.7.25", "2024-02-01", google},
			{"yahoo", everyone, must, "450 4.7.25", "2024-02", yahoo},
			{"apple", everyone, must, "", "", apple},
			{"mailru", everyone, must, "", "", mailRu},
			{"yandex", everyone, must, "", "", yandex},
		},
	},
	{
		ID: "ptr-chosen", Text: "the name of each sending address was chosen, not made from it", Check: ptrChosen,
		Demands: []demand{
			{"yahoo", everyone, must, "", "2024-02", yahoo},
			{"mailru", everyone, should, "", "", mailRu},
		},
	},
	{
		ID: "helo", Text: "the name in HELO is one of a host that exists", Check: heloResolves,
		Demands: []demand{{"mailru", everyone, must, "", "", observed}},
	},
	{
		ID: "tls", Text: "the sending hop uses TLS", Check: tlsSeen, Vouch: true,
		Demands: []demand{{"gmail", everyone, must, "421 4.7.29, 550 5.7.29", "2024-02-01", google}},
	},
	{
		ID: "rfc5322", Text: "the message has the form of RFC 5322", Check: wellFormed,
		Demands: []demand{
			{"gmail", everyone, must, "", "2024-02-01", google},
			{"yahoo", everyone, must, "", "2024-02", yahoo},
			{"apple", everyone, must, "", "", apple},
		},
	},
	{
		ID: "not-gmail", Text: "From is not of gmail.com, unless Google sends it", Check: notGmail,
		Demands: []demand{{"gmail", everyone, must, "", "2024-02-01", google}},
	},
	{
		ID: "one-click", Text: "one-click unsubscribe (RFC 8058), covered by the signature", Check: oneClick,
		Demands: []demand{
			{"gmail", subscribed, must, "", "2024-06-01", googleFAQ},
			{"yahoo", subscribed, should, "", "2024-06", yahoo},
		},
	},
	{
		ID: "list-unsubscribe", Text: "List-Unsubscribe has an address or a page", Check: listUnsubscribe,
		Demands: []demand{
			{"yahoo", subscribed, must, "", "2024-06", yahoo},
			{"microsoft", subscribed, should, "", "2025-05-05", outlook},
			{"yandex", subscribed, must, "", "", yandex},
		},
	},
	{
		ID: "replies", Text: "From, Reply-To and the return path can receive mail", Check: repliesArrive,
		Demands: []demand{
			{"yahoo", everyone, must, "", "2024-02", yahoo},
			{"microsoft", bulk, should, "", "2025-05-05", outlook},
		},
	},
	{
		ID: "not-listed", Text: "no block list has the addresses or domains", Check: notListed, Vouch: true,
		Demands: []demand{
			{"gmail", everyone, should, "", "", google},
			{"yahoo", everyone, must, "", "", observed},
			{"microsoft", everyone, must, "", "", observed},
			{"apple", everyone, must, "", "", observed},
			{"mailru", everyone, must, "", "", observed},
			{"yandex", everyone, must, "", "", observed},
		},
	},
	{
		ID: "unsubscribe-link", Text: "a link to unsubscribe is easy to see in the text", Vouch: true,
		Look: "Look at the message as recipients see it",
		Demands: []demand{
			{"gmail", subscribed, must, "", "2024-06-01", google},
			{"yahoo", subscribed, must, "", "2024-06", yahoo},
			{"apple", subscribed, must, "", "", apple},
			{"mailru", subscribed, must, "", "", mailRu},
		},
	},
	{
		ID: "unsubscribe-done", Text: "who unsubscribes gets no more mail after two days", Vouch: true,
		Look: "Unsubscribe an address of yours from the last campaign",
		Demands: []demand{
			{"gmail", subscribed, must, "", "2024-06-01", googleFAQ},
			{"yahoo", subscribed, must, "", "2024-06", yahoo},
		},
	},
	{
		ID: "spam-rate", Text: "recipients report less than 0.3 % as spam, better 0.1 %", Vouch: true,
		Look: "Look at the spam rate in Google's Postmaster Tools and the complaint rate in Yahoo's Sender Hub",
		Demands: []demand{
			{"gmail", everyone, must, "", "2024-02-01", google},
			{"yahoo", everyone, must, "", "2024-02", yahoo},
		},
	},
	{
		ID: "opt-in", Text: "the recipients asked for the mail, and dead addresses are removed", Vouch: true,
		Look: "Look at where the addresses come from, and whether those that bounced are gone",
		Demands: []demand{
			{"gmail", subscribed, must, "", "", google},
			{"yahoo", subscribed, must, "", "", yahoo},
			{"microsoft", subscribed, must, "", "", outlook},
			{"apple", subscribed, must, "", "", apple},
			{"mailru", subscribed, must, "", "", mailRu},
			{"yandex", subscribed, must, "", "", yandex},
		},
	},
}

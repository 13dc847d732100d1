package bounce_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/bounce"
)

func TestDomain(t *testing.T) {
	for _, tt := range []struct {
		name, text, sender, recipient, host, want string
	}{
		{"the listed address", "554 5.7.1 Sender address [news@shop.example] blocked using dbl.spamhaus.org", "", "", "", "shop.example"},
		{"a copy of the list", "554 5.7.1 Sender address [news@shop.example] blocked using key.dbl.dq.spamhaus.net", "", "", "", "shop.example"},
		{"only a link names it", "554 5.7.1 Sender domain blocked using dbl.spamhaus.org; https://www.spamhaus.org/query/domain/shop.example", "", "", "", "shop.example"},
		{"nobody names it", "550 5.7.1 Message contains a URL listed in multi.surbl.org", "news@shop.example", "", "", ""},
		{"that of From", "550 5.7.26 Unauthenticated email from shop.example is not accepted due to domain's DMARC policy.", "bounce@esp.example", "", "gmail-smtp-in.l.google.com", "shop.example"},
		{"that of the envelope", "550 5.7.23 SPF: mail.esp.example is not allowed to send mail from shop.example", "news@shop.example", "", "", "shop.example"},
		{"not the receiver's", "550 5.7.23 SPF: mx.member.example says that shop.example does not permit 192.0.2.10", "", "bob@member.example", "mx2.member.example", "shop.example"},
		{"both in one domain", "550 5.7.23 SPF fail: member.example does not permit 192.0.2.10", "ann@member.example", "bob@member.example", "mx.member.example", "member.example"},
		{"a link of openspf.org", "550 5.7.1 <bob@member.example>: Recipient address rejected: Please see http://www.openspf.net/Why?s=mfrom;id=news%40shop.example;ip=192.0.2.10;r=mx.member.example", "", "", "", "shop.example"},
		{"not the recipient", "550 5.7.1 <bob@member.example>: rejected: SPF fail for shop.example", "", "bob@member.example", "", "shop.example"},
		{"not who helps", "550 5.7.23 SPF validation failed, write to postmaster@help.example", "", "", "", ""},
		{"that does not resolve", "450 4.1.8 <news@shop.example>: Sender address rejected: Domain not found", "", "", "", "shop.example"},
		{"of a sender's mailbox", "450 4.1.7 <news@shop.example>: Sender address rejected: unverified address: host mx.host.example[192.0.2.1] said: 550 5.1.1 User unknown", "", "", "", ""},
		{"HELO", "450 4.7.1 <web1.shop.example>: Helo command rejected: Host not found", "news@shop.example", "", "", "web1.shop.example"},
		{"HELO of one label", "504 5.5.2 <mailer>: Helo command rejected: need fully-qualified hostname", "", "", "", ""},
		{"of an address", "554 5.7.1 Client host [192.0.2.10] blocked using zen.spamhaus.org", "news@shop.example", "", "", ""},
		{"of a recipient", "550 5.1.1 <bob@member.example>: User unknown", "", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := bounce.Observation{Text: tt.text, Sender: tt.sender, Recipient: tt.recipient, RemoteHost: tt.host}
			res := bounce.Evaluate(o)
			require.Equal(t, tt.want, res.Domain, res.Category)
			if tt.want != "" {
				require.Equal(t, tt.want, res.Findings[0].Subject)
				var tr bounce.Triage
				tr.AddResult(o, res)
				require.Equal(t, tt.want, tr.Report().Rows[0].Subject)
			}
		})
	}
}

// TestSubjectOfHELO has the address where the name is none.
func TestSubjectOfHELO(t *testing.T) {
	for _, o := range []bounce.Observation{
		{Text: "504 5.5.2 <mailer>: Helo command rejected: need fully-qualified hostname; client [192.0.2.10]"},
		{Text: "504 5.5.2 <mailer>: Helo command rejected: need fully-qualified hostname", LocalIP: netip.MustParseAddr("192.0.2.10")},
	} {
		var tr bounce.Triage
		tr.AddResult(o, bounce.Evaluate(o))
		row := tr.Report().Rows[0]
		require.Equal(t, bounce.BadHELO, row.Category)
		require.Equal(t, "192.0.2.10", row.Subject)
	}
}

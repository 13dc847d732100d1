package mailworthy_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// A message is judged by all three at once: what SPF and DKIM authenticated goes into
// DMARC, which says whether it belongs to the domain in From.
func Example() {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	record, err := dkim.Record(public, dkim.RecordOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	zone := resolver.MustZone(dkim.ZoneLine("s1._domainkey.example.org", record) + `
		mailer.example      TXT "v=spf1 ip4:192.0.2.0/24 -all"
		_dmarc.example.org  TXT "v=DMARC1; p=reject"
	`)
	text := "From: Shop <shop@example.org>\r\nSubject: Your order\r\n\r\nIt is on its way.\r\n"
	var signed bytes.Buffer
	signer := dkim.Signer{Domain: "example.org", Selector: "s1", Key: private}
	if err := signer.Sign(&signed, strings.NewReader(text)); err != nil {
		fmt.Println(err)
		return
	}

	// In a server all of it has the same context, and a Resolver that caches.
	ctx := context.Background()
	sender, err := spf.Checker{Resolver: zone}.Check(ctx, spf.Request{
		IP: netip.MustParseAddr("192.0.2.7"), HELO: "out.mailer.example", MailFrom: "bounces@mailer.example",
	})
	fmt.Println("SPF:", sender.Status, "for", sender.Domain, err)
	message, err := dkim.Checker{Resolver: zone}.Check(ctx, &signed)
	fmt.Println("DKIM:", message.Status, err)

	req := dmarc.Request{
		From: []string{"Shop <shop@example.org>"},
		SPF:  dmarc.SPFResult{Status: dmarc.Status(sender.Status), Domain: sender.Domain, Identity: string(sender.Identity)},
	}
	for _, s := range message.Signatures {
		req.DKIM = append(req.DKIM, dmarc.DKIMResult{
			Status: dmarc.Status(s.Status), Domain: s.Domain, Selector: s.Selector, Testing: s.Testing,
		})
	}
	res, err := dmarc.Checker{Resolver: zone}.Check(ctx, req)
	fmt.Println("DMARC:", res.Status, "by SPF", res.Aligned(dmarc.SPF), "by DKIM", res.Aligned(dmarc.DKIM), err)
	// Output:
	// SPF: pass for mailer.example <nil>
	// DKIM: pass <nil>
	// DMARC: pass by SPF false by DKIM true <nil>
}

func ExampleFindings() {
	found := mailworthy.Findings{
		{Code: "spf.too-many-voids", Severity: mailworthy.Warning, Message: "Two included names do not exist."},
		{Code: "spf.multiple-records", Severity: mailworthy.Error, Message: "There are two SPF records."},
	}
	fmt.Println(found.Worst(), found.Has("spf.multiple-records"))

	// A program has an opinion of its own about what is bad.
	for i := range found {
		if found[i].Code == "spf.multiple-records" {
			found[i].Severity = mailworthy.Info
		}
	}
	fmt.Println(found.Worst())
	// Output:
	// error true
	// warning
}

func ExampleFinding() {
	b, err := json.Marshal(mailworthy.Finding{
		Code: "spf.multiple-records", Severity: mailworthy.Error, Subject: "example.org",
		Message: "There are two SPF records.", Remedy: "Merge them into one.", Ref: "RFC 7208 section 4.5",
	})
	fmt.Println(string(b), err)
	// Output: {"code":"spf.multiple-records","severity":"error","subject":"example.org","message":"There are two SPF records.","remedy":"Merge them into one.","ref":"RFC 7208 section 4.5"} <nil>
}

func ExampleFinding_String() {
	fmt.Println(mailworthy.Finding{
		Code: "spf.multiple-records", Severity: mailworthy.Error, Subject: "example.org",
		Message: "There are two SPF records.", Remedy: "Merge them into one.", Ref: "RFC 7208 section 4.5",
	})
	// Output: error spf.multiple-records: There are two SPF records. Merge them into one.
}

func ExampleSeverity() {
	var s mailworthy.Severity
	err := s.UnmarshalText([]byte("warning"))
	fmt.Println(s, s >= mailworthy.Info, err)
	// Output: warning true <nil>
}

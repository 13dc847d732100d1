package rdns_test

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

const itemsZone = `
44.33.22.11.in-addr.arpa PTR mx.example.org
7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f.1.0.0.0.0.6.2.ip6.arpa PTR mx.example.org
mx.example.org A 11.22.33.44
mx.example.org AAAA 2600:1f::7
example.org A 11.22.33.44
alt.example.org A 11.22.33.44
alias.example.org CNAME mx.example.org
under_score.example.org A 11.22.33.44
other.example.org A 11.22.33.45
many.example.org A 11.22.33.45
many.example.org A 11.22.33.44
v6only.example.org AAAA 2600:1f::7
v4only.example.org A 11.22.33.44
mxonly.example.org MX 10 mx.example.org
nullmx.example.org MX 0 .
text.example.org TXT 'x'
servfail.example.org A !servfail
servfail.example.org AAAA !servfail
refused.example.org A !refused
refused.example.org AAAA !refused
timeout.example.org A !timeout
timeout.example.org AAAA !timeout
failed.example.org A !failed
failed.example.org AAAA !failed
a-fails.example.org A !servfail
a-fails.example.org AAAA 2600:1f::9
aaaa-fails.example.org A 11.22.33.45
aaaa-fails.example.org AAAA !servfail
own-aaaa-fails.example.org A 11.22.33.44
own-aaaa-fails.example.org AAAA !servfail
none-aaaa-fails.example.org AAAA !servfail
mx-fails.example.org MX !servfail
private.example.org A 10.0.0.1
loop.example.org A 127.0.0.1
gmail.com A 11.22.99.1
yahoo.com A 11.22.99.1
hotmail.com A 11.22.99.1
outlook.com A 11.22.99.1
aol.com A 11.22.99.1
mail.ru A 11.22.99.1
icloud.com A 11.22.99.1
11-22-33-44.dyn.example.net A 11.22.33.44
44.33.22.11.example-isp.net A 11.22.33.44
xn--mller-kva.example.org A 11.22.33.44
3com.example.org A 11.22.33.44
`

// TestHELOItems has what is known to be wrong, or right, with the name of a client: one
// case for each.
func TestHELOItems(t *testing.T) {
	z, err := resolver.ParseZone(itemsZone)
	require.NoError(t, err)
	label64 := strings.Repeat("a", 64)
	long := strings.Repeat("a.", 127) + "org"
	four, six := "11.22.33.44", "2600:1f::7"
	tests := []struct {
		name, ip, helo, recipient string
		status                    rdns.HELOStatus
		has                       mailworthy.Code // a finding, or "" for none of severity Warning or above
	}{
		{"empty", four, "", "", rdns.HELOInvalid, rdns.CodeHELOEmpty},
		{"blank", four, " ", "", rdns.HELOInvalid, "*"},
		{"tab", four, "\t", "", rdns.HELOInvalid, "*"},
		{"root", four, ".", "", rdns.HELOInvalid, "*"},
		{"bare address", four, "11.22.33.44", "", rdns.HELOInvalid, rdns.CodeHELOBareAddress},
		{"bare address with dot", four, "11.22.33.44.", "", rdns.HELOInvalid, "*"},
		{"bare other address", four, "11.22.33.45", "", rdns.HELOInvalid, rdns.CodeHELOBareAddress},
		{"bare loopback", four, "127.0.0.1", "", rdns.HELOInvalid, rdns.CodeHELOBareAddress},
		{"bare IPv6", six, "2600:1f::7", "", rdns.HELOInvalid, rdns.CodeHELOBareAddress},
		{"bare tagged IPv6", six, "IPv6:2600:1f::7", "", rdns.HELOInvalid, "*"},
		{"bare mapped", four, "::ffff:11.22.33.44", "", rdns.HELOInvalid, rdns.CodeHELOBareAddress},
		{"three numbers", four, "11.22.33", "", "", "*"},
		{"one number", four, "185999660", "", rdns.HELOInvalid, "*"},
		{"octet over 255", four, "11.22.33.444", "", "", "*"},
		{"literal", four, "[11.22.33.44]", "", rdns.HELOConfirmed, rdns.CodeHELOLiteral},
		{"literal IPv6", six, "[IPv6:2600:1f::7]", "", rdns.HELOConfirmed, rdns.CodeHELOLiteral},
		{"literal IPv6 long", six, "[IPv6:2600:001f:0:0:0:0:0:7]", "", rdns.HELOConfirmed, rdns.CodeHELOLiteral},
		{"literal IPv6 other case", six, "[ipv6:2600:1F::7]", "", rdns.HELOConfirmed, rdns.CodeHELOLiteral},
		{"literal IPv6 without tag", six, "[2600:1f::7]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal IPv6 zone", six, "[IPv6:fe80::1%eth0]", "", rdns.HELOInvalid, "*"},
		{"literal tag without address", six, "[IPv6:]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal IPv6 tag with IPv4", four, "[IPv6:11.22.33.44]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal two gaps", six, "[IPv6:2600::1f::7]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal empty", four, "[]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal unclosed", four, "[11.22.33.44", "", rdns.HELOInvalid, "*"},
		{"literal unopened", four, "11.22.33.44]", "", rdns.HELOInvalid, "*"},
		{"literal blanks", four, "[ 11.22.33.44 ]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal three", four, "[11.22.33]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal five", four, "[11.22.33.44.55]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal over 255", four, "[11.22.33.256]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal name", four, "[mx.example.org]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralSyntax},
		{"literal other tag", four, "[x400:mx]", "", rdns.HELOInvalid, "*"},
		{"literal port", four, "[11.22.33.44]:25", "", rdns.HELOInvalid, "*"},
		{"literal other", four, "[11.22.33.45]", "", "", rdns.CodeHELOLiteralOther},
		{"literal other IPv6", six, "[IPv6:2600:1f::8]", "", "", rdns.CodeHELOLiteralOther},
		{"literal other family", six, "[11.22.33.44]", "", "", rdns.CodeHELOLiteralOther},
		{"literal loopback", four, "[127.0.0.1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal ten", four, "[10.0.0.1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal 192.168", four, "[192.168.1.1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal 172.16", four, "[172.31.255.1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal carrier", four, "[100.64.0.1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal link-local", four, "[169.254.1.1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal zero", four, "[0.0.0.0]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal multicast", four, "[224.0.0.1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal ::1", six, "[IPv6:::1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal fd00", six, "[IPv6:fd00::1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"literal fe80", six, "[IPv6:fe80::1]", "", rdns.HELOInvalid, rdns.CodeHELOLiteralPrivate},
		{"single label", four, "mail", "", rdns.HELOInvalid, rdns.CodeHELOSingleLabel},
		{"windows name", four, "WIN-ABC123DEF45", "", rdns.HELOInvalid, rdns.CodeHELOSingleLabel},
		{"bot name", four, "ylmf-pc", "", rdns.HELOInvalid, rdns.CodeHELOSingleLabel},
		{"single label with dot", four, "mail.", "", rdns.HELOInvalid, rdns.CodeHELOSingleLabel},
		{"localhost", four, "localhost", "", rdns.HELOInvalid, rdns.CodeHELOLocalhost},
		{"localhost case", four, "LocalHost", "", rdns.HELOInvalid, rdns.CodeHELOLocalhost},
		{"localhost dot", four, "localhost.", "", rdns.HELOInvalid, rdns.CodeHELOLocalhost},
		{"localhost.localdomain", four, "localhost.localdomain", "", rdns.HELOInvalid, rdns.CodeHELOLocalhost},
		{"below localhost", four, "mail.localhost", "", rdns.HELOInvalid, rdns.CodeHELOLocalhost},
		{"local", four, "srv.local", "", rdns.HELOInvalid, rdns.CodeHELOPrivate},
		{"lan", four, "srv.lan", "", rdns.HELOInvalid, rdns.CodeHELOPrivate},
		{"home", four, "srv.home", "", rdns.HELOInvalid, rdns.CodeHELOPrivate},
		{"internal", four, "ip-10-0-0-1.ec2.internal", "", rdns.HELOInvalid, rdns.CodeHELOPrivate},
		{"invalid", four, "srv.invalid", "", rdns.HELOInvalid, rdns.CodeHELOPrivate},
		{"home.arpa", four, "srv.home.arpa", "", rdns.HELOInvalid, rdns.CodeHELOPrivate},
		{"localdomain", four, "srv.localdomain", "", rdns.HELOInvalid, "*"},
		{"local case and dot", four, "SRV.LOCAL.", "", rdns.HELOInvalid, rdns.CodeHELOPrivate},
		{"underscore", four, "under_score.example.org", "", rdns.HELOConfirmed, rdns.CodeHELOSyntax},
		{"empty label", four, "mx..example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"leading dot", four, ".mx.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"leading hyphen", four, "-mx.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"trailing hyphen", four, "mx-.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"blank inside", four, "mx example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"at", four, "mx@example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"wildcard", four, "*.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"semicolon", four, "mx.example.org;", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"angle brackets", four, "<mx.example.org>", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"quotes", four, `"mx.example.org"`, "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"template", four, "%HOSTNAME%.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"shell", four, "$(hostname).example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"port", four, "mx.example.org:25", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"URL", four, "http://mx.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"escape", four, `mx\046example.org`, "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"line end", four, "mx.example.org\r\n", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"NUL", four, "mx\x00.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"control", four, "mx\x1b[31m.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"high octet", four, "m\xff.example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"label of 64", four, label64 + ".example.org", "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"name of 257", four, long, "", rdns.HELOInvalid, rdns.CodeHELOSyntax},
		{"A-label", four, "xn--mller-kva.example.org", "", rdns.HELOConfirmed, rdns.CodeHELODiffers},
		{"digit first", four, "3com.example.org", "", rdns.HELOConfirmed, rdns.CodeHELODiffers},
		{"good", four, "mx.example.org", "", rdns.HELOConfirmed, ""},
		{"good IPv6", six, "mx.example.org", "", rdns.HELOConfirmed, ""},
		{"good mapped client", "::ffff:11.22.33.44", "mx.example.org", "", rdns.HELOConfirmed, ""},
		{"good client with zone", "2600:1f::7%eth0", "mx.example.org", "", rdns.HELOConfirmed, ""},
		{"good case", four, "MX.Example.ORG", "", rdns.HELOConfirmed, ""},
		{"several addresses", four, "many.example.org", "", rdns.HELOConfirmed, rdns.CodeHELODiffers},
		{"differs", four, "alt.example.org", "", rdns.HELOConfirmed, rdns.CodeHELODiffers},
		{"alias", four, "alias.example.org", "", rdns.HELOConfirmed, "*"},
		{"elsewhere", four, "other.example.org", "", rdns.HELOElsewhere, rdns.CodeHELOElsewhere},
		{"other family", four, "v6only.example.org", "", rdns.HELOElsewhere, rdns.CodeHELOElsewhere},
		{"other family 6", six, "v4only.example.org", "", rdns.HELOElsewhere, rdns.CodeHELOElsewhere},
		{"private address", four, "private.example.org", "", rdns.HELOElsewhere, rdns.CodeHELOElsewhere},
		{"loopback address", four, "loop.example.org", "", rdns.HELOElsewhere, rdns.CodeHELOElsewhere},
		{"MX only", four, "mxonly.example.org", "", rdns.HELOElsewhere, rdns.CodeHELOMXOnly},
		{"null MX", four, "nullmx.example.org", "", rdns.HELOUnresolved, rdns.CodeHELOUnresolved},
		{"text only", four, "text.example.org", "", rdns.HELOUnresolved, rdns.CodeHELOUnresolved},
		{"nowhere", four, "nowhere.example.org", "", rdns.HELOUnresolved, rdns.CodeHELOUnresolved},
		{"unknown TLD", four, "mx.example.nosuchtld", "", rdns.HELOUnresolved, rdns.CodeHELOUnresolved},
		{"servfail", four, "servfail.example.org", "", rdns.HELOUnknown, rdns.CodeHELODNSFailure},
		{"refused", four, "refused.example.org", "", rdns.HELOUnknown, rdns.CodeHELODNSFailure},
		{"timeout", four, "timeout.example.org", "", rdns.HELOUnknown, rdns.CodeHELODNSFailure},
		{"failed", four, "failed.example.org", "", rdns.HELOUnknown, rdns.CodeHELODNSFailure},
		{"own family fails", four, "a-fails.example.org", "", rdns.HELOUnknown, rdns.CodeHELODNSFailure},
		{"other family fails", four, "aaaa-fails.example.org", "", rdns.HELOElsewhere, rdns.CodeHELOElsewhere},
		{"other family fails, confirmed", four, "own-aaaa-fails.example.org", "", rdns.HELOConfirmed, "*"},
		{"other family fails, none", four, "none-aaaa-fails.example.org", "", rdns.HELOUnknown, rdns.CodeHELODNSFailure},
		{"MX fails", four, "mx-fails.example.org", "", rdns.HELOUnknown, rdns.CodeHELODNSFailure},
		{"gmail", four, "gmail.com", "", rdns.HELOElsewhere, rdns.CodeHELOProvider},
		{"gmail case", four, "GMail.com.", "", "", rdns.CodeHELOProvider},
		{"yahoo", four, "yahoo.com", "", rdns.HELOElsewhere, rdns.CodeHELOProvider},
		{"hotmail", four, "hotmail.com", "", rdns.HELOElsewhere, rdns.CodeHELOProvider},
		{"outlook", four, "outlook.com", "", rdns.HELOElsewhere, rdns.CodeHELOProvider},
		{"aol", four, "aol.com", "", rdns.HELOElsewhere, rdns.CodeHELOProvider},
		{"mail.ru", four, "mail.ru", "", rdns.HELOElsewhere, rdns.CodeHELOProvider},
		{"icloud", four, "icloud.com", "", rdns.HELOElsewhere, rdns.CodeHELOProvider},
		{"recipient", four, "other.example.org", "other.example.org", rdns.HELOElsewhere, rdns.CodeHELORecipient},
		{"recipient mailbox", four, "other.example.org", "joe@Other.Example.org.", rdns.HELOElsewhere, rdns.CodeHELORecipient},
		{"recipient quoted mailbox", four, "other.example.org", `"a@b"@other.example.org`, rdns.HELOElsewhere, rdns.CodeHELORecipient},
		{"generic", four, "11-22-33-44.dyn.example.net", "", rdns.HELOConfirmed, rdns.CodeHELOGeneric},
		{"generic reversed", four, "44.33.22.11.example-isp.net", "", rdns.HELOConfirmed, rdns.CodeHELOGeneric},
	}
	require.GreaterOrEqual(t, len(tests), 80)
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			req := rdns.HELORequest{IP: netip.MustParseAddr(tc.ip), HELO: tc.helo, Recipient: tc.recipient}
			res, err := rdns.Checker{Resolver: z}.CheckHELO(t.Context(), req)
			require.NoError(t, err)
			if tc.status != "" {
				require.Equal(t, tc.status, res.Status, "%+v", res)
			} else {
				require.NotContains(t, []rdns.HELOStatus{"", rdns.HELOConfirmed}, res.Status, "%+v", res.Findings)
			}
			switch tc.has {
			case "*":
			case "":
				require.LessOrEqual(t, res.Findings.Worst(), mailworthy.Info, "%+v", res.Findings)
			default:
				require.True(t, res.Findings.Has(tc.has), "%+v", res.Findings)
			}
			if tc.status == rdns.HELOInvalid || tc.status == rdns.HELOUnresolved || tc.status == rdns.HELOElsewhere {
				require.NotEmpty(t, res.Findings)
			}
			for _, f := range res.Findings {
				require.NotEmpty(t, f.Remedy, "%+v", f)
				require.NotEmpty(t, f.Ref, "%+v", f)
				require.NotEmpty(t, f.Evidence, "%+v", f)
				if f.Code == rdns.CodeHELODiffers {
					require.Equal(t, mailworthy.Info, f.Severity)
				}
			}
			text, err := json.Marshal(res)
			require.NoError(t, err)
			var back rdns.HELOResult
			require.NoError(t, json.Unmarshal(text, &back))
			for _, c := range string(text) {
				require.True(t, c >= ' ' && c < 0x7f, "%q", text)
			}
		})
	}
}

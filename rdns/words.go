package rdns

import (
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// word is a word that tells what a host is.
type word struct {
	prefix string // of the rule's name
	weight int
	kind   wordKind
}

type wordKind uint8

const (
	wordNone wordKind = iota
	wordMail
	wordStatic
	wordAccess
)

// accessWeight is the weight from which on a word speaks of an access line, rather than
// of any host.
const accessWeight = 3

// wordOf returns what a run of lower-case letters tells.
func wordOf(s string) word {
	switch s {
	case "static", "staticip", "stat", "fix", "fixip", "fixed", "dedicated", "dedi", "business", "biz":
		return word{prefix: "static:", kind: wordStatic}
	case "mail", "smtp", "mx", "outbound", "mta":
		return word{prefix: "mail:", kind: wordMail}
	case "ppp", "pppoe", "pptp", "dhcp", "dyn", "dynamic", "dynip", "dynamicip", "dial", "dialup", "dialin", "dip", "catv", "broadband", "nat", "cgnat", "homeuser":
		return word{"word:", 5, wordAccess}
	case "dsl", "adsl", "vdsl", "xdsl", "sdsl", "ftth", "fttb", "fttx", "gpon", "fbx", "isdn", "docsis", "cablemodem",
		"bredband", "broad", "gprs", "cdma", "umts", "cpe":
		return word{"word:", 4, wordAccess}
	case "pool", "pools", "modem", "lte", "mobile", "wifi", "wlan", "wireless", "cable", "kabel", "fiber", "fibre", "unused", "res", "residential", "home", "subscriber", "subs":
		return word{"word:", 3, wordAccess}
	case "host", "hosts", "hosted", "rev", "reverse", "unassigned", "client", "clients", "cust", "customer", "customers":
		return word{"word:", 2, wordAccess}
	case "user", "users", "peer", "ip", "net", "unknown":
		return word{"word:", 1, wordAccess}
	}
	if mailWord(s) {
		return word{prefix: "mail:", kind: wordMail}
	}
	return word{}
}

// mailWord is for the compounds: webmail, mailout, smtpout, outmx.
func mailWord(s string) bool {
	return strings.HasPrefix(s, "mail") || strings.HasPrefix(s, "smtp") || strings.HasPrefix(s, "mta") || strings.HasPrefix(s, "outbound") ||
		strings.HasSuffix(s, "mail") || strings.HasSuffix(s, "smtp") || strings.HasSuffix(s, "mx") || strings.HasSuffix(s, "mta")
}

// cloud is the form of the names that a hosting service gives to its addresses.
type cloud struct {
	rule   string
	reason string
	// suffix is the end of the names, with the dot before it, and prefix how they start
	// before a digit or a hyphen. What stands before the suffix holds a digit.
	suffix, prefix string
}

// The names of addresses at hosting services, by their last two labels. It is a table of
// facts that ages; a name that it lacks is judged by the address in it.
var clouds = cloudTable(
	[4]string{"aws", "Amazon EC2", "ec2-", ".amazonaws.com"},
	[4]string{"aws", "Amazon EC2", "ec2-", ".amazonaws.com.cn"},
	[4]string{"google", "Google Cloud", "", ".bc.googleusercontent.com"},
	[4]string{"azure", "Microsoft Azure", "", ".cloudapp.azure.com"},
	[4]string{"azure", "Microsoft Azure", "", ".cloudapp.net"},
	[4]string{"linode", "Linode", "", ".ip.linodeusercontent.com"},
	[4]string{"linode", "Linode", "li", ".members.linode.com"},
	[4]string{"hetzner", "Hetzner", "static.", ".clients.your-server.de"},
	[4]string{"ovh", "OVH", "vps", ".vps.ovh.net"},
	[4]string{"ovh", "OVH", "vps", ".vps.ovh.ca"},
	[4]string{"ovh", "OVH", "vps", ".vps.ovh.us"},
	[4]string{"ovh", "OVH", "vps", ".ovh.net"},
	[4]string{"ovh", "OVH", "ns", ".ovh.net"},
	[4]string{"ovh", "OVH", "ip", ".ovh.net"},
	[4]string{"vultr", "Vultr", "", ".vultrusercontent.com"},
	[4]string{"contabo", "Contabo", "vmi", ".contaboserver.net"},
	[4]string{"contabo", "Contabo", "vmd", ".contaboserver.net"},
	[4]string{"strato", "Strato", "h", ".stratoserver.net"},
	[4]string{"ionos", "IONOS", "ip", ".pbiaas.com"},
	[4]string{"ionos", "IONOS", "s", ".online-server.cloud"},
	[4]string{"ionos", "IONOS", "s", ".onlinehome-server.info"},
	[4]string{"scaleway", "Scaleway", "", ".instances.scw.cloud"},
	[4]string{"scaleway", "Scaleway", "", ".rev.poneytelecom.eu"},
	[4]string{"oracle", "Oracle Cloud", "", ".oraclevcn.com"},
	[4]string{"huawei", "Huawei Cloud", "ecs-", ".compute.hwclouds-dns.com"},
	[4]string{"netcup", "netcup", "v2", ".yourvserver.net"},
	[4]string{"netcup", "netcup", "v2", ".nicesrv.de"},
	[4]string{"netcup", "netcup", "v2", ".goodsrv.de"},
	[4]string{"netcup", "netcup", "v2", ".bestsrv.de"},
	[4]string{"netcup", "netcup", "v2", ".quicksrv.de"},
	[4]string{"hostinger", "Hostinger", "srv", ".hstgr.cloud"},
	[4]string{"godaddy", "GoDaddy", "", ".host.secureserver.net"},
	[4]string{"godaddy", "GoDaddy", "ip-", ".ip.secureserver.net"},
	[4]string{"cpanel", "cPanel", "", ".cprapid.com"},
	[4]string{"aruba", "Aruba", "host", ".serverdedicati.aruba.it"},
	[4]string{"timeweb", "Timeweb", "", ".twc1.net"},
	[4]string{"vdsina", "VDSina", "", ".hosted-by-vdsina.com"},
)

func cloudTable(rows ...[4]string) map[string][]cloud {
	table := make(map[string][]cloud, len(rows))
	for _, r := range rows {
		c := cloud{rule: "cloud:" + r[0], reason: r[1] + " gives such a name to every address", prefix: r[2], suffix: r[3]}
		key := name.LastTwo(r[3][1:])
		table[key] = append(table[key], c)
	}
	return table
}

// cloudOf finds the service that gives a name of this form, and where the part ends that
// it makes from the address.
func cloudOf(n string) (c cloud, end int, ok bool) {
	if c, end, ok = ovhOf(n); ok {
		return c, end, ok
	}
	for _, c := range clouds[name.LastTwo(n)] {
		if before, ok := strings.CutSuffix(n, c.suffix); ok && c.made(before) {
			return c, len(before), true
		}
	}
	return cloud{}, 0, false
}

// made reports whether what stands before the suffix is made by a rule, rather than
// chosen by a customer who runs a mail server.
func (c cloud) made(before string) bool {
	rest, ok := strings.CutPrefix(before, c.prefix)
	if !ok || !hasDigit(before) || c.prefix != "" && (rest == "" || !digit(rest[0]) && rest[0] != '-') {
		return false
	}
	for i := 0; i < len(before); {
		start := i
		for i < len(before) && letter(before[i]) {
			i++
		}
		if wordOf(before[start:i]).kind == wordMail {
			return false
		}
		if i == start {
			i++
		}
	}
	return true
}

// ovhOf recognises ns3001234.ip-192-0-2.eu, whose registered domain has octets in it.
func ovhOf(n string) (c cloud, end int, ok bool) {
	if n[0] != 'n' && n[0] != 'i' && n[0] != 'v' {
		return c, 0, false
	}
	label, rest, _ := strings.Cut(n, ".")
	net, tld, _ := strings.Cut(rest, ".")
	octets, ok := strings.CutPrefix(net, "ip-")
	if !ok || strings.Count(octets, "-") != 2 || strings.Contains(tld, ".") || !hasDigit(label) {
		return c, 0, false
	}
	for i := range len(octets) {
		if !digit(octets[i]) && octets[i] != '-' {
			return c, 0, false
		}
	}
	return cloud{rule: "cloud:ovh", reason: "OVH gives such a name to every address"}, len(label) + 1 + len(net), true
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

package rdns

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	// maxText is how much of a foreign text a result repeats.
	maxText = 260
	// maxShown is how many records one piece of evidence shows.
	maxShown = 8
	// placeholder stands in a record where the administrator has to choose a name.
	placeholder = "mail.example.org"
)

// ptrRecord is a PTR record to publish.
func ptrRecord(owner, host string) string {
	return `"` + owner + ". PTR " + host + `."`
}

// addressRecord is an A or AAAA record to publish.
func addressRecord(host string, ip netip.Addr) string {
	t := resolver.TypeA
	if ip.Is6() {
		t = resolver.TypeAAAA
	}
	return `"` + host + ". " + t.String() + " " + ip.String() + `"`
}

func ptrLine(owner, host string) string { return owner + " PTR " + host + "." }

// answerLine shows an answer: its aliases, its records or why there are none, and the
// server's explanation.
func answerLine(owner string, t resolver.Type, a resolver.Answer) string {
	var b strings.Builder
	b.WriteString(owner + " " + t.String() + ": ")
	for _, alias := range a.Alias[:min(len(a.Alias), maxShown)] {
		b.WriteString("alias to " + clip(alias) + ", ")
	}
	n := len(a.Hosts) + len(a.Addrs)
	if a.Status != resolver.Success || n == 0 {
		b.WriteString(clip(string(a.Status)))
		if n == 0 && a.Status == resolver.Success {
			b.WriteString(" without records")
		}
	} else {
		for i, h := range a.Hosts[:min(len(a.Hosts), maxShown)] {
			b.WriteString(comma(i) + clip(h) + ".")
		}
		for i, ip := range a.Addrs[:min(len(a.Addrs), maxShown)] {
			b.WriteString(comma(i) + clip(ip.String()))
		}
		if n > maxShown {
			fmt.Fprintf(&b, " and %d more", n-maxShown)
		}
	}
	if a.Problem != "" {
		b.WriteString(" (" + clip(a.Problem) + ")")
	}
	return b.String()
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

// clip returns a foreign text without control characters, and not longer than maxText.
func clip(s string) string { return escapeNames(s[:min(len(s), maxText)]) }

// escapeNames escapes what is not printable; the escapes of a name stay as they are.
func escapeNames(s string) string {
	if n, err := name.Normalize(s); err == nil && n == s {
		return s
	}
	return name.Escape(s)
}

// hostText is the name of a request as remedies use it, or "" for none that a host can
// have.
func hostText(s string) string {
	n, err := name.Normalize(s)
	if f := formOf(n); err != nil || f != FormHost && f != FormUnderscore {
		return ""
	}
	return n
}

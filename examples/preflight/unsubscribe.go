package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
)

// The codes of what is wrong with how to unsubscribe, with From at Gmail, and with TLS.
const (
	codeUnsubscribe mailworthy.Code = "preflight.list-unsubscribe"
	codeOneClick    mailworthy.Code = "preflight.one-click"
	codeUncovered   mailworthy.Code = "preflight.one-click-unsigned"
	codeGmail       mailworthy.Code = "preflight.gmail-from"
	codeNoTLS       mailworthy.Code = "preflight.no-tls"
)

// oneClickValue is all that List-Unsubscribe-Post may say (RFC 8058 section 5).
const oneClickValue = "List-Unsubscribe=One-Click"

// listURIs returns the URIs in List-Unsubscribe: each in angle brackets, with commas
// between them and comments ignored (RFC 2369 section 2). Blanks in them do not count.
func listURIs(value string) (out []*url.URL, err error) {
	rest := strings.TrimSpace(value)
	for {
		for strings.HasPrefix(rest, "(") {
			_, behind, closed := strings.Cut(rest, ")")
			if !closed {
				return out, errors.New("a comment does not end")
			}
			rest = strings.TrimSpace(behind)
		}
		if rest == "" && len(out) > 0 {
			return out, nil
		}
		inner, behind, closed := strings.Cut(strings.TrimPrefix(rest, "<"), ">")
		if !strings.HasPrefix(rest, "<") || !closed {
			return out, errors.New("a URI is not in angle brackets")
		}
		u, err := url.Parse(strings.Join(strings.Fields(inner), ""))
		if err != nil {
			return out, errors.New("a URI is not valid")
		}
		out = append(out, u)
		rest, _ = strings.CutPrefix(strings.TrimSpace(behind), ",")
		rest = strings.TrimSpace(rest)
	}
}

// unsubscribeURIs returns the URIs of a message's only List-Unsubscribe field.
func unsubscribeURIs(s *sample) ([]*url.URL, error) {
	values := s.values("list-unsubscribe")
	if len(values) != 1 {
		return nil, fmt.Errorf("there are %d List-Unsubscribe fields", len(values))
	}
	return listURIs(values[0])
}

func unsubscribeFault(code mailworthy.Code, message string, seen ...string) mailworthy.Findings {
	f := mailworthy.Finding{
		Code: code, Severity: mailworthy.Error, Subject: "the message", Message: message, Ref: "RFC 8058 section 3.1",
		Remedy: "Send \"List-Unsubscribe: <https://HOST/PATH>\", with a path that tells the recipient and the list and cannot be guessed, " +
			"and \"List-Unsubscribe-Post: " + oneClickValue + "\", and have both signed.",
	}
	for _, text := range seen {
		f.Evidence = append(f.Evidence, quote(text))
	}
	return mailworthy.Findings{f}
}

func listUnsubscribe(f *facts) outcome {
	if f.sample == nil {
		return outcome{Status: notCheckable, Reason: noSample}
	}
	uris, err := unsubscribeURIs(f.sample)
	if err != nil {
		return outcome{fail, err.Error(), unsubscribeFault(codeUnsubscribe, "List-Unsubscribe cannot be used.", f.sample.values("list-unsubscribe")...)}
	}
	for _, u := range uris {
		if u.Scheme == "https" && u.Host != "" || u.Scheme == "mailto" && strings.Contains(u.Opaque, "@") {
			return outcome{Status: pass, Reason: u.Scheme}
		}
	}
	return outcome{fail, "it has neither https nor mailto", unsubscribeFault(codeUnsubscribe, "List-Unsubscribe cannot be used.", f.sample.values("list-unsubscribe")...)}
}

// oneClick judges by RFC 8058 section 3.1: the two fields, and that a signature which
// passes covers both. Whether the link works is not tried: that would unsubscribe.
func oneClick(f *facts) outcome {
	if f.sample == nil {
		return outcome{Status: notCheckable, Reason: noSample}
	}
	uris, err := unsubscribeURIs(f.sample)
	post := f.sample.values("list-unsubscribe-post")
	web := slices.DeleteFunc(uris, func(u *url.URL) bool { return u.Scheme != "https" && u.Scheme != "http" })
	switch {
	case err != nil:
	case len(web) != 1 || web[0].Scheme != "https":
		err = errors.New("List-Unsubscribe has to have one web address, with https")
	case web[0].User != nil || !isPublicHost(web[0].Hostname()):
		err = errors.New("the https URI is not one that receivers can reach")
	case len(post) != 1 || post[0] != oneClickValue:
		err = fmt.Errorf("there has to be one field List-Unsubscribe-Post: %s", oneClickValue)
	}
	if err != nil {
		return outcome{fail, err.Error(), unsubscribeFault(codeOneClick, "The message offers no one-click unsubscribe.",
			append(f.sample.values("list-unsubscribe"), post...)...)}
	}
	verdict, seen := fail, "no signature covers both fields"
	for i := range f.signed.Signatures {
		sig := &f.signed.Signatures[i]
		switch covers := slices.Contains(sig.Headers, "list-unsubscribe") && slices.Contains(sig.Headers, "list-unsubscribe-post"); {
		case covers && counts(sig):
			return outcome{Status: pass, Reason: "signed by " + sig.Domain}
		case covers && (sig.Status == dkim.TempError || sig.Status == ""):
			verdict, seen = notCheckable, "whether the signature of "+sig.Domain+" passes is not known"
		case covers && verdict == fail:
			seen = "the signature of " + sig.Domain + " does not pass"
		}
	}
	if unseen(f) {
		verdict = notCheckable
	}
	if verdict != fail {
		return outcome{Status: verdict, Reason: seen}
	}
	return outcome{fail, seen, unsubscribeFault(codeUncovered, "No signature that passes covers List-Unsubscribe and List-Unsubscribe-Post.")}
}

// isPublicHost reports whether a host can be meant for strangers: a name with a dot, or
// an address outside of private networks.
func isPublicHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	}
	return strings.Contains(strings.Trim(host, "."), ".")
}

// hopTLS says whether an address delivered a message with TLS, by the Received field of
// whoever took it: the topmost one that has the address. Fields below those of one's own
// servers can be forged, so a message is one's own, received at a place of one's own.
func hopTLS(received []string, from netip.Addr) (status, string) {
	for _, value := range received {
		if !mentions(value, from) {
			continue
		}
		words := strings.Fields(strings.ToLower(dropComments(value)))
		with := ""
		if i := slices.Index(words, "with"); i >= 0 && i+1 < len(words) {
			with = strings.TrimSuffix(words[i+1], ";")
		}
		switch with {
		case "esmtps", "esmtpsa", "smtps", "utf8smtps", "utf8smtpsa", "lmtps", "lmtpsa": // RFC 3848, RFC 6531
			return pass, "received with " + strings.ToUpper(with)
		case "smtp", "esmtp", "esmtpa", "utf8smtp", "utf8smtpa", "lmtp", "lmtpa":
			if !strings.Contains(strings.ToLower(value), "tls") { // Some say it in a comment.
				return fail, "received with " + strings.ToUpper(with) + ", without TLS"
			}
		case "microsoft":
			if strings.Contains(strings.ToLower(value), "(version=tls1_") {
				return pass, "received with TLS by a server of Microsoft"
			}
		}
		return notCheckable, "its Received field does not tell"
	}
	return notCheckable, "no Received field has it"
}

// mentions reports whether a Received field has an address, as a whole.
func mentions(value string, ip netip.Addr) bool {
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(" \t()[];,=", r) }) {
		word = strings.TrimPrefix(strings.ToLower(word), "ipv6:")
		if addr, err := netip.ParseAddr(word); err == nil && addr.Unmap() == ip {
			return true
		}
	}
	return false
}

// dropComments removes what is in parentheses, nested or not.
func dropComments(text string) string {
	var b strings.Builder
	depth := 0
	for _, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth = max(depth-1, 0)
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

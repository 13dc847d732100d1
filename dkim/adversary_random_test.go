package dkim_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes messages with one signature each, of all forms that RFC 6376 allows.
type generator struct {
	*rand.Rand
	key       crypto.Signer
	algorithm string
	selector  string
}

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g generator) some(atMost int, from ...string) string {
	var b strings.Builder
	for range g.IntN(atMost + 1) {
		b.WriteString(g.pick(from...))
	}
	return b.String()
}

// blank is folding white space, mostly none.
func (g generator) blank() string {
	return g.pick("", "", "", "", " ", "\t", "  ", "\r\n ", " \r\n\t ")
}

func (g generator) body() string {
	if g.IntN(12) == 0 {
		return g.some(3, "\r\n", " ", "\r\n\r\n")
	}
	return g.some(25, " ", "\t", "  ", "\r\n", "\r\n", "\r\n\r\n", "a", "b.", "some words", "\x80\xff", "é", "=20", " \r\n", "-- ") + g.some(3, "\r\n", " ", "end\r\n")
}

func (g generator) field(name string) string {
	colon := ":"
	if g.IntN(8) == 0 {
		colon = g.pick(" :", "\t:", "  :")
	}
	return name + colon + g.pick("", " ", "\t", "\r\n ", "  ") + "v" + g.some(8, "word", " ", "  ", "\t", "\r\n ", "\r\n\t", ":", ";", "b=c", "\xc3\xa9", "\x80") + g.pick("", "", " ", " \t") + "\r\n"
}

var fieldNames = []string{"To", "Subject", "Date", "Received", "Received", "Message-ID", "X-a", "x-B", "List-Unsubscribe", "Reply-To"}

func (g generator) header() string {
	fields := []string{"From: A <a@example.org>" + g.pick("", " ", "\r\n (x)") + "\r\n"}
	for range g.IntN(10) {
		fields = append(fields, g.field(g.pick(fieldNames...)))
	}
	g.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return strings.Join(fields, "")
}

func (g generator) names() string {
	names := []string{"From"}
	for range g.IntN(9) {
		names = append(names, g.pick(slices.Concat(fieldNames, []string{"From", "X-none", "subject", "TO"})...))
	}
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, n := range names {
		names[i] = g.blank() + g.pick(n, strings.ToLower(n), strings.ToUpper(n)) + g.blank()
	}
	return strings.TrimRight(strings.Join(names, ":"), " \t\r\n")
}

// message makes a message and its signature, which is right. The optional tags are
// those of extra, by chance.
func (g generator) message(extra ...string) string {
	head, body := g.header(), g.body()
	c := g.pick("", "simple", "relaxed", "simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed")
	hc, bc, _ := strings.Cut(c, "/")
	canonical := naiveBody(bc, body)
	sum := sha256.Sum256([]byte(canonical))
	names := g.names()
	tags := []string{"v=1", "a=" + g.algorithm, "d=" + g.pick("example.org", "example.org", "Example.ORG"), "s=" + g.selector, "h=" + names, "bh=" + base64.StdEncoding.EncodeToString(sum[:]), "b="}
	if c != "" {
		tags = append(tags, "c="+c)
	}
	for _, tag := range extra {
		if g.IntN(6) == 0 {
			tags = append(tags, tag)
		}
	}
	g.Shuffle(len(tags), func(i, j int) { tags[i], tags[j] = tags[j], tags[i] })
	var before, after strings.Builder
	out := &before
	out.WriteString("DKIM-Signature:" + g.blank())
	var pad [2]string
	for i, tag := range tags {
		if i > 0 {
			out.WriteString(";" + g.blank())
		}
		name, value, _ := strings.Cut(tag, "=")
		out.WriteString(name + g.blank() + "=")
		if name == "b" {
			// The blanks around the value go with it (RFC 6376 section 3.7).
			pad[0], pad[1] = g.blank(), g.blank()
			if i == len(tags)-1 {
				pad[1] = ""
			}
			out = &after
			continue
		}
		out.WriteString(g.blank() + value)
		if i < len(tags)-1 {
			out.WriteString(g.blank())
		}
	}
	out.WriteString(g.pick("", ";"))

	var signed strings.Builder
	fields := naiveFields(head)
	for name := range strings.SplitSeq(names, ":") {
		for i, f := range slices.Backward(fields) {
			n, _, _ := strings.Cut(f, ":")
			if strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(name)) {
				signed.WriteString(naiveField(hc, f))
				fields = slices.Delete(fields, i, i+1)
				break
			}
		}
	}
	signed.WriteString(strings.TrimSuffix(naiveField(hc, before.String()+after.String()+"\r\n"), "\r\n"))
	b := signature(signed.String(), g.key)
	for _, at := range []int{60, 30} {
		b = b[:at] + g.blank() + b[at:]
	}
	return before.String() + pad[0] + b + pad[1] + after.String() + "\r\n" + head + "\r\n" + body
}

// mutate changes a message in one place, and says how.
func (g generator) mutate(text string) (how, out string) {
	head, body, _ := strings.Cut(text, "\r\n\r\n")
	head += "\r\n"
	fields := naiveFields(head)
	i := g.IntN(len(fields))
	switch g.IntN(13) {
	case 0:
		at := g.IntN(len(text))
		return fmt.Sprintf("octet %d", at), text[:at] + g.pick("x", " ", ";", "=", "\t", "A", "1", "\r\n") + text[at+1:]
	case 1:
		at := g.IntN(len(text))
		return fmt.Sprintf("octet %d removed", at), text[:at] + text[at+1:]
	case 2:
		at := g.IntN(len(text))
		return fmt.Sprintf("octet added at %d", at), text[:at] + g.pick("x", " ", ";", "=", "\r", "\n", "\x00", "\r\n ") + text[at:]
	case 3:
		return "lines added", text + g.pick("\r\n", "\r\n\r\n", " \r\n", "x", "x\r\n", " ")
	case 4:
		return "end removed", text[:len(text)-min(len(body), 1+g.IntN(3))]
	case 5:
		fields = slices.Delete(fields, i, i+1)
	case 6:
		fields = slices.Insert(fields, i, fields[g.IntN(len(fields))])
	case 7:
		j := g.IntN(len(fields))
		fields[i], fields[j] = fields[j], fields[i]
	case 8:
		fields[i] = strings.Replace(fields[i], " ", "\r\n\t ", 1)
	case 9:
		name, value, _ := strings.Cut(fields[i], ":")
		fields[i] = strings.ToUpper(name) + ":" + value
	case 10:
		fields = slices.Insert(fields, i, g.field(g.pick(fieldNames...)))
	case 11:
		return "unchanged", text
	case 12:
		body = strings.ReplaceAll(body, " ", "  ")
	}
	return "fields", strings.Join(fields, "") + "\r\n" + body
}

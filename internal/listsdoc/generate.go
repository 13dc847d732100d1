package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mailworthy/mailworthy/dnsbl"
)

const intro = `# Block lists

What package [dnsbl](../dnsbl) knows: which lists there are, who may ask them, what
their answers mean and how to get off them. The lists in bold are asked when none are
named. Weight is how much receivers make of an entry; the facts were last confirmed in
the month that is given, as surely as stands behind it.

Every list may also answer 127.255.255.252 (the zone's name is wrong), 127.255.255.254
(public resolvers are not served) and 127.255.255.255 (too many questions), and
127.0.0.1 is no listing where nothing else is said. An address outside of 127.0.0.0/8
comes from somebody else.

This file is generated from the catalogue by ` + "`go generate`" + `.

`

const (
	headLists = "| List | What it lists | Kinds | Who may ask | Weight | Removal | Confirmed |\n|---|---|---|---|---|---|---|\n"
	headCodes = "\n## Answers\n\nIn a pattern, `&8` stands for the bit 8 of an octet.\n\n| Zone | Answer | Means | Class |\n|---|---|---|---|\n"
	headDead  = "\n## Lists that are not to be asked\n\nThey are refused by name, since many of them list the world. `*.` stands for the\nzone and all below it.\n\n| Zone | List | What became of it | Since | Reason |\n|---|---|---|---|---|\n"
)

// generate returns the tables of the catalogue.
func generate() []byte {
	var out bytes.Buffer
	out.WriteString(intro)
	out.WriteString(headLists)
	lists := dnsbl.Catalogue()
	for i := range lists {
		l := &lists[i]
		row(&out, title(l), about(l), kinds(l), access(l), weight(l), removal(l), fmt.Sprintf("%s, %s", l.Checked, l.Confidence))
	}
	out.WriteString(headCodes)
	for i := range lists {
		for _, c := range lists[i].Codes {
			row(&out, code(lists[i].Zone), code(c.Match), cell(c.Meaning), string(c.Class))
		}
	}
	out.WriteString(headDead)
	for _, d := range dnsbl.DeadLists() {
		row(&out, code(d.Zone), cell(d.Name), string(d.Fate), d.Since, cell(d.Reason))
	}
	return out.Bytes()
}

func row(out *bytes.Buffer, cells ...string) {
	out.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func title(l *dnsbl.List) string {
	t := code(l.Zone)
	if l.Name != l.Zone {
		t = cell(l.Name) + "<br>" + t
	}
	if l.Default {
		return "**" + cell(l.Name) + "**<br>" + code(l.Zone)
	}
	return t
}

func about(l *dnsbl.List) string {
	text := cell(l.About)
	if l.Caveat != "" {
		text += " " + cell(l.Caveat)
	}
	return text
}

func kinds(l *dnsbl.List) string {
	names := map[dnsbl.Kind]string{dnsbl.IPv4: "IPv4", dnsbl.IPv6: "IPv6", dnsbl.Domain: "domains"}
	var out []string
	for _, k := range l.Kinds {
		out = append(out, names[k])
	}
	return strings.Join(out, ", ")
}

func access(l *dnsbl.List) string {
	who := map[dnsbl.Access]string{
		dnsbl.Open: "everybody", dnsbl.Registered: "registered resolvers", dnsbl.Keyed: "subscribers", dnsbl.Private: "subscribers, on their own servers",
	}[l.Access]
	if p := l.Provider(); p != "" {
		who += " (key " + code(p) + ")"
	}
	if l.Policy != "" {
		who += ". " + cell(l.Policy)
	}
	return who
}

func weight(l *dnsbl.List) string {
	switch l.Scope {
	case dnsbl.ScopeNetwork:
		return string(l.Weight) + ", of a network"
	case dnsbl.ScopeASN:
		return string(l.Weight) + ", of a provider"
	}
	return string(l.Weight)
}

func removal(l *dnsbl.List) string {
	var out []string
	if l.Removal != "" {
		page, _, _ := strings.Cut(l.Removal, "?")
		out = append(out, "["+strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(page, "{q}"), "/"), "https://"), "http://")+"]("+strings.TrimSuffix(page, "{q}")+")")
	}
	if l.Expires != "" {
		out = append(out, cell(l.Expires))
	}
	return strings.Join(out, ". ")
}

func code(s string) string { return "`" + s + "`" }

// cell makes a text safe in a cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(s)
}

//go:build ignore

// Gen writes docs/bounces.md, the table of the categories. It runs in the
// directory of the package:
//
//	go generate ./bounce
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/mailworthy/mailworthy/bounce"
)

const intro = `# Bounces

What the package ` + "`bounce`" + ` makes of rejections, by category: what each means, what it is
about, whether it lasts, and what to do. The first action is for a permanent reply,
the second for a temporary one. Where "lasts" is empty, the server's claim is believed.
A category and its finding have one name: ` + "`mailbox-full` and `bounce.mailbox-full`" + `.

An address is removed or suppressed only if nothing in the reply leaves doubt: it answers
RCPT or the message, it is permanent by both codes, it names nothing of the sender's, and
its words are known to speak of the mailbox alone. Otherwise the action is ` + "`review`" + `, and the
finding ` + "`bounce.recipient-kept`" + ` says what left the doubt.

This file is generated from ` + "`bounce.Categories`" + ` by ` + "`go generate`" + `.

| Category | Meaning | About | Lasts | Action | When deferred | What to do |
|---|---|---|---|---|---|---|
`

func main() {
	var b strings.Builder
	b.WriteString(intro)
	for _, c := range bounce.Categories() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` | `%s` | %s |\n",
			c.Category, c.Meaning, c.Scope, c.Actual, c.Action, c.Deferred, c.Remedy)
	}
	if err := os.WriteFile("../docs/bounces.md", []byte(b.String()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "bounce:", err)
		os.Exit(1)
	}
}

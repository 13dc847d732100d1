package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rdnsPart returns the part of the output about names, in one line.
func rdnsPart(out string) string {
	_, part, _ := strings.Cut(out, "\nReverse DNS ")
	return strings.Join(strings.Fields(part), " ")
}

func TestReverseDNS(t *testing.T) {
	file := zoneFile(t, `
		a.example TXT "v=spf1 -all"
		a.example MX 1 mx.a.example
		mx.a.example A 192.88.99.1
		1.99.88.192.in-addr.arpa PTR mx.a.example
		2.99.88.192.in-addr.arpa PTR !servfail
		4.99.88.192.in-addr.arpa PTR a\027[31m.example.
		b.example TXT "v=spf1 -all"
		c.example MX 1 mx.c.example
		mx.c.example A 192.88.99.3
	`)
	for _, tt := range []struct {
		name        string
		args        []string
		want, never []string
	}{
		{
			name: "the MX hosts", args: []string{"a.example"}, never: []string{"HELO", "[rdns."},
			want: []string{"OK 1 of 1 sender confirmed by names that lead back 192.88.99.1 mx.a.example pass mx.a.example"},
		},
		{name: "a name for an MX host", args: []string{"c.example"}, want: []string{`"3.99.88.192.in-addr.arpa. PTR mx.c.example."`}},
		{
			name: "DNS failed", args: []string{"-ip", "192.88.99.2", "-helo", "mx.a.example", "a.example"}, never: []string{"no name", "[rdns.no-ptr]"},
			want: []string{"WARNING 0 of 1 sender", "192.88.99.2 temperror", "[rdns.dns-failure]", "HELO WARNING", "192.88.99.2 elsewhere mx.a.example", "[rdns.helo-elsewhere]"},
		},
		{
			name: "HELO", args: []string{"-ip", "192.88.99.1,192.88.99.3", "-helo", "localhost", "a.example"},
			want: []string{"ERROR 1 of 2 senders", "[rdns.no-ptr]", "HELO ERROR 0 of 2 senders", "192.88.99.1 invalid localhost", "introduce itself as mx.a.example", "[rdns.helo-localhost]"},
		},
		{name: "hostile names", args: []string{"-ip", "192.88.99.4", "-helo", "\x1b[31m", "a.example"}, want: []string{`\027[31m`, "[rdns.bad-name]", "[rdns.helo-syntax]"}, never: []string{"\x1b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := runAudit(t, append([]string{"-zone", file}, tt.args...)...)
			require.Zero(t, code, errs)
			part := rdnsPart(out)
			for _, want := range tt.want {
				require.Contains(t, part, want)
			}
			for _, never := range tt.never {
				require.NotContains(t, part, never)
			}
		})
	}
	_, out, _ := runAudit(t, "-zone", file, "b.example")
	require.NotContains(t, out, "Reverse DNS", "nobody is known to send")
}

func TestQuotedFields(t *testing.T) {
	require.Equal(t, []string{"Publish", `"a.example. A 192.0.2.1",`, "or", `"b c".`}, quotedFields(`Publish "a.example. A 192.0.2.1", or "b c".`, 25))
	require.Equal(t, []string{`"never`, "closed"}, quotedFields(`"never closed`, 50))
	require.Equal(t, []string{`"b`, "c", `d"`}, quotedFields(`"b c d"`, 5))
}

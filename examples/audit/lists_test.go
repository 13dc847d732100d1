package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
)

// TestLists has an address on one list, and none of the others in the zone.
func TestLists(t *testing.T) {
	file := zoneFile(t, `
		a.example TXT "v=spf1 -all"
		2.0.0.127.psbl.surriel.com A 127.0.0.2
		4.3.2.1.psbl.surriel.com A 127.0.0.2
		2.0.0.127.zen.spamhaus.org A 127.0.0.2
		4.3.2.1.zen.spamhaus.org A 127.0.0.11
	`)
	code, out, _ := runAudit(t, "-zone", file, "-ip", "web=1.2.3.4,1.2.3.5,10.0.0.1", "a.example")
	require.Zero(t, code)
	require.Contains(t, out, "\nBlock lists ERROR   1 listing, 1 note, 24 of 28 questions without an answer\n")
	require.Contains(t, out, "\n       1.2.3.4 (web): listed by PSBL, policy by Spamhaus ZEN, no answer from 10 lists\n")
	require.Contains(t, out, "\n       1.2.3.5: not on 2 lists, no answer from 10 lists\n")
	require.Contains(t, out, "\n       10.0.0.1: no list can have it, since it is in a private network (RFC 1918 section\n         3)\n")
	require.Contains(t, out, "\n       a.example: unknown, none of 4 lists gave an answer\n")
	requireFits(t, out)
}

// TestListsUnknown is no verdict when nothing is known.
func TestListsUnknown(t *testing.T) {
	file := zoneFile(t, "a.example TXT \"v=spf1 -all\"\n*.net A !refused\n*.org A !timeout\n*.com A !servfail\n*.de A !garbage")
	_, out, _ := runAudit(t, "-zone", file, "-ip", "1.2.3.4", "a.example")
	require.Contains(t, out, "Block lists UNKNOWN unknown: no list gave an answer")
	require.Contains(t, out, ", Block lists unknown\n")

	verdict, unknown := listsSummary([]dnsbl.Result{{Status: dnsbl.NotApplicable}}, "")
	require.Equal(t, "nothing that a list could have", verdict)
	require.Empty(t, unknown)
	verdict, unknown = listsSummary([]dnsbl.Result{{Counts: dnsbl.Counts{Asked: 1, NotListed: 1}}}, partly)
	require.Equal(t, "no listing found", verdict, "of what was asked for")
	require.Equal(t, partly, unknown)
}

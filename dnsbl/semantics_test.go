package dnsbl_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dnsbl"
)

// TestSemantics has what each answer of a list means, a row for each.
func TestSemantics(t *testing.T) {
	const (
		name = "44.33.22.11.bl.test "
		ok   = "2.0.0.127.bl.test A 127.0.0.2\n"
	)
	long := strings.Repeat("a", 63)
	tests := map[string]struct {
		zone     string
		target   dnsbl.Target    // if not victim
		lists    []dnsbl.List    // if not testList
		status   dnsbl.Status    // of the list
		sum      dnsbl.Status    // of all
		reason   dnsbl.Reason    // why not
		finding  mailworthy.Code // if any
		category string          // of the first entry
		codes    int             // entries
	}{
		"nxdomain":                       {zone: ok, status: dnsbl.NotListed, sum: dnsbl.Clean},
		"nodata":                         {zone: ok + name + "TXT 'x'", status: dnsbl.NotListed, sum: dnsbl.Clean},
		"nxdomain without control":       {zone: "bl.test A 192.0.2.1", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"nodata without control":         {zone: name + "TXT 'x'", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"control is nodata":              {zone: "2.0.0.127.bl.test TXT x", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"control fails":                  {zone: "2.0.0.127.bl.test A !servfail", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonNoControl, finding: dnsbl.CodeNotCheckable},
		"control is refused":             {zone: "2.0.0.127.bl.test A !refused", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonRefused, finding: dnsbl.CodeRefused},
		"control says open resolver":     {zone: "2.0.0.127.bl.test A 127.255.255.254", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonOpenResolver, finding: dnsbl.CodeOpenResolver},
		"control is good reputation":     {zone: "2.0.0.127.bl.test A 127.0.0.40", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"control has an unknown code":    {zone: "2.0.0.127.bl.test A 127.0.0.99", status: dnsbl.NotListed, sum: dnsbl.Clean},
		"listed":                         {zone: ok + name + "A 127.0.0.2", status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "spam_source", codes: 1},
		"several codes":                  {zone: ok + name + "A 127.0.0.2\n" + name + "A 127.0.0.4\n" + name + "A 127.0.0.10", status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "spam_source", codes: 3},
		"listed without control":         {zone: name + "A 127.0.0.2", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable, category: "spam_source", codes: 1},
		"listed and control unknown":     {zone: "2.0.0.127.bl.test A !timeout\n" + name + "A 127.0.0.2", status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "spam_source", codes: 1},
		"policy":                         {zone: ok + name + "A 127.0.0.10", status: dnsbl.Policy, sum: dnsbl.Noted, finding: dnsbl.CodePolicy, category: "end_user_range", codes: 1},
		"info":                           {zone: ok + name + "A 127.0.0.20", status: dnsbl.Info, sum: dnsbl.Noted, finding: dnsbl.CodeNoted, category: "backscatter", codes: 1},
		"info and control unknown":       {zone: "2.0.0.127.bl.test A !timeout\n" + name + "A 127.0.0.20", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonNoControl, finding: dnsbl.CodeNotCheckable, category: "backscatter", codes: 1},
		"whitelisted":                    {zone: ok + name + "A 127.0.0.30", status: dnsbl.Whitelisted, sum: dnsbl.Clean, codes: 1},
		"whitelisted, everything is":     {zone: ok + "1.0.0.127.bl.test A 127.0.0.30\n*.bl.test A 127.0.0.30", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, codes: 1},
		"whitelisted and clean unknown":  {zone: ok + "1.0.0.127.bl.test A !servfail\n" + name + "A 127.0.0.30", status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonNoControl, finding: dnsbl.CodeNotCheckable, codes: 1},
		"a code that says not listed":    {zone: ok + name + "A 127.0.0.40", status: dnsbl.NotListed, sum: dnsbl.Clean, codes: 1},
		"good for everything":            {zone: ok + "1.0.0.127.bl.test A 127.0.0.40\n*.bl.test A 127.0.0.40", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, codes: 1},
		"unknown code":                   {zone: ok + name + "A 127.0.3.7", status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "unknown", codes: 1},
		"a code beyond 127.0.0.0/16":     {zone: ok + name + "A 127.9.0.2", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonQuery, finding: dnsbl.CodeQueryError, category: "query", codes: 1},
		"127.255.255.252":                {zone: ok + name + "A 127.255.255.252", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonTypo, finding: dnsbl.CodeQueryError, category: "typo", codes: 1},
		"127.255.255.253":                {zone: ok + name + "A 127.255.255.253", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonQuery, finding: dnsbl.CodeQueryError, category: "query", codes: 1},
		"127.255.255.254":                {zone: ok + name + "A 127.255.255.254", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonOpenResolver, finding: dnsbl.CodeOpenResolver, category: "open-resolver", codes: 1},
		"127.255.255.255":                {zone: ok + name + "A 127.255.255.255", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonVolume, finding: dnsbl.CodeVolume, category: "volume", codes: 1},
		"listed and open resolver":       {zone: ok + name + "A 127.255.255.254\n" + name + "A 127.0.0.2", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonOpenResolver, finding: dnsbl.CodeOpenResolver, category: "open-resolver", codes: 2},
		"the list's own error":           {zone: ok + name + "A 127.0.0.50", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonBlocked, finding: dnsbl.CodeRefused, category: "blocked", codes: 1},
		"127.0.0.1":                      {zone: ok + name + "A 127.0.0.1", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonBogus, finding: dnsbl.CodeBogusAnswer, category: "bogus", codes: 1},
		"outside 127.0.0.0/8":            {zone: ok + name + "A 203.0.113.99", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonRewritten, finding: dnsbl.CodeRewritten, category: "rewritten", codes: 1},
		"parked by an alias":             {zone: ok + name + "CNAME parking.example\nparking.example A 203.0.113.99", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonRewritten, finding: dnsbl.CodeRewritten, category: "rewritten", codes: 1},
		"an alias to nowhere":            {zone: ok + name + "CNAME parking.example", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonRewritten, finding: dnsbl.CodeRewritten},
		"an alias within the zone":       {zone: ok + name + "CNAME x.bl.test\nx.bl.test A 127.0.0.2", status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "spam_source", codes: 1},
		"refused":                        {zone: ok + name + "A !refused", status: dnsbl.Refused, sum: dnsbl.Unknown, reason: dnsbl.ReasonRefused, finding: dnsbl.CodeRefused},
		"servfail":                       {zone: ok + name + "A !servfail", status: dnsbl.Unknown, sum: dnsbl.Unknown, reason: dnsbl.ReasonNoAnswer, finding: dnsbl.CodeUnknown},
		"timeout":                        {zone: ok + name + "A !timeout", status: dnsbl.Unknown, sum: dnsbl.Unknown, reason: dnsbl.ReasonNoAnswer, finding: dnsbl.CodeUnknown},
		"broken reply":                   {zone: ok + name + "A !garbage", status: dnsbl.Unknown, sum: dnsbl.Unknown, reason: dnsbl.ReasonNoAnswer, finding: dnsbl.CodeUnknown},
		"lists the world":                {zone: "*.bl.test A 127.0.0.2", status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, category: "spam_source", codes: 1},
		"a careless entry":               {zone: ok + "1.0.0.127.bl.test A 127.0.0.2\n" + name + "A 127.0.0.2", status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeCaveat, category: "spam_source", codes: 1},
		"half of the others listed":      {zone: ok + "1.0.0.127.bl.test A 127.0.0.2\n1.2.0.192.bl.test A 127.0.0.2\n" + name + "A 127.0.0.2", status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeCaveat, category: "spam_source", codes: 1},
		"everything of IPv6":             {zone: "*.bl.test A 127.0.0.2", target: victim6, status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, category: "spam_source", codes: 1},
		"IPv6 listed":                    {zone: control6 + "bl.test A 127.0.0.2\n" + reversed6 + "bl.test A 127.0.0.3", target: victim6, status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "spam_source", codes: 1},
		"IPv6 not listed":                {zone: control6 + "bl.test A 127.0.0.2", target: victim6, status: dnsbl.NotListed, sum: dnsbl.Clean},
		"IPv6 by the control of IPv4":    {zone: ok, target: victim6, status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"a mapped address is IPv4":       {zone: ok + name + "A 127.0.0.2", target: dnsbl.Target{IP: netip.MustParseAddr("::ffff:11.22.33.44")}, status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "spam_source", codes: 1},
		"two bits":                       {zone: "test.bl.test A 127.0.0.2\nexample.org.bl.test A 127.0.0.80", target: dnsbl.Target{Domain: "example.org"}, lists: []dnsbl.List{bitList("bl.test")}, status: dnsbl.Listed, sum: dnsbl.Listed, finding: dnsbl.CodeListed, category: "malware", codes: 2},
		"the bit of an error":            {zone: "test.bl.test A 127.0.0.2\nexample.org.bl.test A 127.0.0.1", target: dnsbl.Target{Domain: "example.org"}, lists: []dnsbl.List{bitList("bl.test")}, status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonBlocked, finding: dnsbl.CodeRefused, category: "blocked", codes: 1},
		"the bit of information":         {zone: "test.bl.test A 127.0.0.2\nexample.org.bl.test A 127.0.0.4", target: dnsbl.Target{Domain: "example.org"}, lists: []dnsbl.List{bitList("bl.test")}, status: dnsbl.Info, sum: dnsbl.Noted, finding: dnsbl.CodeNoted, category: "grey", codes: 1},
		"a domain that is not listed":    {zone: "test.bl.test A 127.0.0.2", target: dnsbl.Target{Domain: "example.org"}, lists: []dnsbl.List{bitList("bl.test")}, status: dnsbl.NotListed, sum: dnsbl.Clean},
		"a list without its test domain": {zone: "example.org.bl.test A 127.0.0.2", target: dnsbl.Target{Domain: "example.org"}, lists: []dnsbl.List{bitList("bl.test")}, status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable, category: "spam_domain", codes: 1},
		"a name that is too long":        {zone: "test.bl.test A 127.0.0.2", target: dnsbl.Target{Domain: long + "." + long + "." + long + "." + long[:55] + ".org"}, lists: []dnsbl.List{hostFirst(bitList("a." + long + ".bl.test"))[0]}, status: dnsbl.NotCheckable, sum: dnsbl.Unknown, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"a dead list":                    {zone: "", lists: []dnsbl.List{testList("dnsbl.sorbs.net")}, status: dnsbl.NotAsked, sum: dnsbl.Unknown, reason: dnsbl.ReasonDead, finding: dnsbl.CodeDeadList},
		"a list that is none":            {zone: "", lists: []dnsbl.List{{Zone: "bl..test", Kinds: []dnsbl.Kind{dnsbl.IPv4}}}, status: dnsbl.NotAsked, sum: dnsbl.Unknown, reason: dnsbl.ReasonInvalid, finding: dnsbl.CodeBadList},
		"a zone for IPv6 that is none":   {zone: "", target: victim6, lists: []dnsbl.List{{Zone: "bl.test", IPv6Zone: "..", Kinds: []dnsbl.Kind{dnsbl.IPv6}, Codes: testList("x").Codes}}, status: dnsbl.NotAsked, sum: dnsbl.Unknown, reason: dnsbl.ReasonInvalid, finding: dnsbl.CodeBadList},
		"a class that is none":           {zone: ok + name + "A 127.0.0.9", lists: []dnsbl.List{{Zone: "bl.test", Name: "x", Kinds: []dnsbl.Kind{dnsbl.IPv4}, Codes: []dnsbl.Code{{Match: "127.0.0.2", Class: dnsbl.ClassListed}, {Match: "127.0.0.9", Class: "black"}}}}, status: dnsbl.Error, sum: dnsbl.Unknown, reason: dnsbl.ReasonQuery, finding: dnsbl.CodeQueryError, codes: 1},
		"a list that takes a key":        {zone: "", lists: must(dnsbl.Find("authbl.dq.spamhaus.net")), status: dnsbl.NotAsked, sum: dnsbl.Unknown, reason: dnsbl.ReasonKey, finding: dnsbl.CodeKeyNeeded},
		"a list of subscribers' servers": {zone: "", lists: must(dnsbl.Find("invaluement")), status: dnsbl.NotAsked, sum: dnsbl.Unknown, reason: dnsbl.ReasonPrivate, finding: dnsbl.CodeKeyNeeded},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.target == (dnsbl.Target{}) {
				tt.target = victim
			}
			if tt.lists == nil {
				tt.lists = []dnsbl.List{testList("bl.test")}
			}
			res := check(t, tt.zone, dnsbl.Request{Target: tt.target, Lists: tt.lists})
			require.Len(t, res.Lists, 1)
			l := res.Lists[0]
			require.Equal(t, tt.status, l.Status, "%+v", res)
			require.Equal(t, tt.sum, res.Status)
			require.Equal(t, tt.reason, l.Reason)
			if tt.finding == "" {
				require.Empty(t, res.Findings)
			} else {
				require.True(t, res.Findings.Has(tt.finding), "%+v", res.Findings)
			}
			require.Len(t, l.Entries, tt.codes)
			if tt.codes > 0 {
				require.Equal(t, tt.category, l.Entries[0].Category)
			}
		})
	}
}

func must(lists []dnsbl.List, err error) []dnsbl.List {
	if err != nil {
		panic(err)
	}
	return lists
}

func hostFirst(lists ...dnsbl.List) []dnsbl.List {
	for i := range lists {
		lists[i].Names = dnsbl.HostFirst
	}
	return lists
}

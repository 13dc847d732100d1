package dnsbl_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

// rbldnsdFiles are the data of a real server of block lists, one that most of them run.
var rbldnsdFiles = map[string]string{
	"sbl.ip4":     soa + ":127.0.0.2:https://bl.test/q/$\n127.0.0.2\n11.22.33.44\n11.22.40.0/24\n!11.22.40.7\n",
	"xbl.ip4":     soa + ":127.0.0.4:exploited $\n127.0.0.2\n11.22.33.44\n",
	"pbl.ip4":     soa + ":127.0.0.10:range\n127.0.0.2\n11.22.50.0/24\n",
	"v6.ip6":      soa + ":127.0.0.2:six $\n::ffff:7f00:2\n2600:1f::/48\n",
	"dbl.dn":      soa + ":127.0.1.2:spam $\ntest\n.spam.example\nexact.example :127.0.1.4:phish\n",
	"multi.dn":    soa + ":127.0.0.80:two bits\ntest\nbits.example\ngrey.example :127.0.0.4:grey\nblocked.example :127.0.0.1:blocked\n",
	"dead.ip4":    soa + ":127.0.0.2:all\n0.0.0.0/1\n128.0.0.0/1\n",
	"parked.ip4":  soa + ":203.0.113.99:parked\n0.0.0.0/1\n128.0.0.0/1\n",
	"empty.ip4":   soa + ":127.0.0.2:none\n11.0.0.1\n",
	"odd.ip4":     soa + ":127.0.0.2:odd\n127.0.0.2\n11.22.33.44 :127.0.7.7:odd code\n11.22.33.45 :127.0.0.1:bogus\n11.22.33.46 :127.0.0.30:white\n11.22.33.47 :127.0.0.20:note\n11.22.33.48 :127.255.255.252:typo\n",
	"expired.ip4": "$TIMESTAMP 2020:01:01 2020:01:02\n" + soa + ":127.0.0.2:old\n127.0.0.2\n",
	"open.acl":    ":127.255.255.254:Error: open resolver\n127.0.0.0/8\n",
	"volume.acl":  ":127.255.255.255:Error: volume\n127.0.0.0/8\n",
	"refused.acl": "127.0.0.0/8 :refuse\n",
	"empty.acl":   "127.0.0.0/8 :empty\n",
}

const soa = "$SOA 60 ns.bl.test hostmaster.bl.test 1 600 300 86400 60\n"

// rbldnsdZones are the datasets of the zones.
var rbldnsdZones = []string{
	"zen.test:ip4set:sbl.ip4", "zen.test:ip4set:xbl.ip4", "zen.test:ip4set:pbl.ip4", "zen.test:ip6trie:v6.ip6",
	"dbl.test:dnset:dbl.dn", "multi.test:dnset:multi.dn", "dead.test:ip4set:dead.ip4", "parked.test:ip4set:parked.ip4",
	"open.test:ip4set:sbl.ip4", "open.test:acl:open.acl", "volume.test:ip4set:sbl.ip4", "volume.test:acl:volume.acl",
	"refused.test:ip4set:sbl.ip4", "refused.test:acl:refused.acl", "hidden.test:ip4set:sbl.ip4", "hidden.test:acl:empty.acl",
	"empty.test:ip4set:empty.ip4", "odd.test:ip4set:odd.ip4", "expired.test:ip4set:expired.ip4",
}

// startRbldnsd starts the server, and returns its address once it answers. It is
// stopped by its own process when the test ends.
func startRbldnsd(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("rbldnsd")
	if err != nil {
		path = "/usr/sbin/rbldnsd" // It is not in everybody's PATH.
		_, err = os.Stat(path)
	}
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("rbldnsd is not installed (Debian package rbldnsd)")
	}
	require.NoError(t, err, "install the Debian package rbldnsd")

	// The server gives up its rights, so that the directory must be open to all.
	dir, err := os.MkdirTemp("", "rbldnsd") //nolint:usetesting // That of t.TempDir is closed to others.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	for name, data := range rbldnsdFiles {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644))
	}
	for range 5 { // Another program may take the port that was free.
		if addr, ok := tryRbldnsd(t, path, dir); ok {
			return addr
		}
	}
	t.Fatal("rbldnsd does not start")
	return ""
}

func tryRbldnsd(t *testing.T, path, dir string) (addr string, ok bool) {
	t.Helper()
	free, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	addr = free.LocalAddr().String()
	require.NoError(t, free.Close())
	host, port, err := net.SplitHostPort(addr)
	require.NoError(t, err)
	args := []string{"-n", "-b", host + "/" + port, "-w", dir, "-t", "60", "-c", "0"}
	if os.Getuid() == 0 {
		args = append(args, "-u", "rbldns") // It refuses to be root.
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, append(args, rbldnsdZones...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // It is killed in the end.
	}()
	stop := func() {
		cancel()
		<-ended
	}
	client := &resolver.Client{Servers: []string{addr}, Timeout: time.Second, Rounds: 1}
	for start := time.Now(); time.Since(start) < 30*time.Second; { // A busy machine is slow.
		if a, _ := client.Lookup(t.Context(), resolver.Q("2.0.0.127.zen.test", resolver.TypeA)); a.Status == resolver.Success {
			t.Cleanup(stop)
			return addr, true
		}
		select {
		case <-ended: // Another program has the port.
			t.Log(out.String())
			return "", false
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
	t.Log(out.String())
	return "", false
}

// TestRbldnsd asks a real server: each row of what an answer may mean.
func TestRbldnsd(t *testing.T) {
	addr := startRbldnsd(t)
	quiet, err := net.ListenPacket("udp", "127.0.0.1:0") // It takes questions, and never answers.
	require.NoError(t, err)
	t.Cleanup(func() { _ = quiet.Close() }) // After the subtests, which are parallel.
	client := &resolver.Client{Servers: []string{addr}, Timeout: 10 * time.Second}
	deaf := &resolver.Client{Servers: []string{quiet.LocalAddr().String()}}
	r := resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		if strings.HasSuffix(q.Name, ".silent.test") {
			return deaf.Lookup(ctx, q)
		}
		return client.Lookup(ctx, q)
	})

	dbl := must(dnsbl.Find("dbl.spamhaus.org"))[0]
	dbl.Zone, dbl.KeyZone, dbl.Listed, dbl.Clean = "dbl.test", "", nil, nil
	multi := must(dnsbl.Find("multi.surbl.org"))[0]
	multi.Zone, multi.Listed, multi.Clean = "multi.test", nil, nil
	ip := func(s string) dnsbl.Target { return target(t, s) }
	name := func(s string) dnsbl.Target { return dnsbl.Target{Domain: s} }
	tests := map[string]struct {
		list    dnsbl.List
		target  dnsbl.Target
		status  dnsbl.Status
		reason  dnsbl.Reason
		finding mailworthy.Code
		codes   []string
		text    []string
	}{
		"listed in two parts":    {list: testList("zen.test"), target: ip("11.22.33.44"), status: dnsbl.Listed, finding: dnsbl.CodeListed, codes: []string{"127.0.0.2", "127.0.0.4"}, text: []string{"https://bl.test/q/11.22.33.44", "exploited 11.22.33.44"}},
		"not listed":             {list: testList("zen.test"), target: ip("11.22.33.45"), status: dnsbl.NotListed},
		"in a network":           {list: testList("zen.test"), target: ip("11.22.40.6"), status: dnsbl.Listed, finding: dnsbl.CodeListed, codes: []string{"127.0.0.2"}, text: []string{"https://bl.test/q/11.22.40.6"}},
		"excluded from it":       {list: testList("zen.test"), target: ip("11.22.40.7"), status: dnsbl.NotListed},
		"policy":                 {list: testList("zen.test"), target: ip("11.22.50.1"), status: dnsbl.Policy, finding: dnsbl.CodePolicy, codes: []string{"127.0.0.10"}, text: []string{"range"}},
		"IPv6 listed":            {list: testList("zen.test"), target: ip("2600:1f::7"), status: dnsbl.Listed, finding: dnsbl.CodeListed, codes: []string{"127.0.0.2"}, text: []string{"six 2600:1f::7"}},
		"IPv6 not listed":        {list: testList("zen.test"), target: ip("2600:20::7"), status: dnsbl.NotListed},
		"a domain and below":     {list: dbl, target: name("www.spam.example"), status: dnsbl.Listed, finding: dnsbl.CodeListed, codes: []string{"127.0.1.2", "127.0.1.2"}},
		"a host alone":           {list: dbl, target: name("exact.example"), status: dnsbl.Listed, finding: dnsbl.CodeListed, codes: []string{"127.0.1.4"}, text: []string{"phish"}},
		"a domain not listed":    {list: dbl, target: name("ham.example"), status: dnsbl.NotListed},
		"bits":                   {list: multi, target: name("bits.example"), status: dnsbl.Listed, finding: dnsbl.CodeListed, codes: []string{"127.0.0.80"}, text: []string{"two bits"}},
		"the bit of information": {list: multi, target: name("grey.example"), status: dnsbl.Info, finding: dnsbl.CodeNoted, codes: []string{"127.0.0.4"}, text: []string{"grey"}},
		"the bit of a refusal":   {list: multi, target: name("blocked.example"), status: dnsbl.Error, reason: dnsbl.ReasonBlocked, finding: dnsbl.CodeRefused, codes: []string{"127.0.0.1"}},
		"unknown code":           {list: testList("odd.test"), target: ip("11.22.33.44"), status: dnsbl.Listed, finding: dnsbl.CodeListed, codes: []string{"127.0.7.7"}, text: []string{"odd code"}},
		"127.0.0.1":              {list: testList("odd.test"), target: ip("11.22.33.45"), status: dnsbl.Error, reason: dnsbl.ReasonBogus, finding: dnsbl.CodeBogusAnswer, codes: []string{"127.0.0.1"}},
		"whitelisted":            {list: testList("odd.test"), target: ip("11.22.33.46"), status: dnsbl.Whitelisted, codes: []string{"127.0.0.30"}},
		"information":            {list: testList("odd.test"), target: ip("11.22.33.47"), status: dnsbl.Info, finding: dnsbl.CodeNoted, codes: []string{"127.0.0.20"}, text: []string{"note"}},
		"typo":                   {list: testList("odd.test"), target: ip("11.22.33.48"), status: dnsbl.Error, reason: dnsbl.ReasonTypo, finding: dnsbl.CodeQueryError, codes: []string{"127.255.255.252"}},
		"IPv6 of an IPv4 list":   {list: testList("dead.test"), target: ip("2600:1f::7"), status: dnsbl.NotListed}, // ip4set answers mapped controls
		"everything listed":      {list: testList("dead.test"), target: ip("11.22.33.44"), status: dnsbl.Error, reason: dnsbl.ReasonWildcard, finding: dnsbl.CodeWildcard, codes: []string{"127.0.0.2"}},
		"parked":                 {list: testList("parked.test"), target: ip("11.22.33.44"), status: dnsbl.Error, reason: dnsbl.ReasonRewritten, finding: dnsbl.CodeRewritten, codes: []string{"203.0.113.99"}},
		"open resolver":          {list: testList("open.test"), target: ip("11.22.33.44"), status: dnsbl.Error, reason: dnsbl.ReasonOpenResolver, finding: dnsbl.CodeOpenResolver, codes: []string{"127.255.255.254"}},
		"volume":                 {list: testList("volume.test"), target: ip("11.22.33.44"), status: dnsbl.Error, reason: dnsbl.ReasonVolume, finding: dnsbl.CodeVolume, codes: []string{"127.255.255.255"}},
		"refused":                {list: testList("refused.test"), target: ip("11.22.33.44"), status: dnsbl.Refused, reason: dnsbl.ReasonRefused, finding: dnsbl.CodeRefused},
		"no such zone":           {list: testList("gone.test"), target: ip("11.22.33.44"), status: dnsbl.Refused, reason: dnsbl.ReasonRefused, finding: dnsbl.CodeRefused},
		"empty for us":           {list: testList("hidden.test"), target: ip("11.22.33.44"), status: dnsbl.NotCheckable, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"no test entry":          {list: testList("empty.test"), target: ip("11.22.33.44"), status: dnsbl.NotCheckable, reason: dnsbl.ReasonControl, finding: dnsbl.CodeNotCheckable},
		"expired":                {list: testList("expired.test"), target: ip("11.22.33.44"), status: dnsbl.Unknown, reason: dnsbl.ReasonNoAnswer, finding: dnsbl.CodeUnknown},
		"silent":                 {list: testList("silent.test"), target: ip("11.22.33.44"), status: dnsbl.Unknown, reason: dnsbl.ReasonNoAnswer, finding: dnsbl.CodeUnknown},
	}
	for testName, tt := range tests {
		t.Run(testName, func(t *testing.T) {
			t.Parallel()
			c := dnsbl.Checker{Resolver: r}
			if tt.list.Zone == "silent.test" {
				c.ListTimeout = 200 * time.Millisecond
			}
			res, err := c.Check(t.Context(), dnsbl.Request{Target: tt.target, Lists: []dnsbl.List{tt.list}})
			require.NoError(t, err)
			sound(t, res)
			l := res.Lists[0]
			require.Equal(t, tt.status, l.Status, "%+v", l)
			require.Equal(t, tt.reason, l.Reason)
			if tt.list.Zone == "silent.test" {
				require.Equal(t, resolver.Timeout, l.Queries[0].DNS)
			}
			require.Equal(t, tt.finding != "", res.Findings.Has(tt.finding) && len(res.Findings) > 0)
			var codes []string
			for _, e := range l.Entries {
				if len(codes) == 0 || codes[len(codes)-1] != e.Code.String() || tt.list.Zone == "dbl.test" {
					codes = append(codes, e.Code.String())
				}
			}
			require.ElementsMatch(t, tt.codes, codes)
			if tt.text != nil {
				require.ElementsMatch(t, tt.text, l.Text)
			}
		})
	}
}

// TestRbldnsdTogether has all of its zones in one check, and their health.
func TestRbldnsdTogether(t *testing.T) {
	addr := startRbldnsd(t)
	c := dnsbl.Checker{Resolver: &resolver.Cache{Next: &resolver.Client{Servers: []string{addr}, Timeout: 2 * time.Second}}}
	var lists []dnsbl.List
	for _, zone := range []string{"zen", "dead", "parked", "open", "volume", "refused", "hidden", "empty", "odd", "expired"} {
		l := testList(zone + ".test")
		l.Kinds = []dnsbl.Kind{dnsbl.IPv4}
		lists = append(lists, l)
	}
	res, err := c.Check(t.Context(), dnsbl.Request{Target: target(t, "11.22.60.1"), Lists: lists})
	require.NoError(t, err)
	sound(t, res)
	require.Equal(t, dnsbl.Partial, res.Status, "nothing is listed, and most do not say")
	require.Equal(t, dnsbl.Counts{Asked: 10, NotListed: 2, Refused: 1, Error: 4, Unknown: 1, NotCheckable: 2}, res.Counts)

	health, err := c.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: lists})
	require.NoError(t, err)
	got := []string{}
	for _, h := range health.Lists {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", h.Zone, h.Status, h.Reason)))
	}
	require.Equal(t, []string{
		"zen.test ok", "dead.test dead wildcard", "parked.test dead rewritten", "open.test refused open-resolver", "volume.test refused volume",
		"refused.test refused refused", "hidden.test dead control", "empty.test dead control", "odd.test ok", "expired.test unreachable no-control",
	}, got)

	var p dnsbl.Progress
	statuses := map[dnsbl.Status]int{}
	targets := []dnsbl.Target{}
	for i := range 40 {
		targets = append(targets, target(t, fmt.Sprintf("11.22.40.%d", i)))
	}
	for _, res := range c.CheckMany(t.Context(), dnsbl.Batch{Targets: targets, Lists: lists[:1], Progress: &p}) {
		statuses[res.Status]++
	}
	require.Equal(t, map[dnsbl.Status]int{dnsbl.Listed: 39, dnsbl.Clean: 1}, statuses)
}

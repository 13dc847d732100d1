package smtpprobe_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

// advSessions are sessions of many kinds, as they were observed.
func advSessions(t *testing.T) [][]smtpprobe.Session {
	t.Helper()
	root := advRoot("Sessions")
	good := advLeaf(root, "mx.example.org").config(root)
	wrong := advLeaf(root, "other.example.org").config(root)
	var all [][]smtpprobe.Session
	for _, script := range []func(*advConn){
		func(c *advConn) {
			c.starttls("220 go\r\n")
			if c.tls(good) {
				c.hear()
				c.say(advBare)
				c.rest("221 bye\r\n")
			}
		},
		func(c *advConn) {
			c.starttls("220 go\r\n")
			if c.tls(wrong) {
				c.hear()
				c.say(advEHLO)
				c.rest("221 bye\r\n")
			}
		},
		advReply(advBare), advReply("502 no\r\n"), advReply("421 later\r\n"), advGreeting("554 no\r\n"),
		func(c *advConn) { c.starttls("454 later\r\n"); c.rest("221 bye\r\n") },
		func(c *advConn) { c.starttls("502 no\r\n"); c.rest("221 bye\r\n") },
		func(c *advConn) { c.starttls("220 go\r\n250 injected\r\n"); c.drain() },
		func(c *advConn) { c.starttls("220 go\r\n"); _, _ = c.r.ReadByte(); c.reset() },
		func(c *advConn) { c.say("220 \x1b[31m\xff\r\n220 ahead\r\n"); c.drain() },
	} {
		s := advServe(t, script)
		p := advProber(s.port)
		p.Roots = root.pool()
		rep, err := p.ProbeHost(t.Context(), advHost1)
		require.NoError(t, err)
		all = append(all, rep.Sessions)
	}
	s := advServe(t, advMailbox(advBare, "250 ok", "250 ok", "550 5.1.1 no"))
	rep, err := advProber(s.port).ProbeRecipient(t.Context(), advRequest, []smtpprobe.Host{advHost1})
	require.NoError(t, err)
	return append(all, rep.Sessions)
}

var advRequest = smtpprobe.RecipientRequest{Recipient: "a@example.org", HELO: "probe.example.net", MailFrom: "b@example.net"}

var advKinds = []smtpprobe.Kind{
	smtpprobe.KindNotAllowed, smtpprobe.KindRefused, smtpprobe.KindUnreachable, smtpprobe.KindDenied, smtpprobe.KindTimeout, smtpprobe.KindReset,
	smtpprobe.KindClosed, smtpprobe.KindCanceled, smtpprobe.KindMalformed, smtpprobe.KindTooLarge, smtpprobe.KindUnsolicited,
	smtpprobe.KindTLSAlert, smtpprobe.KindTLSPlain, smtpprobe.KindTLSVersion, smtpprobe.KindTLSFailed, smtpprobe.KindFailed, "nonsense",
}

func advCopy[T any](t *testing.T, v T) T {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	var c T
	require.NoError(t, json.Unmarshal(b, &c))
	return c
}

// A session with less in it proves less.
func TestAdversaryLessProvesLess(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12)) //nolint:gosec // a test
	for _, sessions := range advSessions(t) {
		before := smtpprobe.Evaluate(smtpprobe.Request{}, sessions)
		recipient := smtpprobe.EvaluateRecipient(advRequest, sessions)
		for range 400 {
			less := advCopy(t, sessions)
			s := &less[rng.IntN(len(less))]
			what := ""
			for range 1 + rng.IntN(2) {
				i := rng.IntN(len(s.Steps))
				switch rng.IntN(4) {
				case 0:
					s.Steps = s.Steps[:max(1, i)]
					what += fmt.Sprintf("cut at %d; ", i)
				case 1: // it failed, and nothing came
					s.Steps[i].Failure.Kind = advKinds[rng.IntN(len(advKinds))]
					s.Steps[i].Reply = smtpprobe.Reply{}
					s.Steps = s.Steps[:i+1]
					what += fmt.Sprintf("%s failed by %s; ", s.Steps[i].Stage, s.Steps[i].Failure.Kind)
				case 2: // the reply came only in part
					s.Steps[i].Failure.Kind = advKinds[rng.IntN(len(advKinds))]
					s.Steps[i].Reply.Complete = false
					what += fmt.Sprintf("%s failed in part by %s; ", s.Steps[i].Stage, s.Steps[i].Failure.Kind)
				case 3:
					if len(s.Steps) > 1 {
						what += fmt.Sprintf("%s dropped; ", s.Steps[i].Stage)
						s.Steps = slices.Delete(s.Steps, i, i+1)
					}
				}
			}
			after := smtpprobe.Evaluate(smtpprobe.Request{}, less)
			was, is := before.Hosts[0], after.Hosts[0]
			for _, f := range [][2]smtpprobe.Fact{{was.Offered, is.Offered}, {was.Negotiated, is.Negotiated}, {was.Authenticated, is.Authenticated}} {
				if f[0] != smtpprobe.Yes {
					require.NotEqual(t, smtpprobe.Yes, f[1], "%s\n%+v", what, less)
				}
			}
			secured := slices.ContainsFunc(less, func(s smtpprobe.Session) bool {
				return slices.ContainsFunc(s.Steps, func(st smtpprobe.Step) bool { return st.Stage == smtpprobe.StageTLS && st.Failure.Kind == "" })
			})
			if !secured {
				require.NotEqual(t, smtpprobe.Yes, is.Negotiated, "%s\n%+v", what, less)
			}
			if is.Negotiated != smtpprobe.Yes {
				require.NotEqual(t, smtpprobe.Yes, is.Authenticated, "%s\n%+v", what, less)
			}
			if was.Status != smtpprobe.Ready {
				require.NotEqual(t, smtpprobe.Ready, is.Status, "%s\n%+v", what, less)
			}
			then := smtpprobe.EvaluateRecipient(advRequest, less)
			if recipient.Status != smtpprobe.RecipientRejected {
				require.NotEqual(t, smtpprobe.RecipientRejected, then.Status, "%s\n%+v", what, less)
			}
			if recipient.CatchAll != smtpprobe.Yes {
				require.NotEqual(t, smtpprobe.Yes, then.CatchAll, what)
			}
			for i, f := range smtpprobe.FactsOf(after, less) {
				_ = i
				if was.Authenticated != smtpprobe.Yes {
					require.NotEqual(t, smtpprobe.Yes, f.Authenticated, what)
				}
				if was.Negotiated != smtpprobe.Yes {
					require.NotEqual(t, smtpprobe.Yes, f.Negotiated, what)
				}
			}
		}
	}
}

// advMutate changes a value of JSON at random, in one of many ways.
func advMutate(rng *rand.Rand, v any) any {
	if rng.IntN(30) == 0 {
		return []any{nil, "", "\x1b[31m\x00\xff", strings.Repeat("A", 5000), -1.0, 1e15, 0.0, true, []any{}, map[string]any{}, "yes", "127.0.0.1", "250"}[rng.IntN(13)]
	}
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			if rng.IntN(40) == 0 {
				delete(x, k)
			} else {
				x[k] = advMutate(rng, x[k])
			}
		}
	case []any:
		for i := range x {
			x[i] = advMutate(rng, x[i])
		}
		if len(x) > 0 && rng.IntN(10) == 0 {
			x = append(x, x[rng.IntN(len(x))])
		}
		if len(x) > 1 && rng.IntN(10) == 0 {
			i, j := rng.IntN(len(x)), rng.IntN(len(x))
			x[i], x[j] = x[j], x[i]
		}
		return x
	case float64:
		if rng.IntN(10) == 0 {
			return []any{0.0, -1.0, 250.0, 220.0, 550.0, 421.0, 999.0, 2147483647.0}[rng.IntN(8)]
		}
	}
	return v
}

// What was stored may be anything: it is judged without a panic, and what is said of it
// is printable.
func TestAdversaryStoredSessions(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14)) //nolint:gosec // a test
	all := advSessions(t)
	zone := resolver.MustZone(advSecure + "example.org MX 10 mx.example.org\nmx.example.org A 127.0.0.1\n_25._tcp.mx.example.org TLSA 3 1 1 " + advDigest)
	policies, _ := smtpprobe.EvaluatePolicies(smtpprobe.PoliciesRequest{Domain: "example.org"}, zone)
	judged := 0
	for range 6000 {
		b, err := json.Marshal(all[rng.IntN(len(all))])
		require.NoError(t, err)
		var v any
		require.NoError(t, json.Unmarshal(b, &v))
		b, err = json.Marshal(advMutate(rng, v))
		require.NoError(t, err)
		var sessions []smtpprobe.Session
		if json.Unmarshal(b, &sessions) != nil {
			continue
		}
		judged++
		res := smtpprobe.Evaluate(smtpprobe.Request{Own: []smtpprobe.Own{{Addr: netip.MustParseAddr("127.0.0.1"), PTR: []string{"mx\x1b.example.org"}}}}, sessions)
		advPrinted(t, res, string(b))
		advPrinted(t, smtpprobe.EvaluateRecipient(advRequest, sessions), string(b))
		advPrinted(t, smtpprobe.EvaluateDomain(smtpprobe.Request{}, policies, sessions).Delivery, string(b))
		smtpprobe.EvaluateDelivery(policies, smtpprobe.FactsOf(res, sessions), time.Now())
		smtpprobe.FactsOf(smtpprobe.Result{}, sessions)
		smtpprobe.FactsOf(res, nil)
	}
	require.Greater(t, judged, 1000)
}

func advPrinted(t *testing.T, v any, from string) {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	for _, bad := range []string{"\\u001b", "\\u0000", "\x7f", "\\ufffd"} {
		require.NotContains(t, string(b), bad, "%.3000s", from)
	}
}

// advWay is a host of a domain, as DNS and a session show it.
type advWay struct {
	dane  string // none, match, mismatch, unusable, failed
	sts   bool   // the policy allows it
	facts smtpprobe.TLSFacts
	maybe []smtpprobe.TLSFacts // in place of facts, when it is not known which of them it is
}

// advAnyFacts are all that a session may show.
var advAnyFacts = []smtpprobe.TLSFacts{
	{Gone: true},
	{Offered: smtpprobe.No, Negotiated: smtpprobe.No, Authenticated: smtpprobe.No},
	{Negotiated: smtpprobe.Yes, Authenticated: smtpprobe.No},
	{Negotiated: smtpprobe.Yes, Authenticated: smtpprobe.Yes},
}

// advCertain is what all that may be comes to, or unknown: it tries every case.
func advCertain(ways []advWay, mode smtpprobe.STSMode) smtpprobe.Action {
	for i, w := range ways {
		var cases []advWay
		for _, f := range w.maybe {
			kinds := []string{w.dane}
			if w.dane == "match" || w.dane == "mismatch" { // It may have any certificate.
				kinds = []string{"match", "mismatch"}
			}
			for _, dane := range kinds {
				cases = append(cases, advWay{dane: dane, sts: w.sts, facts: f})
			}
		}
		if w.maybe == nil && w.dane == "failed" && !w.facts.Gone {
			for _, dane := range []string{"none", "match", "mismatch", "unusable", "skipped"} {
				cases = append(cases, advWay{dane: dane, sts: w.sts, facts: w.facts})
			}
		}
		if cases == nil {
			continue
		}
		var sum smtpprobe.Action
		for _, c := range cases {
			others := slices.Clone(ways)
			others[i] = c
			a := advCertain(others, mode)
			if sum != "" && sum != a {
				return smtpprobe.ActionUnknown
			}
			sum = a
		}
		return sum
	}
	return advDelivery(ways, mode)
}

// advDelivery is a naive reading of RFC 7672 section 2.2 and RFC 8461 sections 2 and 5.
func advDelivery(ways []advWay, mode smtpprobe.STSMode) smtpprobe.Action {
	for _, w := range ways {
		encrypted := w.facts.Negotiated == smtpprobe.Yes
		switch {
		case w.facts.Gone:
		case w.dane == "match" && encrypted:
			return smtpprobe.Deliver
		case w.dane == "unusable" && encrypted && mode == smtpprobe.STSEnforce: // which DANE does not lift
			if w.sts && w.facts.Authenticated == smtpprobe.Yes {
				return smtpprobe.Deliver
			}
		case w.dane == "unusable" && encrypted:
			return smtpprobe.DeliverUnauthenticated
		case w.dane != "none":
		case mode == smtpprobe.STSEnforce && w.sts && w.facts.Authenticated == smtpprobe.Yes:
			return smtpprobe.Deliver
		case mode == smtpprobe.STSEnforce:
		default:
			return smtpprobe.DeliverUnauthenticated
		}
	}
	return smtpprobe.Defer
}

func TestAdversaryDelivery(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16)) //nolint:gosec // a test
	leaf := advLeaf(advRoot("Delivery"), "mx.example.org")
	now := time.Now()
	good := advTLSA(3, 1, 1, leaf.cert)
	count := map[smtpprobe.Action]int{}
	for i := range 400 {
		zone := "example.org !secure\n"
		mode := []smtpprobe.STSMode{"", smtpprobe.STSEnforce, smtpprobe.STSTesting, smtpprobe.STSNone}[rng.IntN(4)]
		body := fmt.Sprintf("version: STSv1\nmode: %s\nmax_age: 604800\nmx: x.example.net\n", mode)
		var ways []advWay
		var facts []smtpprobe.TLSFacts
		for n := range 1 + rng.IntN(3) {
			name, addr := fmt.Sprintf("mx%d.example.org", n), netip.AddrFrom4([4]byte{8, 8, 8, byte(n)}) //nolint:gosec // small
			zone += fmt.Sprintf("example.org MX %d %s\n%s A %s\n", 10*n, name, name, addr)
			w := advWay{dane: []string{"none", "none", "match", "mismatch", "unusable", "failed"}[rng.IntN(6)], sts: rng.IntN(2) == 0}
			switch w.dane {
			case "match":
				zone += fmt.Sprintf("_25._tcp.%s TLSA 3 1 1 %x\n", name, good.Data)
			case "mismatch":
				zone += fmt.Sprintf("_25._tcp.%s TLSA 3 1 1 %s\n", name, advDigest)
			case "unusable":
				zone += fmt.Sprintf("_25._tcp.%s TLSA 0 1 1 %x\n", name, good.Data)
			case "failed":
				zone += fmt.Sprintf("_25._tcp.%s TLSA !servfail\n", name)
			}
			if w.sts {
				body += "mx: " + name + "\n"
			}
			w.facts = smtpprobe.TLSFacts{Host: name, Addr: addr, Offered: smtpprobe.No, Negotiated: smtpprobe.No, Authenticated: smtpprobe.No}
			switch rng.IntN(5) {
			case 0:
				w.facts = smtpprobe.TLSFacts{Host: name, Addr: addr, Gone: true}
			case 1:
				w.facts.Offered = smtpprobe.Yes
			case 2:
				w.facts.Offered, w.facts.Negotiated, w.facts.Chain = smtpprobe.Yes, smtpprobe.Yes, [][]byte{leaf.cert.Raw}
			case 3:
				w.facts.Offered, w.facts.Negotiated, w.facts.Authenticated, w.facts.Chain = smtpprobe.Yes, smtpprobe.Yes, smtpprobe.Yes, [][]byte{leaf.cert.Raw}
			}
			ways = append(ways, w)
			facts = append(facts, w.facts)
		}
		req := smtpprobe.PoliciesRequest{Domain: "example.org"}
		if mode != "" {
			zone += "_mta-sts.example.org TXT \"v=STSv1; id=1\"\n"
			req.Fetch = &smtpprobe.PolicyFetch{URL: advURL, Time: now, Status: 200, ContentType: "text/plain", Verified: true, Body: []byte(body)}
		}
		p, missing := smtpprobe.EvaluatePolicies(req, resolver.MustZone(zone))
		require.Empty(t, missing)
		whole := smtpprobe.EvaluateDelivery(p, facts, now)
		require.Equal(t, advCertain(ways, mode), whole.Action, "%d: %s\n%+v\n%+v", i, zone+body, facts, whole)
		count[whole.Action]++

		// With less known, the action is still known when it is the same in any case.
		for range 3 {
			less, unsure := slices.Clone(facts), slices.Clone(ways)
			j := rng.IntN(len(less))
			switch rng.IntN(4) {
			case 0:
				less[j] = smtpprobe.TLSFacts{Host: less[j].Host, Addr: less[j].Addr}
			case 1:
				less = slices.Delete(less, j, j+1)
			case 2:
				less[j] = smtpprobe.TLSFacts{Host: less[j].Host, Addr: less[j].Addr, Offered: smtpprobe.Maybe, Negotiated: smtpprobe.Maybe, Authenticated: smtpprobe.Maybe}
			case 3:
				if less[j].Negotiated != smtpprobe.Yes || ways[j].dane != "none" || mode != smtpprobe.STSEnforce {
					continue
				}
				less[j].Authenticated = smtpprobe.Maybe
				unsure[j].maybe = []smtpprobe.TLSFacts{{Negotiated: smtpprobe.Yes, Authenticated: smtpprobe.No}, {Negotiated: smtpprobe.Yes, Authenticated: smtpprobe.Yes}}
			}
			if unsure[j].maybe == nil {
				unsure[j].maybe = advAnyFacts
			}
			got := smtpprobe.EvaluateDelivery(p, less, now)
			require.Equal(t, advCertain(unsure, mode), got.Action, "%d: %s\n%+v\nless %+v\n%+v", i, zone+body, facts, less, got)
			require.NotEmpty(t, got.Reason)
			count["less "+got.Action]++
		}
		require.Equal(t, whole, smtpprobe.EvaluateDelivery(advJSON(t, p), advJSON(t, facts), now))
	}
	for _, a := range []smtpprobe.Action{smtpprobe.Deliver, smtpprobe.DeliverUnauthenticated, smtpprobe.Defer, smtpprobe.ActionUnknown} {
		require.Greater(t, count[a], 20, a)
		require.Greater(t, count["less "+a], 20, a)
	}
}

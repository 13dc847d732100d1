package dkim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/resolver"
)

func TestProviders(t *testing.T) {
	list := dkim.Providers()
	require.True(t, slices.IsSortedFunc(list, func(a, b dkim.Provider) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	}))
	names, targets := make(map[string]bool), make(map[string]string)
	for _, p := range list {
		require.False(t, names[p.Name], p.Name)
		names[p.Name] = true
		require.True(t, strings.HasPrefix(p.Ref, "https://"), p.Name)
		require.Regexp(t, `^20\d\d-\d\d$`, p.Checked, p.Name)
		require.NotZero(t, len(p.Selectors)+len(p.Targets), p.Name)
		require.True(t, p.Note == "" || strings.HasSuffix(p.Note, "."), p.Name)
		for _, target := range p.Targets {
			normal, err := name.Normalize(target)
			require.NoError(t, err)
			require.Equal(t, normal, target)
			require.Contains(t, target, ".")
			require.Empty(t, targets[target], p.Name)
			targets[target] = p.Name
		}
	}
	list[0].Selectors[0] = "changed"
	require.NotEqual(t, list, dkim.Providers())
}

func TestSelectors(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range dkim.Selectors() {
		normal, err := name.Normalize(s)
		require.NoError(t, err)
		require.Equal(t, normal, s)
		require.False(t, seen[s], s)
		seen[s] = true
	}
	for _, s := range []string{"google", "selector1", "selector2", "s1", "k1", "default", "dkim", "mail", "fm1", "protonmail"} {
		require.True(t, seen[s], s)
	}
	require.Less(t, len(seen), 300)
}

func TestProviderOfKey(t *testing.T) {
	mine := []dkim.Provider{
		{Name: "Mine", Selectors: []string{"own"}, Targets: []string{"keys.dkim.amazonses.com"}},
		{Name: "Other", Selectors: []string{"own", "other"}},
	}
	tests := map[string]struct {
		selector, target string
		providers        []dkim.Provider
		want             string
		guessed          bool
	}{
		"alias":             {selector: "x", target: "x.dkim.amazonses.com", want: "Amazon SES"},
		"tenant":            {selector: "selector1", target: "selector1-example-org._domainkey.tenant.onmicrosoft.com", want: "Microsoft 365"},
		"new tenant":        {selector: "selector2", target: "selector2-example-org._domainkey.tenant.n-v1.dkim.mail.microsoft", want: "Microsoft 365"},
		"alias, not ours":   {selector: "google", target: "google.example.net"},
		"not quite":         {selector: "x", target: "xdkim.amazonses.com.example.net"},
		"selector":          {selector: "google", want: "Google Workspace", guessed: true},
		"of several":        {selector: "k1"},
		"common":            {selector: "mail"},
		"unknown":           {selector: "q7"},
		"caller's":          {selector: "x", target: "x.keys.dkim.amazonses.com", providers: append(mine, dkim.Providers()...), want: "Mine"},
		"caller's selector": {selector: "other", providers: mine, want: "Other", guessed: true},
		"caller's, several": {selector: "own", providers: mine},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			owner := tt.selector + "._domainkey.example.org"
			zone := txt(owner, "p="+rsa1024P)
			if tt.target != "" {
				zone = owner + " CNAME " + tt.target + "\n" + txt(tt.target, "p="+rsa1024P)
			}
			rep, err := dkim.Checker{Resolver: resolver.MustZone(zone), Providers: tt.providers}.CheckKey(t.Context(), tt.selector, "example.org")
			require.NoError(t, err)
			require.Equal(t, dkim.KeyFound, rep.Status)
			require.Equal(t, tt.want, rep.Provider)
			require.Equal(t, tt.guessed, rep.Guessed)
		})
	}
}

type selectorsCase struct {
	zone     string
	status   dkim.KeyStatus
	keys     []string // selectors, and "=" and their status
	wildcard dkim.KeyStatus
	codes    []mailworthy.Code
}

func selectorsCases() map[string]selectorsCase {
	const below = "._domainkey.example.org"
	ed, rsa, gone := "v=DKIM1; k=ed25519; p="+ed25519P, "v=DKIM1; p="+rsa1024P, "v=DKIM1; p="
	return map[string]selectorsCase{
		"two": {
			txt("s1"+below, rsa) + txt("s2"+below, ed), dkim.KeyFound, []string{"s1=found", "s2=found"}, dkim.KeyMissing, nil,
		},
		"none": {
			txt("other"+below, rsa), dkim.KeyMissing, nil, dkim.KeyMissing, []mailworthy.Code{dkim.CodeSelectorsNone},
		},
		"nothing": {
			"example.org TXT x", dkim.KeyMissing, nil, dkim.KeyMissing, []mailworthy.Code{dkim.CodeNoKeys},
		},
		"nothing known": {
			"*" + below + " TXT !servfail\n_domainkey.example.org TXT !servfail", dkim.KeyTempError,
			[]string{"s1=temperror", "s2=temperror", "s3=temperror"},
			dkim.KeyTempError,
			[]mailworthy.Code{dkim.CodeKeyDNSFailure},
		},
		"revoked": {
			txt("s1"+below, gone), dkim.KeyRevoked, []string{"s1=revoked"}, dkim.KeyMissing, nil,
		},
		"shared": {
			txt("s1"+below, rsa) + txt("s2"+below, "k=rsa; p="+rsa1024P), dkim.KeyFound,
			[]string{"s1=found", "s2=found"},
			dkim.KeyMissing,
			[]mailworthy.Code{dkim.CodeKeyShared},
		},
		"only ed25519": {
			txt("s1"+below, ed), dkim.KeyFound, []string{"s1=found"}, dkim.KeyMissing, []mailworthy.Code{dkim.CodeOnlyEd25519},
		},
		"ed25519, and who knows": {
			txt("s1"+below, ed) + "s2" + below + " TXT !timeout", dkim.KeyFound, []string{"s1=found", "s2=temperror"}, dkim.KeyMissing, nil,
		},
		"dangling": {
			"s1" + below + " CNAME gone.test", dkim.KeyMissing, []string{"s1=missing"}, dkim.KeyMissing, []mailworthy.Code{dkim.CodeSelectorsNone},
		},
		"malformed": {
			txt("s1"+below, "v=DKIM1; p=?"), dkim.KeyMalformed, []string{"s1=malformed"}, dkim.KeyMissing, nil,
		},
		"wildcard of something": {
			txt("*.example.org", "v=spf1 -all") + txt("s1"+below, rsa), dkim.KeyFound, []string{"s1=found"}, dkim.KeyMissing, nil,
		},
		"wildcard of something, alone": {
			txt("*.example.org", "v=spf1 -all"), dkim.KeyMissing, nil, dkim.KeyMalformed, []mailworthy.Code{dkim.CodeWildcard, dkim.CodeSelectorsNone},
		},
		"wildcard key": {
			txt("*"+below, rsa) + txt("s1"+below, ed), dkim.KeyFound,
			[]string{"s1=found"},
			dkim.KeyFound,
			[]mailworthy.Code{dkim.CodeWildcard},
		},
		"wildcard revoked": {
			txt("*"+below, gone), dkim.KeyMissing, nil, dkim.KeyRevoked, []mailworthy.Code{dkim.CodeWildcard},
		},
		"wildcard of two": {
			txt("*"+below, "a") + txt("*"+below, "b"), dkim.KeyMissing, nil, dkim.KeyMalformed, []mailworthy.Code{dkim.CodeWildcard, dkim.CodeSelectorsNone},
		},
		"wildcard alias": {
			"*" + below + " CNAME www.example.org\nwww.example.org A 192.0.2.1", dkim.KeyMissing, nil, dkim.KeyMissing, []mailworthy.Code{dkim.CodeWildcard, dkim.CodeSelectorsNone},
		},
		"legacy": {
			txt("s1"+below, rsa) + txt("_adsp"+below, "dkim=discardable") + txt("_domainkey.example.org", "o=-; t=y"), dkim.KeyFound,
			[]string{"s1=found"},
			dkim.KeyMissing,
			[]mailworthy.Code{dkim.CodeADSP, dkim.CodeDomainKeys},
		},
		"not legacy": {
			txt("s1"+below, rsa) + txt("_adsp"+below, "hello") + txt("_domainkey.example.org", "o=x; t=s; r=-"), dkim.KeyFound,
			[]string{"s1=found"},
			dkim.KeyMissing, nil,
		},
	}
}

var threeSelectors = []string{"s1", "S2", "s3", "s2"}

func TestEvaluateSelectors(t *testing.T) {
	for name, tt := range selectorsCases() {
		t.Run(name, func(t *testing.T) {
			zone := resolver.MustZone(tt.zone)
			rep, err := dkim.Checker{Resolver: zone}.CheckSelectors(t.Context(), "Example.org.", threeSelectors)
			require.NoError(t, err)
			require.Equal(t, []string{"s1", "s2", "s3"}, rep.Asked)
			require.Equal(t, "example.org", rep.Domain)
			require.Equal(t, tt.status, rep.Status)
			require.Equal(t, tt.wildcard, rep.Wildcard)
			var keys []string
			for _, k := range rep.Keys {
				keys = append(keys, k.Selector+"="+string(k.Status))
				complete(t, k.Findings)
				if k.Status == dkim.KeyRevoked {
					require.Equal(t, mailworthy.Info, k.Findings.Worst())
				}
			}
			require.Equal(t, tt.keys, keys)
			if tt.codes == nil {
				tt.codes = []mailworthy.Code{}
			}
			require.Equal(t, tt.codes, codes(rep.Findings))
			complete(t, rep.Findings)

			again, missing := dkim.EvaluateSelectors(dkim.SelectorsRequest{Domain: "example.org", Selectors: threeSelectors}, zone)
			require.Empty(t, missing)
			require.Equal(t, rep, again)
			text, err := json.Marshal(rep)
			require.NoError(t, err)
			var back dkim.SelectorsReport
			require.NoError(t, json.Unmarshal(text, &back))
			require.Equal(t, rep, back)
		})
	}
}

// TestSelectorsFaults fails each question in turn: none may make a better verdict,
// and none may prove that there is nothing.
func TestSelectorsFaults(t *testing.T) {
	worse := []dkim.KeyStatus{dkim.KeyTempError, dkim.KeyFound}
	for name, tt := range selectorsCases() {
		recorder := resolver.Record(resolver.MustZone(tt.zone))
		want, err := dkim.Checker{Resolver: recorder}.CheckSelectors(t.Context(), "example.org", threeSelectors)
		require.NoError(t, err)
		for q := range recorder.Snapshot() {
			for _, fault := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
				snapshot := recorder.Snapshot()
				snapshot[q] = resolver.Answer{Status: fault}
				rep, missing := dkim.EvaluateSelectors(dkim.SelectorsRequest{Domain: "example.org", Selectors: threeSelectors}, snapshot)
				require.Empty(t, missing)
				complete(t, rep.Findings)
				of := fmt.Sprintf("%s: %v %s", name, q, fault)
				switch {
				case strings.HasPrefix(q.Name, "zz"):
					require.Equal(t, dkim.KeyTempError, rep.Wildcard, of)
					require.True(t, rep.Findings.Has(dkim.CodeKeyDNSFailure), of)
					require.False(t, rep.Findings.Has(dkim.CodeNoKeys) || rep.Findings.Has(dkim.CodeSelectorsNone), of)
				case strings.HasPrefix(q.Name, "s"):
					require.Contains(t, worse, rep.Status, of)
					require.True(t, rep.Status == want.Status || rep.Status == dkim.KeyTempError, of)
					require.False(t, rep.Findings.Has(dkim.CodeNoKeys) || rep.Findings.Has(dkim.CodeSelectorsNone), of)
					require.False(t, rep.Findings.Has(dkim.CodeOnlyEd25519), of)
				default:
					require.Equal(t, want.Status, rep.Status, of)
					require.False(t, rep.Findings.Has(dkim.CodeNoKeys) && q.Name == "_domainkey.example.org", of)
				}
			}
		}
	}
}

func TestSelectorsInvalid(t *testing.T) {
	rep, missing := dkim.EvaluateSelectors(dkim.SelectorsRequest{Domain: "a..b"}, resolver.Snapshot{})
	require.Empty(t, missing)
	require.Equal(t, dkim.KeyInvalid, rep.Status)
	complete(t, rep.Findings)

	rep, err := dkim.Checker{Resolver: resolver.MustZone("example.org TXT x")}.CheckSelectors(t.Context(), "example.org", []string{"a..b", "s1"})
	require.NoError(t, err)
	require.Equal(t, dkim.KeyMissing, rep.Status)
	require.Equal(t, dkim.KeyInvalid, rep.Keys[0].Status)
	require.Len(t, rep.Keys, 1)
}

// TestSelectorsRounds asks for all selectors of the catalogue, which takes one
// round whatever there is.
func TestSelectorsRounds(t *testing.T) {
	for name, tt := range selectorsCases() {
		zone := resolver.MustZone(tt.zone)
		_, first := dkim.EvaluateSelectors(dkim.SelectorsRequest{Domain: "example.org"}, resolver.Snapshot{})
		require.Len(t, first, len(dkim.Selectors())+3)
		known := make(resolver.Snapshot)
		for _, q := range first {
			known[q], _ = zone.Get(q)
		}
		require.Len(t, known, len(first), "a question was asked twice")
		_, second := dkim.EvaluateSelectors(dkim.SelectorsRequest{Domain: "example.org"}, known)
		require.Empty(t, second, name)
	}
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprint("x", i))
	}
	_, first := dkim.EvaluateSelectors(dkim.SelectorsRequest{Domain: "example.org", Selectors: many}, resolver.Snapshot{})
	require.Len(t, first, 1003)
}

// TestSelectorsParallel has answers that take 10 ms each.
func TestSelectorsParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zone := resolver.MustZone(txt("google._domainkey.example.org", "p="+rsa1024P))
		var asked atomic.Int32
		slow := resolver.Func(func(t2 ctx, q resolver.Question) (resolver.Answer, error) {
			asked.Add(1)
			time.Sleep(10 * time.Millisecond)
			return zone.Lookup(t2, q)
		})
		start := time.Now()
		rep, err := dkim.Checker{Resolver: slow}.CheckSelectors(t.Context(), "example.org", nil)
		require.NoError(t, err)
		require.Equal(t, dkim.KeyFound, rep.Status)
		require.Equal(t, "Google Workspace", rep.Keys[0].Provider)
		require.Equal(t, int(asked.Load()), len(rep.Asked)+3)
		// The driver has 64 questions under way at once.
		require.Equal(t, time.Duration((int(asked.Load())+63)/64)*10*time.Millisecond, time.Since(start))
	})
}

// TestSelectorsEnded ends the context before the check does.
func TestSelectorsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, cancel := contextWithTimeout(t, time.Second)
		defer cancel()
		never := resolver.Func(func(c ctx, q resolver.Question) (resolver.Answer, error) {
			<-c.Done()
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: c.Err()})
		})
		rep, err := dkim.Checker{Resolver: never}.CheckSelectors(c, "example.org", threeSelectors)
		require.Error(t, err)
		require.Equal(t, dkim.KeyTempError, rep.Status)
		require.Equal(t, dkim.KeyTempError, rep.Wildcard)
		key, err := dkim.Checker{Resolver: never}.CheckKey(c, "s1", "example.org")
		require.Error(t, err)
		require.Equal(t, dkim.KeyTempError, key.Status)
	})
}

// TestKeyCodes says that each code is made by a case of the tables.
func TestKeyCodes(t *testing.T) {
	made := map[mailworthy.Code]bool{dkim.CodeKeyName: true} // by TestKeyInvalid
	for _, tt := range keyCases(t) {
		for _, c := range tt.codes {
			made[c] = true
		}
	}
	for _, tt := range selectorsCases() {
		for _, c := range tt.codes {
			made[c] = true
		}
	}
	for _, code := range keyCodes(t) {
		require.True(t, made[code], code)
	}
}

package dnsbl_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/resolver/resolvertest"
)

const theKey = "s3cretk3yofmine"

var keys = dnsbl.Keys{"spamhaus": theKey, "abusix": "an-other-key"}

// subscriber is a world in which the key works, and every text repeats it.
const subscriber = `
	2.0.0.127.s3cretk3yofmine.zen.dq.spamhaus.net    A   127.0.0.2
	44.33.22.11.s3cretk3yofmine.zen.dq.spamhaus.net  A   127.0.0.4
	44.33.22.11.s3cretk3yofmine.zen.dq.spamhaus.net  TXT "your key S3CRETK3YOFMINE, see https://x.example/s3cretk3yofmine"
	2.0.0.127.s3cretk3yofmine.authbl.dq.spamhaus.net A   127.0.0.20
	2.0.0.127.an-other-key.combined.mail.abusix.zone A   !refused
	44.33.22.11.an-other-key.combined.mail.abusix.zone A !refused ede=18 "an-other-key is no key"
`

func TestKeys(t *testing.T) {
	lists := must(dnsbl.Find("zen.spamhaus.org", "Spamhaus AuthBL", "combined.mail.abusix.zone"))
	server := resolvertest.Serve(t, resolver.MustZone(subscriber))
	var mu sync.Mutex
	var traced []string
	show := func(v ...any) {
		mu.Lock()
		defer mu.Unlock()
		traced = append(traced, fmt.Sprint(v...))
	}
	trace := &resolver.Trace{
		Exchange: func(_ context.Context, info resolver.ExchangeInfo) {
			show(info.Question, info.Err, fmt.Sprintf("%+v", info))
		},
		Cache: func(_ context.Context, info resolver.CacheInfo) { show(info.Question) },
	}
	t.Cleanup(func() {
		require.Greater(t, len(traced), 20)
		noKey(t, traced)
	})
	for name, r := range map[string]resolver.Resolver{
		"zone":  resolver.MustZone(subscriber),
		"cache": &resolver.Cache{Next: &resolver.Client{Servers: []string{server.Addr}, Trace: trace}, Trace: trace},
	} {
		t.Run(name, func(t *testing.T) {
			rec := resolver.Record(r)
			req := dnsbl.Request{Target: victim, Lists: lists}
			c := dnsbl.Checker{Resolver: rec, Keys: keys}
			res, err := c.Check(t.Context(), req)
			require.NoError(t, err)
			sound(t, res)
			require.Equal(t, dnsbl.Listed, res.Lists[0].Status)
			require.Equal(t, "44.33.22.11.{spamhaus}.zen.dq.spamhaus.net", res.Lists[0].Queries[0].Name)
			require.Equal(t, []string{"your key {spamhaus}, see https://x.example/{spamhaus}"}, res.Lists[0].Text)
			require.Equal(t, dnsbl.NotListed, res.Lists[1].Status)
			require.Equal(t, dnsbl.Refused, res.Lists[2].Status)
			require.Equal(t, "authbl.dq.spamhaus.net", res.Lists[1].Zone)
			noKey(t, res, req)

			health, err := c.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: lists})
			require.NoError(t, err)
			require.Equal(t, dnsbl.HealthOK, health.Lists[0].Status)
			noKey(t, health, health.Findings)

			// What was recorded below the keys has them, and replays without.
			raw, err := json.Marshal(rec.Snapshot())
			require.NoError(t, err)
			require.Contains(t, string(raw), theKey)
			redacted := keys.Redact(rec.Snapshot())
			noKey(t, redacted)
			req.Keyed = []string{"spamhaus", "abusix"}
			again, missing := dnsbl.Evaluate(req, redacted)
			require.Empty(t, missing)
			require.Equal(t, res, again)

			// What was recorded above them never has them.
			above := resolver.Record(keys.Resolver(r))
			res, err = dnsbl.Checker{Resolver: above}.Check(t.Context(), req)
			require.NoError(t, err)
			noKey(t, above.Snapshot(), res)
			again, missing = dnsbl.Evaluate(req, above.Snapshot())
			require.Empty(t, missing)
			require.Equal(t, res, again)
		})
	}
}

// noKey requires that no key is in what programs print and store.
func noKey(t *testing.T, values ...any) {
	t.Helper()
	for _, v := range values {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		for _, text := range []string{string(raw), fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v)} {
			for _, key := range []string{theKey, "an-other-key"} {
				require.NotContains(t, strings.ToLower(text), key)
			}
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	noKey(t, keys, dnsbl.Checker{Keys: keys}, keys["spamhaus"])
	require.Equal(t, "(key)", keys["spamhaus"].String())
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("checker", "keys", keys, "key", keys["spamhaus"])
	require.NotContains(t, log.String(), theKey)
}

// TestKeyErrors fails the questions in all ways that a Resolver can.
func TestKeyErrors(t *testing.T) {
	q := resolver.Q("2.0.0.127.{spamhaus}.zen.dq.spamhaus.net", resolver.TypeA)
	for name, fail := range map[string]error{
		"resolver error": &resolver.Error{Question: resolver.Q("2."+theKey+".x", resolver.TypeA), Status: resolver.ServFail, Extended: theKey, Err: errors.New("no " + theKey)},
		"wrapped":        fmt.Errorf("%s: %w", theKey, &resolver.Error{Question: resolver.Q(theKey, resolver.TypeA), Status: resolver.Refused}),
		"plain":          errors.New("dial " + theKey),
		"deadline":       fmt.Errorf("asking %s: %w", theKey, context.DeadlineExceeded),
		"cancelled":      fmt.Errorf("asking %s: %w", theKey, context.Canceled),
	} {
		t.Run(name, func(t *testing.T) {
			r := keys.Resolver(resolver.Func(func(_ context.Context, asked resolver.Question) (resolver.Answer, error) {
				require.Equal(t, "2.0.0.127."+theKey+".zen.dq.spamhaus.net", asked.Name)
				return resolver.Answer{Problem: fail.Error(), Alias: []string{theKey + ".x"}, Hosts: []string{theKey}, MX: []resolver.MXHost{{Host: theKey}}}, fail
			}))
			a, err := r.Lookup(t.Context(), q)
			require.Error(t, err)
			require.False(t, a.Status.Definitive())
			noKey(t, a, err.Error())
			e, ok := errors.AsType[*resolver.Error](err)
			require.True(t, ok)
			require.Equal(t, q, e.Question)
			require.Equal(t, errors.Is(fail, context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded))
		})
	}
}

// TestKeyMissing never asks for a name with a placeholder.
func TestKeyMissing(t *testing.T) {
	nobody := resolver.Func(func(_ context.Context, q resolver.Question) (resolver.Answer, error) {
		t.Errorf("%v was asked", q)
		return resolver.Answer{Status: resolver.NXDomain}, nil
	})
	for name, k := range map[string]dnsbl.Keys{
		"none":    {"spamhaus": ""},
		"other":   {"abusix": "x"},
		"invalid": {"spamhaus": "two.labels"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := k.Resolver(nobody).Lookup(t.Context(), resolver.Q("2.{spamhaus}.zen.dq.spamhaus.net", resolver.TypeA))
			require.Error(t, err)
			require.Equal(t, resolver.Failed, a.Status)
			res, err := dnsbl.Checker{Resolver: nobody, Keys: k}.Check(t.Context(), dnsbl.Request{
				Target: victim, Lists: must(dnsbl.Find("authbl.dq.spamhaus.net")),
			})
			require.NoError(t, err)
			require.NotEqual(t, dnsbl.Clean, res.Status)
		})
	}
	_, err := keys.Resolver(nobody).Lookup(t.Context(), resolver.Q("2.{spamhaus.x", resolver.TypeA))
	require.Error(t, err)
}

// TestKeyedDefaults adds the lists that a key opens to those that are asked anyway.
func TestKeyedDefaults(t *testing.T) {
	res, _ := dnsbl.Evaluate(dnsbl.Request{Target: victim, Keyed: []string{"spamhaus"}}, resolver.MustZone(""))
	names := map[string]bool{}
	for _, l := range res.Lists {
		names[l.Zone] = true
		if l.Zone == "zen.spamhaus.org" {
			require.Equal(t, "44.33.22.11.{spamhaus}.zen.dq.spamhaus.net", l.Queries[0].Name)
		}
	}
	require.True(t, names["authbl.dq.spamhaus.net"])
	require.False(t, names["combined.mail.abusix.zone"], "there is no key of it")
	require.False(t, names["zrd.dq.spamhaus.net"], "it lists domains")
}

// TestKeysReplayInAnyCase names the provider as a user likes to write it.
func TestKeysReplayInAnyCase(t *testing.T) {
	keys := dnsbl.Keys{"SpamHaus": "SecretKey1"}
	rec := resolver.Record(resolver.MustZone(working("secretkey1.zen.dq.spamhaus.net") + "44.33.22.11.secretkey1.zen.dq.spamhaus.net A 127.0.0.2"))
	req := dnsbl.Request{Target: victim, Lists: must(dnsbl.Find("zen.spamhaus.org"))}
	live, err := dnsbl.Checker{Resolver: rec, Keys: keys}.Check(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, dnsbl.Listed, live.Status)
	req.Keyed = []string{"SpamHaus"}
	res, missing := dnsbl.Evaluate(req, keys.Redact(rec.Snapshot()))
	require.Empty(t, missing)
	require.Equal(t, live, res)
}

// TestBadKeys are those that cannot be asked with, and those that the list does not know:
// the remedy is to look at the key.
func TestBadKeys(t *testing.T) {
	for _, key := range []dnsbl.Key{"two labels", "", "unknown"} {
		c := dnsbl.Checker{Resolver: resolver.MustZone(""), Keys: dnsbl.Keys{"spamhaus": key}}
		lists := must(dnsbl.Find("zen.spamhaus.org"))
		res, err := c.Check(t.Context(), dnsbl.Request{Target: victim, Lists: lists})
		require.NoError(t, err)
		require.Equal(t, dnsbl.Unknown, res.Status)
		h, err := c.CheckHealth(t.Context(), dnsbl.HealthRequest{Lists: lists})
		require.NoError(t, err)
		require.NotEmpty(t, h.Findings)
		for _, f := range append(res.Findings, h.Findings...) {
			require.Contains(t, f.Remedy, "check that the key in Checker.Keys", "%q: %+v", key, f)
		}
	}
	res := check(t, "", dnsbl.Request{Target: victim, Lists: must(dnsbl.Find("zen.spamhaus.org"))})
	require.NotContains(t, res.Findings[0].Remedy, "Keys", "there is none")
}

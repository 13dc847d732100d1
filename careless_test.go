package mailworthy_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dkim"
	"github.com/mailworthy/mailworthy/dmarc"
	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
	"github.com/mailworthy/mailworthy/spf"
)

// signed has a signature by the key that signedKey questions are about.
const signed = "From: a@example.org\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; h=from;\r\n" +
	" bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n\r\n"

// TestCarelessResolver has Resolvers of users that break what package resolver promises.
// No check may make of that more than that DNS did not tell.
func TestCarelessResolver(t *testing.T) {
	ip := netip.MustParseAddr("11.22.33.44")
	checks := map[string]struct {
		status func(context.Context, resolver.Resolver) (string, error)
		want   string
	}{
		"spf": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := spf.Checker{Resolver: r}.Check(ctx, spf.Request{IP: ip, MailFrom: "a@example.org"})
			return string(res.Status), err
		}, "temperror"},
		"spf of a domain": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := spf.Checker{Resolver: r}.CheckDomain(ctx, "example.org")
			return string(res.Status), err
		}, "temperror"},
		"dkim": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := dkim.Checker{Resolver: r}.Check(ctx, strings.NewReader(signed))
			return string(res.Status), err
		}, "temperror"},
		"dkim of a key": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := dkim.Checker{Resolver: r}.CheckKey(ctx, "s", "example.org")
			return string(res.Status), err
		}, "temperror"},
		"dkim of selectors": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := dkim.Checker{Resolver: r}.CheckSelectors(ctx, "example.org", nil)
			return string(res.Status), err
		}, "temperror"},
		"dmarc": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := dmarc.Checker{Resolver: r}.Check(ctx, dmarc.Request{Domain: "example.org"})
			return string(res.Status), err
		}, "temperror"},
		"dmarc of a domain": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := dmarc.Checker{Resolver: r}.CheckDomain(ctx, "example.org")
			return string(res.Status), err
		}, "temperror"},
		"dnsbl": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := dnsbl.Checker{Resolver: r}.Check(ctx, dnsbl.Request{Target: dnsbl.Target{IP: ip}})
			return string(res.Status), err
		}, "unknown"},
		"rdns": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := rdns.Checker{Resolver: r}.Check(ctx, ip)
			return string(res.Status), err
		}, "temperror"},
		"smtp route": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := smtpprobe.Prober{Resolver: r}.CheckRoute(ctx, "example.org")
			return string(res.Status), err
		}, "unknown"},
		"smtp policies": {func(ctx context.Context, r resolver.Resolver) (string, error) {
			res, err := smtpprobe.Prober{Resolver: r}.CheckPolicies(ctx, "example.org")
			return string(res.Route.Status) + " " + string(res.STS.Status) + " " + string(res.TLSRPT.Status), err
		}, "unknown unknown unknown"},
	}
	for name, answer := range map[string]resolver.Answer{
		"success without a record": {Status: resolver.Success, TTL: 60},
		"no status":                {TTL: 60},
		"a status of its own":      {Status: "fine", TTL: 60},
	} {
		careless := resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) { return answer, nil })
		for check, tc := range checks {
			t.Run(name+"/"+check, func(t *testing.T) {
				cache := &resolver.Cache{Next: careless}
				for _, r := range []resolver.Resolver{careless, resolver.Record(careless), cache, cache} {
					got, err := tc.status(t.Context(), r)
					require.NoError(t, err)
					require.Equal(t, tc.want, got)
				}
			})
		}
	}
}

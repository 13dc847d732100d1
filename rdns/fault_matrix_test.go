package rdns_test

import (
	"context"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/rdns"
	"github.com/mailworthy/mailworthy/resolver"
)

var failures = []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed}

// faulty fails one question, and has the answers of the zone for all others.
func faulty(zone *resolver.Zone, broken resolver.Question, status resolver.Status) resolver.Resolver {
	return resolver.Func(func(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
		if q == broken {
			return resolver.Fail(&resolver.Error{Question: q, Status: status, Server: "192.0.2.53:53"})
		}
		return zone.Lookup(ctx, q)
	})
}

// questions are those that zone was asked.
func questions(zone *resolver.Zone) map[resolver.Question]bool {
	out := map[resolver.Question]bool{}
	for _, q := range zone.Queries() {
		out[q.Question] = true
	}
	return out
}

// TestFaultMatrix fails each question of each case, in each way. The result is then
// temperror, or what it was without the failure; it never says that something is absent
// which was only not told, and never passes where it did not.
func TestFaultMatrix(t *testing.T) {
	for _, tc := range ptrCases() {
		t.Run(tc.name, func(t *testing.T) {
			zone := resolver.MustZone(tc.zone)
			plain, err := rdns.Checker{Resolver: zone}.Check(t.Context(), tc.addr())
			require.NoError(t, err)
			own := resolver.TypeA
			if plain.IP.Is6() {
				own = resolver.TypeAAAA
			}
			for q := range questions(zone) {
				for _, status := range failures {
					res, err := rdns.Checker{Resolver: faulty(zone, q, status)}.Check(t.Context(), tc.addr())
					require.NoError(t, err)
					sound(t, tc.addr(), res)
					switch {
					case q.Type == resolver.TypePTR:
						require.Equal(t, rdns.TempError, res.Status)
						require.False(t, res.Findings.Has(rdns.CodeNoPTR) || res.Findings.Has(rdns.CodeDangling))
					case q.Type != own:
						require.Equal(t, plain.Status, res.Status, "the other family decides nothing")
						require.False(t, res.Findings.Has(rdns.CodeOtherFamily) && !plain.Findings.Has(rdns.CodeOtherFamily))
					case plain.Status == rdns.Pass:
						if res.Status == rdns.Pass {
							require.NotEqual(t, q.Name, res.Host, "another name leads back")
						} else {
							require.Equal(t, rdns.TempError, res.Status)
						}
					default:
						require.Equal(t, rdns.TempError, res.Status)
					}
					for _, f := range res.Findings {
						blamed := f.Subject == q.Name && q.Type == own && !f.Temporary
						if blamed {
							require.Contains(t, []mailworthy.Code{
								rdns.CodeUnderscore, rdns.CodeDynamic, rdns.CodeGeneric, rdns.CodeCloudDefault, rdns.CodeReverseName, rdns.CodeLocalhost, rdns.CodePrivateName, rdns.CodeSingleLabel,
							}, f.Code, "what the name itself shows is all that can be said of it")
						}
					}
				}
			}
		})
	}
}

// TestFaultMatrixHELO is the same for HELO. Whatever fails, the result is unknown, or
// what it was.
func TestFaultMatrixHELO(t *testing.T) {
	for _, tc := range heloCases() {
		t.Run(tc.name, func(t *testing.T) {
			zone := resolver.MustZone(heloZone + tc.zone)
			plain, err := rdns.Checker{Resolver: zone}.CheckHELO(t.Context(), tc.request())
			require.NoError(t, err)
			own := resolver.TypeA
			if plain.IP.Is6() {
				own = resolver.TypeAAAA
			}
			for q := range questions(zone) {
				for _, status := range failures {
					res, err := rdns.Checker{Resolver: faulty(zone, q, status)}.CheckHELO(t.Context(), tc.request())
					require.NoError(t, err)
					soundHELO(t, res)
					switch q.Type {
					case resolver.TypePTR:
						require.Equal(t, plain.Status, res.Status, "the names of the address decide nothing")
						require.False(t, res.Findings.Has(rdns.CodeHELODiffers))
						require.Contains(t, []rdns.Agreement{rdns.Untold, ""}, res.Agreement)
					case own:
						require.Equal(t, rdns.HELOUnknown, res.Status)
						require.False(t, res.Findings.Has(rdns.CodeHELOProvider) || res.Findings.Has(rdns.CodeHELORecipient), "nobody is accused by a failure")
					default:
						require.Contains(t, []rdns.HELOStatus{plain.Status, rdns.HELOUnknown}, res.Status)
						if q.Type == resolver.TypeMX {
							require.Equal(t, rdns.HELOUnknown, res.Status)
						}
					}
				}
			}
		})
	}
}

// TestEmptySuccess is for an answer that says success and has nothing: it tells nothing.
func TestEmptySuccess(t *testing.T) {
	r := resolver.Func(func(context.Context, resolver.Question) (resolver.Answer, error) {
		return resolver.Answer{Status: resolver.Success}, nil
	})
	ip := netip.MustParseAddr(ip4)
	res, err := rdns.Checker{Resolver: r}.Check(t.Context(), ip)
	require.NoError(t, err)
	require.Equal(t, rdns.TempError, res.Status)
	sound(t, ip, res)
	helo, err := rdns.Checker{Resolver: r}.CheckHELO(t.Context(), rdns.HELORequest{IP: ip, HELO: "mail.example.org"})
	require.NoError(t, err)
	require.Equal(t, rdns.HELOUnknown, helo.Status)
	require.Equal(t, rdns.Untold, helo.Agreement)
	soundHELO(t, helo)
}

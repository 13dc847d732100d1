package spf_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/spf"
)

// TestMatchOfDiscardedPass has an include that passes inside of one that does not.
func TestMatchOfDiscardedPass(t *testing.T) {
	for _, test := range []struct {
		name, outer string
		want        spf.Result
	}{
		{name: "neutral", outer: "v=spf1 include:a.test", want: spf.Result{Status: spf.Neutral}},
		{name: "error", outer: "v=spf1 include:a.test include:nothing.test", want: spf.Result{Status: spf.PermError}},
		{name: "later match", outer: "v=spf1 include:a.test ~all", want: spf.Result{
			Status: spf.SoftFail, Match: spf.Match{Term: "~all", Domain: "example.org", Offset: 22},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			zone := resolver.MustZone(`
				example.org TXT "` + test.outer + `"
				a.test TXT "v=spf1 -include:b.test"
				b.test TXT "v=spf1 ip4:192.0.2.1"
			`)
			res, err := spf.Checker{Resolver: zone}.Check(t.Context(), spf.Request{
				IP: netip.MustParseAddr("192.0.2.1"), MailFrom: "a@example.org",
			})
			require.NoError(t, err)
			require.Equal(t, test.want, spf.Result{Status: res.Status, Match: res.Match})
		})
	}
}

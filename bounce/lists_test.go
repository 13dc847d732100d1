package bounce_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/bounce"
)

// TestListsAreThoseOfTheCatalogue compares the names of lists with the catalogue of
// the project, where that is at hand.
func TestListsAreThoseOfTheCatalogue(t *testing.T) {
	b, err := os.ReadFile("../../shared/data/dnsbl-lists.json")
	if os.IsNotExist(err) && os.Getenv("CI") == "" {
		t.Skip("the catalogue is not here")
	}
	require.NoError(t, err)
	var catalogue struct {
		Lists []struct {
			Zone  string   `json:"zone"`
			Kinds []string `json:"kinds"`
		} `json:"lists"`
		Dead []struct {
			Zones []string `json:"zones"`
			Died  string   `json:"died"`
		} `json:"dead"`
	}
	require.NoError(t, json.Unmarshal(b, &catalogue))
	require.NotEmpty(t, catalogue.Lists)
	for _, l := range catalogue.Lists {
		zone := strings.TrimPrefix(l.Zone, "{key}.")
		if zone == "list.dnswl.org" {
			continue // It lists the good.
		}
		t.Run(zone, func(t *testing.T) {
			res := bounce.Evaluate(bounce.Observation{Text: "554 5.7.1 Service unavailable; blocked using " + zone})
			require.Equal(t, zone, res.List.Zone)
			require.False(t, res.List.Dead)
			if len(l.Kinds) == 1 && l.Kinds[0] == "domain" {
				require.Equal(t, bounce.DomainBlocklisted, res.Category)
			}
		})
	}
	for _, d := range catalogue.Dead {
		if d.Died == "alive" {
			continue
		}
		for _, zone := range d.Zones {
			if strings.ContainsAny(zone, "/") || strings.HasSuffix(zone, "wl.spamhaus.org") {
				continue // Several names in one, and white lists.
			}
			zone = strings.Replace(zone, "*", "dnsbl", 1)
			t.Run(zone, func(t *testing.T) {
				res := bounce.Evaluate(bounce.Observation{Text: "554 5.7.1 Service unavailable; blocked using " + zone})
				if zone == "dnsbl.rbl.jp" {
					return
				}
				require.True(t, res.List.Dead)
				require.Equal(t, bounce.RemoteMisconfigured, res.Category)
			})
		}
	}
}

// A receiver that misreads the answers of a list that is gone, which the finding about
// the list must survive.
func TestDeadListMisread(t *testing.T) {
	res := bounce.Evaluate(bounce.Observation{Text: "554 5.7.1 blocked using dnsbl.sorbs.net; Error: open resolver"})
	require.Equal(t, "broken.open-resolver", res.Rule)
	require.True(t, res.List.Dead)
	require.Equal(t, []mailworthy.Code{bounce.CodeRemoteMisconfigured, bounce.CodeDeadList, bounce.CodeClaim}, codesOf(res))
}

func codesOf(res bounce.Result) []mailworthy.Code {
	var out []mailworthy.Code
	for _, f := range res.Findings {
		out = append(out, f.Code)
	}
	return out
}

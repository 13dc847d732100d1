package spf_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/spf"
)

func TestVendorsAreTidy(t *testing.T) {
	vendors := spf.Vendors()
	require.NotEmpty(t, vendors)
	require.True(t, slices.IsSortedFunc(vendors, func(a, b spf.Vendor) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	}), "sort the table by name")
	names, owners := make(map[string]bool), make(map[string]string)
	for _, v := range vendors {
		t.Run(v.Name, func(t *testing.T) {
			require.NotEmpty(t, v.Name)
			require.False(t, names[v.Name], "twice")
			names[v.Name] = true

			require.NotEmpty(t, v.Domains)
			for _, domain := range v.Domains {
				normal, err := name.Normalize(domain)
				require.NoError(t, err, domain)
				require.Equal(t, normal, domain)
				require.Contains(t, domain, ".", "a top-level domain is nobody's")
				require.Empty(t, owners[domain], domain)
				owners[domain] = v.Name
			}
			for _, domain := range published(v) {
				normal, err := name.Normalize(domain)
				require.NoError(t, err, domain)
				require.Equal(t, normal, domain)
			}
			if v.Redirect != "" {
				require.Contains(t, v.Include, v.Redirect, "a customer with other senders must include it")
			}
			if len(v.Include) != 1 {
				require.NotEmpty(t, v.Note, "say what to do, or which to choose")
			}
			if v.Hosted {
				require.Empty(t, v.Include, "hosted policies have names of their customers")
			}
			if v.Note != "" {
				require.True(t, strings.HasSuffix(v.Note, "."), "a sentence")
				require.Equal(t, strings.TrimSpace(v.Note), v.Note)
			}
			ref, err := url.Parse(v.Ref)
			require.NoError(t, err)
			require.Equal(t, "https", ref.Scheme)
			require.NotEmpty(t, ref.Host)
			_, err = time.Parse("2006-01", v.Checked)
			require.NoError(t, err)
		})
	}
}

// TestVendorsParse puts what vendors ask for into a record.
func TestVendorsParse(t *testing.T) {
	for _, v := range spf.Vendors() {
		for _, domain := range v.Include {
			_, err := spf.Parse("v=spf1 include:" + domain + " -all")
			require.NoError(t, err)
		}
		if v.Redirect != "" {
			_, err := spf.Parse("v=spf1 redirect=" + v.Redirect)
			require.NoError(t, err)
		}
	}
}

func TestVendorsIsACopy(t *testing.T) {
	changed := spf.Vendors()
	before := fmt.Sprint(changed) // shares nothing with the table
	for i := range changed {
		changed[i].Name = "mine"
		for j := range changed[i].Include {
			changed[i].Include[j] = "mine.example"
		}
		for j := range changed[i].Domains {
			changed[i].Domains[j] = "mine.example"
		}
	}
	require.Equal(t, before, fmt.Sprint(spf.Vendors()))
}

func published(v spf.Vendor) []string {
	if v.Redirect == "" {
		return v.Include
	}
	return append(slices.Clone(v.Include), v.Redirect)
}

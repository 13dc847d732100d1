package smtpprobe_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/resolver"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

const advURL = "https://mta-sts.example.org/.well-known/mta-sts.txt"

// RFC 8461 section 3.1, sentence by sentence.
func TestAdversarySTSRecord(t *testing.T) {
	x32 := strings.Repeat("x", 32)
	for txt, id := range map[string]string{
		// Valid.
		"v=STSv1; id=20160831085700Z;": "20160831085700Z", "v=STSv1;id=1": "1", "v=STSv1;id=1;": "1", "v=STSv1 ;\tid=1 ; ": "1",
		"v=STSv1 \t; \tid=1": "1", "v=STSv1; id=" + x32: x32, "v=STSv1; a=b; id=1": "1", "v=STSv1; id=1; a=b": "1",
		"v=STSv1; id=1; id=2": "1", "v=STSv1; a=!:<>~; id=1": "1", "v=STSv1; 0a_-.=b; id=1; 1=2;": "1",
		"v=STSv1; " + x32 + "=b; id=1": "1", "v=STSv1; id=1; id=-": "1", "v=STSv1; id=1; v=STSv2": "1",
		// Invalid.
		"": "", "v=STSv1": "", "v=STSv1;": "", "v=STSv1; ": "", "v=STSv1; a=b": "", "id=1; v=STSv1": "", "v=stsv1; id=1": "",
		"V=STSv1; id=1": "", "v=STSv2; id=1": "", "v=STSv11; id=1": "", "v=STSv1id=1": "", "v=STSv1 id=1": "", " v=STSv1; id=1": "",
		"v =STSv1; id=1": "", "v= STSv1; id=1": "", "v=STSv1; ID=1": "", "v=STSv1; id=": "", "v=STSv1; id=" + x32 + "x": "",
		"v=STSv1; id=a-b": "", "v=STSv1; id=a b": "", "v=STSv1; id=é": "", "v=STSv1; id =1": "", "v=STSv1; id= 1": "",
		"v=STSv1; id=1\n": "", "v=STSv1; id=1\x00": "", "v=STSv1; id=\"1\"": "", "v=STSv1;; id=1": "", "v=STSv1; ; id=1": "",
		"v=STSv1; id=1;;": "", "v=STSv1; id=1; a": "", "v=STSv1; id=1; a=": "", "v=STSv1; id=1; =b": "", "v=STSv1; id=1; a=b=c": "",
		"v=STSv1; id=1; a=b c": "", "v=STSv1; id=1; -a=b": "", "v=STSv1; id=1; " + x32 + "x=b": "", "v=STSv1; id=1; é=b": "",
		"v=STSv1; id=1; a=é": "", "\ufeffv=STSv1; id=1": "", "\"v=STSv1; id=1\"": "", "v=STSv1, id=1": "", "id=1": "",
	} {
		t.Run(fmt.Sprintf("%q", txt), func(t *testing.T) {
			r, err := smtpprobe.ParseSTSRecord(txt)
			if id == "" {
				require.Error(t, err)
				advPrintable(t, err.Error())
				return
			}
			require.NoError(t, err)
			require.Equal(t, id, r.ID)
		})
	}
}

// Which of several records counts, and what aliases, failures and absence come to.
func TestAdversarySTSDiscovery(t *testing.T) {
	body := []byte("version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 86400\n")
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	fetched := &smtpprobe.PolicyFetch{URL: advURL, Time: now, Status: 200, ContentType: "text/plain", Verified: true, Body: body}
	const rec = "_mta-sts.example.org TXT "
	for name, tt := range map[string]struct {
		zone   string
		status smtpprobe.PolicyStatus
	}{
		"one":                                   {rec + `"v=STSv1; id=1"`, smtpprobe.PolicyFound},
		"several strings, with nothing between": {rec + `"v=STS" "v1; i" "d=1"`, smtpprobe.PolicyFound},
		"others are discarded":                  {rec + `"v=STSv1; id=1"` + "\n" + rec + `"v=spf1 -all"` + "\n" + rec + `""`, smtpprobe.PolicyFound},
		"one that only looks alike":             {rec + `"v=STSv1; id=1"` + "\n" + rec + `"v=STSv1x; id=1"`, smtpprobe.PolicyFound},
		"two":                                   {rec + `"v=STSv1; id=1"` + "\n" + rec + `"v=STSv1; id=2"`, smtpprobe.PolicyBroken},
		"two, of which one is broken":           {rec + `"v=STSv1; id=1"` + "\n" + rec + `"v=STSv1; id="`, smtpprobe.PolicyBroken},
		"broken":                                {rec + `"v=STSv1; id=a-b"`, smtpprobe.PolicyBroken},
		"in lower case":                         {rec + `"v=stsv1; id=1"`, smtpprobe.PolicyBroken},
		"alias":                                 {"_mta-sts.example.org CNAME _mta-sts.example.net\n_mta-sts.example.net TXT \"v=STSv1; id=1\"", smtpprobe.PolicyFound},
		"alias of alias":                        {"_mta-sts.example.org CNAME a.example.net\na.example.net CNAME b.example.net\nb.example.net TXT \"v=STSv1; id=1\"", smtpprobe.PolicyFound},
		"alias to nowhere":                      {"_mta-sts.example.org CNAME gone.example.net", smtpprobe.PolicyAbsent},
		"that of the parent has no say":         {"_mta-sts.org TXT \"v=STSv1; id=1\"", smtpprobe.PolicyAbsent},
		"at the domain itself has no say":       {"example.org TXT \"v=STSv1; id=1\"", smtpprobe.PolicyAbsent},
		"servfail":                              {rec + "!servfail", smtpprobe.PolicyUnknown},
		"refused":                               {rec + "!refused", smtpprobe.PolicyUnknown},
		"timeout":                               {rec + "!timeout", smtpprobe.PolicyUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			s, missing := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{Domain: "example.org", Hosts: []string{"mx.example.org"}, Fetch: fetched}, resolver.MustZone(tt.zone))
			require.Empty(t, missing)
			require.Equal(t, tt.status, s.Status, "%+v", s)
			require.Equal(t, tt.status == smtpprobe.PolicyFound, s.Policy != nil)

			// Whatever it is, a policy that is known and has not expired is followed unless
			// a newer one is found (sections 3.1, 3.3 and 5.1).
			for _, age := range []time.Duration{0, 86399 * time.Second, 86401 * time.Second} {
				old, err := smtpprobe.ParseSTSPolicy([]byte("version: STSv1\nmode: enforce\nmx: old.example.org\nmax_age: 86400\n"))
				require.NoError(t, err)
				s, _ := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{
					Domain: "example.org", Fetch: fetched, Time: now,
					Previous: &smtpprobe.CachedPolicy{ID: "0", Policy: old, Fetched: now.Add(-age)},
				}, resolver.MustZone(tt.zone))
				switch {
				case tt.status == smtpprobe.PolicyFound:
					require.False(t, s.Cached)
					require.Equal(t, []string{"mx.example.org"}, s.Policy.MX)
				case age < 86400*time.Second:
					require.True(t, s.Cached)
					require.Equal(t, smtpprobe.PolicyFound, s.Status)
					require.Equal(t, []string{"old.example.org"}, s.Policy.MX)
				default:
					require.False(t, s.Cached)
					require.Nil(t, s.Policy)
				}
			}
		})
	}
}

// RFC 8461 section 3.2.
func TestAdversarySTSPolicy(t *testing.T) {
	good := func(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
	const v, m, x, a = "version: STSv1", "mode: enforce", "mx: mx.example.org", "max_age: 86400"
	for name, tt := range map[string]struct {
		body string
		want []string // the patterns; nil for an error
		age  int64
	}{
		"as in the RFC":          {"version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n", []string{"mail.example.com", "*.example.net", "backupmx.example.com"}, 604800},
		"any order":              {good(x, a, m, v), []string{"mx.example.org"}, 86400},
		"no final end of line":   {strings.TrimSpace(good(v, m, x, a)), []string{"mx.example.org"}, 86400},
		"mixed ends":             {v + "\r\n" + m + "\n" + x + "\r\n" + a, []string{"mx.example.org"}, 86400},
		"no space":               {good("version:STSv1", "mode:enforce", "mx:mx.example.org", "max_age:1"), []string{"mx.example.org"}, 1},
		"tabs and trailing":      {good("version:\t STSv1 \t", "mode: enforce ", "mx:  mx.example.org\t", "max_age: 0 "), []string{"mx.example.org"}, 0},
		"upper case pattern":     {good(v, m, "mx: MX.Example.ORG", a), []string{"mx.example.org"}, 86400},
		"A-label pattern":        {good(v, m, "mx: xn--mnchen-3ya.example", a), []string{"xn--mnchen-3ya.example"}, 86400},
		"extension":              {good(v, m, x, a, "x-y.z_0: é \u00a0z"), []string{"mx.example.org"}, 86400},
		"second mode ignored":    {good(v, m, "mode: none", x, a), []string{"mx.example.org"}, 86400},
		"second age ignored":     {good(v, m, x, a, "max_age: nonsense"), []string{"mx.example.org"}, 86400},
		"second version ignored": {good(v, "version: STSv2", m, x, a), []string{"mx.example.org"}, 86400},
		"age over the maximum":   {good(v, m, x, "max_age: 9999999999"), []string{"mx.example.org"}, 31557600},
		"the maximum":            {good(v, m, x, "max_age: 31557600"), []string{"mx.example.org"}, 31557600},
		"leading zeros":          {good(v, m, x, "max_age: 0000086400"), []string{"mx.example.org"}, 86400},
		"none without mx":        {good(v, "mode: none", a), []string{}, 86400},

		"empty":                  {"", nil, 0},
		"no version":             {good(m, x, a), nil, 0},
		"other version":          {good("version: STSv2", m, x, a), nil, 0},
		"other first version":    {good("version: STSv2", v, m, x, a), nil, 0},
		"version in lower case":  {good("version: stsv1", m, x, a), nil, 0},
		"key in upper case":      {good("Version: STSv1", m, x, a), nil, 0},
		"no mode":                {good(v, x, a), nil, 0},
		"other mode":             {good(v, "mode: report", x, a), nil, 0},
		"mode in upper case":     {good(v, "mode: Enforce", x, a), nil, 0},
		"no mx":                  {good(v, m, a), nil, 0},
		"testing without mx":     {good(v, "mode: testing", a), nil, 0},
		"no age":                 {good(v, m, x), nil, 0},
		"negative age":           {good(v, m, x, "max_age: -1"), nil, 0},
		"signed age":             {good(v, m, x, "max_age: +1"), nil, 0},
		"hexadecimal age":        {good(v, m, x, "max_age: 0x10"), nil, 0},
		"fraction":               {good(v, m, x, "max_age: 1.5"), nil, 0},
		"eleven digits":          {good(v, m, x, "max_age: 00000086400"), nil, 0},
		"empty age":              {good(v, m, x, "max_age:"), nil, 0},
		"two patterns at once":   {good(v, m, "mx: a.example b.example", a), nil, 0},
		"with a comma":           {good(v, m, "mx: a.example,b.example", a), nil, 0},
		"U-label pattern":        {good(v, m, "mx: münchen.example", a), nil, 0},
		"star alone":             {good(v, m, "mx: *", a), nil, 0},
		"star and dot":           {good(v, m, "mx: *.", a), nil, 0},
		"dot form of old drafts": {good(v, m, "mx: .example.org", a), nil, 0},
		"star inside a label":    {good(v, m, "mx: m*.example.org", a), nil, 0},
		"star not leftmost":      {good(v, m, "mx: a.*.example.org", a), nil, 0},
		"two stars":              {good(v, m, "mx: *.*.example.org", a), nil, 0},
		"address literal":        {good(v, m, "mx: [192.0.2.1]", a), nil, 0},
		"with a port":            {good(v, m, "mx: mx.example.org:25", a), nil, 0},
		"no colon":               {good(v, m, x, a, "nonsense"), nil, 0},
		"no key":                 {good(v, m, x, a, ": x"), nil, 0},
		"space before colon":     {good(v, "mode : enforce", x, a), nil, 0},
		"leading space":          {good(v, " mode: enforce", x, a), nil, 0},
		"bare CR":                {strings.ReplaceAll(good(v, m, x, a), "\n", "\r"), nil, 0},
		"NUL":                    {good(v, m, x, a, "a: \x00"), nil, 0},
		"invalid UTF-8":          {good(v, m, x, a, "a: \xff"), nil, 0},
		"byte order mark":        {"\ufeff" + good(v, m, x, a), nil, 0},
		"JSON":                   {`{"version":"STSv1"}`, nil, 0},
		"HTML":                   {"<html>\n" + good(v, m, x, a), nil, 0},
		"over 64 KiB":            {good(v, m, x, a) + strings.Repeat("a: b\n", 16384), nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := smtpprobe.ParseSTSPolicy([]byte(tt.body))
			if tt.want == nil {
				require.Error(t, err)
				advPrintable(t, err.Error())
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, p.MX)
			require.Equal(t, tt.age, p.MaxAge)
			again, err := smtpprobe.ParseSTSPolicy([]byte(p.String()))
			require.NoError(t, err)
			require.Equal(t, p, again)
		})
	}
}

// RFC 8461 section 4.1, and what peers get wrong.
func TestAdversarySTSMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, host string
		ok            bool
	}{
		{"mail.example.com", "mail.example.com", true},
		{"mail.example.com", "MAIL.Example.COM", true},
		{"mail.example.com", "mail.example.com.", true},
		{"mail.example.com", "mail.example.com.evil.net", false},
		{"mail.example.com", "xmail.example.com", false},
		{"mail.example.com", "x.mail.example.com", false},
		{"mail.example.com", "mailxexample.com", false},
		{"mail.example.com", "example.com", false},
		{"*.example.com", "mail.example.com", true},
		{"*.example.com", "xn--fsqu00a.example.com", true},
		{"*.example.com", "例子.example.com", true},
		{"*.example.com", "example.com", false},
		{"*.example.com", ".example.com", false},
		{"*.example.com", "foo.bar.example.com", false},
		{"*.example.com", "mail.example.com.evil.net", false},
		{"*.example.com", "mailexample.com", false},
		{"*.example.com", "*.example.com", false},
		{"*.com", "xn--fsqu00a.com", true},
		{"*.com", "例子.com", true},
		{"*.com", "a.b.com", false},
		{"*.com", "com", false},
		{"*.example.com", "", false},
		{"*.example.com", ".", false},
		{"*.example.com", "..example.com", false},
		{"*.example.com", "a..example.com", false},
	} {
		p := smtpprobe.STSPolicy{Mode: smtpprobe.STSEnforce, MX: []string{tt.pattern}}
		got, ok := p.Match(tt.host)
		if tt.host == "*.example.com" {
			continue // no host has the name; what matters is that nothing breaks
		}
		require.Equal(t, tt.ok, ok, "%s %s", tt.pattern, tt.host)
		require.Equal(t, tt.ok, got != "", "%s %s", tt.pattern, tt.host)
	}
	for _, s := range []string{"", "*", "*.", ".", "..", "*.*", "\x00", "\xff"} { // made by hand, not parsed
		for _, h := range []string{"", ".", "a", "a.b", "例子", "\xff", "*"} {
			require.NotPanics(t, func() { smtpprobe.STSPolicy{MX: []string{s}}.Match(h) })
		}
	}
}

// What a reply of the policy's host is worth.
func TestAdversarySTSReply(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	body := "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 86400\n"
	base := smtpprobe.PolicyFetch{URL: advURL, Time: now, Status: 200, ContentType: "text/plain", Verified: true, Body: []byte(body)}
	zone := resolver.MustZone(`_mta-sts.example.org TXT "v=STSv1; id=1"`)
	eval := func(t *testing.T, f *smtpprobe.PolicyFetch) smtpprobe.STS {
		t.Helper()
		s, missing := smtpprobe.EvaluateSTS(smtpprobe.STSRequest{Domain: "example.org", Fetch: f}, zone)
		require.Empty(t, missing)
		return s
	}
	require.Equal(t, smtpprobe.PolicyFound, eval(t, &base).Status)
	require.Equal(t, smtpprobe.PolicyUnknown, eval(t, nil).Status)
	for name, change := range map[string]func(*smtpprobe.PolicyFetch){
		"not verified": func(f *smtpprobe.PolicyFetch) { f.Verified = false },
		"too large":    func(f *smtpprobe.PolicyFetch) { f.TooLarge = true },
		"image":        func(f *smtpprobe.PolicyFetch) { f.ContentType = "image/png" },
		"html":         func(f *smtpprobe.PolicyFetch) { f.ContentType = "text/html; charset=utf-8" },
		"no body":      func(f *smtpprobe.PolicyFetch) { f.Body = nil },
	} {
		f := base
		change(&f)
		require.NotEqual(t, smtpprobe.PolicyFound, eval(t, &f).Status, name)
	}
	for _, ct := range []string{"text/plain;charset=utf-8", "TEXT/PLAIN; Charset=\"US-ASCII\"", "text/plain; x=y; charset=utf-8", "text/plain ;charset=utf-8", "text/plain; charset=iso-8859-1"} {
		f := base
		f.ContentType = ct
		require.Equal(t, smtpprobe.PolicyFound, eval(t, &f).Status, ct)
	}
	for _, status := range []int{0, 100, 101, 103, 199, 201, 202, 203, 204, 206, 226, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 410, 418, 429, 451, 500, 502, 503, 504, 599, 999} {
		f := base
		f.Status = status
		s := eval(t, &f)
		require.NotEqual(t, smtpprobe.PolicyFound, s.Status, status)
		require.Nil(t, s.Policy, status)
		require.NotEmpty(t, s.Findings, status)
	}
	for _, e := range []smtpprobe.FetchError{
		smtpprobe.FetchName, smtpprobe.FetchDNS, smtpprobe.FetchNoHost, smtpprobe.FetchBlocked, smtpprobe.FetchConnect, smtpprobe.FetchTLS,
		smtpprobe.FetchCertificate, smtpprobe.FetchRoots, smtpprobe.FetchHTTP, smtpprobe.FetchTimeout, smtpprobe.FetchCanceled, "nonsense",
	} {
		f := base
		f.Error = e
		s := eval(t, &f)
		require.Contains(t, []smtpprobe.PolicyStatus{smtpprobe.PolicyUnknown, smtpprobe.PolicyBroken}, s.Status, e)
		require.Nil(t, s.Policy, e)
	}
	for _, e := range []smtpprobe.FetchError{smtpprobe.FetchDNS, smtpprobe.FetchConnect, smtpprobe.FetchTimeout, smtpprobe.FetchCanceled, smtpprobe.FetchRoots, smtpprobe.FetchBlocked} {
		f := smtpprobe.PolicyFetch{URL: advURL, Time: now, Error: e}
		if s := eval(t, &f); e != smtpprobe.FetchBlocked {
			require.Equal(t, smtpprobe.PolicyUnknown, s.Status, e)
		}
	}
}

// A policy is remembered from when it was fetched, and for as long as it said (sections
// 3.2 and 3.3); none and the same id are said.
func TestAdversarySTSCache(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	policy := func(mode, mx string) string {
		return fmt.Sprintf("version: STSv1\nmode: %s\nmx: %s\nmax_age: 3600\n", mode, mx)
	}
	old, err := smtpprobe.ParseSTSPolicy([]byte(policy("enforce", "old.example.org")))
	require.NoError(t, err)
	fetch := func(body string) *smtpprobe.PolicyFetch {
		return &smtpprobe.PolicyFetch{URL: advURL, Time: now, Status: 200, ContentType: "text/plain", Verified: true, Body: []byte(body)}
	}
	for name, tt := range map[string]struct {
		txt     string
		fetch   *smtpprobe.PolicyFetch
		fetched time.Time
		mx      string // of the policy that is followed
		code    string
	}{
		"unchanged":                      {"v=STSv1; id=1", fetch(policy("enforce", "old.example.org")), now.Add(-time.Minute), "old.example.org", ""},
		"new id, new policy":             {"v=STSv1; id=2", fetch(policy("enforce", "new.example.org")), now.Add(-time.Minute), "new.example.org", "smtpprobe.sts-changed"},
		"same id, new policy":            {"v=STSv1; id=1", fetch(policy("enforce", "new.example.org")), now.Add(-time.Minute), "new.example.org", "smtpprobe.sts-id-stale"},
		"new id, broken policy":          {"v=STSv1; id=2", fetch("nonsense"), now.Add(-time.Minute), "old.example.org", "smtpprobe.sts-policy"},
		"new id, 404":                    {"v=STSv1; id=2", &smtpprobe.PolicyFetch{URL: advURL, Time: now, Status: 404, Verified: true}, now.Add(-time.Minute), "old.example.org", "smtpprobe.sts-status"},
		"no record":                      {"", nil, now.Add(-time.Minute), "old.example.org", "smtpprobe.sts-vanished"},
		"no record, and expired":         {"", nil, now.Add(-2 * time.Hour), "", ""},
		"new id, broken policy, expired": {"v=STSv1; id=2", fetch("nonsense"), now.Add(-2 * time.Hour), "", "smtpprobe.sts-policy"},
		"no record, fetched at no time":  {"", nil, time.Time{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			zone := "example.org A 8.8.8.8"
			if tt.txt != "" {
				zone += "\n_mta-sts.example.org TXT \"" + tt.txt + `"`
			}
			req := smtpprobe.STSRequest{Domain: "example.org", Fetch: tt.fetch, Time: now, Previous: &smtpprobe.CachedPolicy{ID: "1", Policy: old, Fetched: tt.fetched}}
			s, _ := smtpprobe.EvaluateSTS(req, resolver.MustZone(zone))
			if tt.mx == "" {
				require.Nil(t, s.Policy)
				require.False(t, s.Cached)
			} else {
				require.NotNil(t, s.Policy)
				require.Equal(t, []string{tt.mx}, s.Policy.MX)
				require.Equal(t, tt.mx == "old.example.org" && name != "unchanged", s.Cached)
			}
			if tt.code != "" {
				require.True(t, slices.ContainsFunc(s.Findings, func(f mailworthy.Finding) bool { return string(f.Code) == tt.code }), "%v", s.Findings)
			}
			// Stored and read back, it is judged the same.
			b, err := json.Marshal(req)
			require.NoError(t, err)
			var back smtpprobe.STSRequest
			require.NoError(t, json.Unmarshal(b, &back))
			again, _ := smtpprobe.EvaluateSTS(back, resolver.MustZone(zone))
			require.Equal(t, s, again)
		})
	}
}

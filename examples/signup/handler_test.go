package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/dnsbl"
	"github.com/mailworthy/mailworthy/resolver"
)

const (
	form   = "application/x-www-form-urlencoded"
	inJSON = "application/json"
)

var noLists = []dnsbl.List{}

// answer is what came over HTTP.
type answer struct {
	status int
	body   string
}

// post sends one request on a connection of its own.
func post(t *testing.T, url, contentType, body string) answer {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", contentType)
		var resp *http.Response
		if resp, err = client.Do(req); err == nil {
			var text []byte
			text, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err == nil {
				return answer{resp.StatusCode, strings.TrimSpace(string(text))}
			}
		}
	}
	t.Errorf("POST %s: %v", url, err)
	return answer{}
}

// serveStory serves the story, or another zone, and returns the log as well.
func serveStory(t *testing.T, r resolver.Resolver) (url string, log *bytes.Buffer) {
	t.Helper()
	lists, err := findLists("")
	require.NoError(t, err)
	log = new(bytes.Buffer)
	srv := httptest.NewServer(newHandler(newValidator(r, lists, time.Minute, 8), slog.New(slog.NewTextHandler(log, nil))))
	t.Cleanup(srv.Close)
	return srv.URL + "/address", log
}

func TestOverHTTP(t *testing.T) {
	const (
		accepted  = `{"decision":"accept"}`
		confirmed = `{"decision":"confirm"}`
		gone      = `{"decision":"reject","field":"email","message":"No mail arrives at this domain. Is it spelled right?"}`
	)
	// All is answered, or fails, at once. What never answers is in TestDeadline.
	zone := resolver.MustZone(strings.ReplaceAll(story, "!delay=1h", "!timeout"))
	url, log := serveStory(t, zone)
	for _, tt := range []struct {
		name, contentType, body string
		want                    answer
	}{
		{name: "form", body: "email=anna%40shop.example&name=Anna", want: answer{200, accepted}},
		{name: "form with a charset", contentType: form + "; charset=utf-8", body: "email=anna%40shop.example", want: answer{200, accepted}},
		{name: "JSON", contentType: inJSON, body: `{"name": "Anna", "email": " anna@SHOP.example\n"}`, want: answer{200, accepted}},
		{name: "IDN", contentType: inJSON, body: `{"email": "anna@Bücher.example"}`, want: answer{200, accepted}},
		{name: "SMTPUTF8", contentType: inJSON, body: `{"email": "bücher@shop.example"}`, want: answer{200, confirmed}},
		{name: "implicit MX", body: "email=anna%40old.example", want: answer{200, accepted}},
		{name: "null MX", body: "email=anna%40nomail.example", want: answer{422, `{"decision":"reject","field":"email","message":"This domain takes no mail."}`}},
		{name: "no such domain", body: "email=anna%40shopp.example", want: answer{422, gone}},
		{name: "only private addresses", body: "email=anna%40intranet.example", want: answer{422, gone}},
		{name: "localhost as MX", body: "email=anna%40self.example", want: answer{422, gone}},
		{name: "localhost", body: "email=anna%40localhost", want: answer{422, gone}},
		{name: "listed", body: "email=anna%40spam.example", want: answer{422, `{"decision":"reject","field":"email","message":"We do not send to this domain. Please give another address."}`}},
		{name: "listed, its subdomain", body: "email=anna%40news.spam.example", want: answer{422, gone}},
		{name: "an honest site", body: "email=anna%40hacked.example", want: answer{200, confirmed}},
		{name: "SERVFAIL", body: "email=anna%40broken.example", want: answer{200, confirmed}},
		{name: "time-out", body: "email=anna%40slow.example", want: answer{200, confirmed}},
		{name: "a list refuses", body: "email=anna%40unlisted.example", want: answer{200, confirmed}},
		{name: "literal", body: "email=root%40[169.254.169.254]", want: answer{422, `{"decision":"reject","field":"email","message":"Please give an address with a domain, as in name@example.org."}`}},
		{name: "empty", body: "email=", want: answer{422, `{"decision":"reject","field":"email","message":"This is not an e-mail address: there is nothing."}`}},
		{name: "header injection", body: "email=anna%40shop.example%0d%0aBcc:x%40shop.example", want: answer{422, `{"decision":"reject","field":"email","message":"This is not an e-mail address: a control character."}`}},
		{name: "script", body: "email=<script>%40shop.example", want: answer{422, `{"decision":"reject","field":"email","message":"This is not an e-mail address: angle brackets are around an address, and no part of it."}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.contentType == "" {
				tt.contentType = form
			}
			require.Equal(t, tt.want, post(t, url, tt.contentType, tt.body))
		})
	}
	require.Contains(t, log.String(), "decision=reject reason=listed ms=")
	require.NotRegexp(t, `anna|bücher|example|@`, log.String(), "of no address anything is logged")
}

// TestHostile sends what is no request of a form. Nobody is asked anything for it.
func TestHostile(t *testing.T) {
	zone := resolver.MustZone(story)
	url, log := serveStory(t, zone)
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name, url, contentType, body string
		want                         int
	}{
		{name: "no content type", body: "email=anna%40shop.example", want: 415},
		{name: "bad content type", contentType: "application/", body: "{}", want: 415},
		{name: "text", contentType: "text/plain", body: "email=anna@shop.example", want: 415},
		{name: "multipart", contentType: "multipart/form-data; boundary=x", body: "--x--", want: 415},
		{name: "long form", contentType: form, body: "email=" + long, want: 413},
		{name: "long JSON", contentType: inJSON, body: `{"email": "` + long + `"}`, want: 413},
		{name: "blanks behind JSON", contentType: inJSON, body: `{"email": "a@shop.example"}` + strings.Repeat(" ", 1<<20), want: 413},
		{name: "deep JSON", contentType: inJSON, body: strings.Repeat("[", 4000), want: 400},
		{name: "no field", contentType: form, body: "mail=anna%40shop.example", want: 400},
		{name: "two fields", contentType: form, body: "email=a%40shop.example&email=b%40shop.example", want: 400},
		{name: "in the URL", url: "?email=anna%40shop.example", contentType: form, want: 400},
		{name: "bad escape", contentType: form, body: "email=%zz", want: 400},
		{name: "empty JSON", contentType: inJSON, want: 400},
		{name: "null", contentType: inJSON, body: `null`, want: 400},
		{name: "JSON without the field", contentType: inJSON, body: `{}`, want: 400},
		{name: "a number", contentType: inJSON, body: `{"email": 1}`, want: 400},
		{name: "a list", contentType: inJSON, body: `[{"email": "anna@shop.example"}]`, want: 400},
		{name: "two objects", contentType: inJSON, body: `{"email": "a@shop.example"}{"email": "b@shop.example"}`, want: 400},
		{name: "a path", url: "/../address/x", contentType: form, body: "email=anna%40shop.example", want: 404},
		{name: "long address", contentType: form, body: "email=" + strings.Repeat("x", 2000) + "%40shop.example", want: 422},
		{name: "NUL", contentType: inJSON, body: `{"email": "anna\u0000@shop.example"}`, want: 422},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := post(t, url+tt.url, tt.contentType, tt.body)
			require.Equal(t, tt.want, got.status, got.body)
			require.Less(t, len(got.body), 200)
		})
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete} {
		req, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
		require.NoError(t, err)
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
		require.Equal(t, "POST", resp.Header.Get("Allow"))
	}
	require.Empty(t, zone.Queries())
	require.NotContains(t, log.String(), "@")
}

// gate is DNS that answers when it is opened: every domain has a host with a public
// address.
type gate struct {
	asked chan struct{} // has an element for each domain
	open  chan struct{}

	mu       sync.Mutex
	now, top int // domains that wait, and the most that ever did
}

func (g *gate) count(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now += n
	g.top = max(g.top, g.now)
}

func newGate() *gate { return &gate{asked: make(chan struct{}, 2000), open: make(chan struct{})} }

func (g *gate) Lookup(ctx context.Context, q resolver.Question) (resolver.Answer, error) {
	switch q.Type {
	case resolver.TypeA:
		return resolver.MustZone(q.Name+" A 192.88.99.1").Lookup(ctx, q)
	case resolver.TypeMX:
		g.count(1)
		defer g.count(-1)
		g.asked <- struct{}{}
		select {
		case <-g.open:
		case <-ctx.Done():
			return resolver.Fail(&resolver.Error{Question: q, Status: resolver.Timeout, Err: ctx.Err()})
		}
	}
	return resolver.Answer{Status: resolver.NoData}, nil
}

// TestOverload has a thousand users at once, and DNS that does not answer. As many as may
// wait for it do, and all others are let through at once.
func TestOverload(t *testing.T) {
	const users, checks = 1000, 16
	gate := newGate()
	v := newValidator(gate, noLists, time.Minute, checks)
	srv := httptest.NewServer(newHandler(v, slog.New(slog.DiscardHandler)))
	defer srv.Close()
	var wg sync.WaitGroup
	answers := make(chan answer, users)
	for i := range users {
		wg.Go(func() { answers <- post(t, srv.URL+"/address", form, fmt.Sprintf("email=anna%%40shop%d.example", i)) })
	}
	for range users - checks {
		require.Equal(t, answer{200, `{"decision":"confirm"}`}, <-answers)
	}
	close(gate.open)
	for range checks {
		require.Equal(t, answer{200, `{"decision":"accept"}`}, <-answers)
	}
	wg.Wait()
	require.Equal(t, checks, gate.top)
	require.Empty(t, v.slots, "all are free again")
}

// TestDeadline has DNS that never answers, in part or at all.
func TestDeadline(t *testing.T) {
	lists, err := findLists("")
	require.NoError(t, err)
	for _, slow := range []string{"*", "shop.example MX", "mx.shop.example A", "*.dbl.spamhaus.org", "*.multi.surbl.org A"} {
		t.Run(slow, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				zone := resolver.MustZone(story + "\n" + slow + " !delay=1h")
				v := newValidator(&resolver.Cache{Next: zone}, lists, 300*time.Millisecond, 1)
				start := time.Now()
				got := v.check(t.Context(), "anna@shop.example")
				require.Equal(t, confirm, got.Decision)
				require.Equal(t, 300*time.Millisecond, time.Since(start))
				require.Empty(t, v.slots)
			})
		})
	}
}

// TestNoWaiting has lists that never answer, for a domain that takes no mail anyway.
func TestNoWaiting(t *testing.T) {
	lists, err := findLists("")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		zone := resolver.MustZone(story + "\n*.dbl.spamhaus.org !delay=1h")
		start := time.Now()
		got := newValidator(zone, lists, time.Minute, 1).check(t.Context(), "anna@nomail.example")
		require.Equal(t, reject, got.Decision)
		require.Equal(t, "null-mx", got.reason)
		require.Zero(t, time.Since(start))
	})
}

// TestSmallList has a list that few receivers look at. Nobody is turned away for it.
func TestSmallList(t *testing.T) {
	lists, err := dnsbl.Find("dbl.nordspam.com")
	require.NoError(t, err)
	zone := resolver.MustZone(story + `
		test.dbl.nordspam.com A 127.0.0.2
		shop.example.dbl.nordspam.com A 127.0.0.2
	`)
	got := newValidator(zone, lists, time.Minute, 1).check(t.Context(), "anna@shop.example")
	require.Equal(t, verdict{Decision: confirm, reason: "noted"}, got)
}

// TestUserLeaves shows that nobody is worked for who has closed the page.
func TestUserLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newValidator(resolver.MustZone("* !delay=1h"), noLists, time.Minute, 1)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		require.Equal(t, confirm, v.check(ctx, "anna@shop.example").Decision)
		require.Equal(t, time.Second, time.Since(start))
		require.Empty(t, v.slots)
	})
}

// TestFaults lets each question fail in each way. Nobody is turned away for it, and
// nobody accepted for whom the answer was needed.
func TestFaults(t *testing.T) {
	lists, err := findLists("")
	require.NoError(t, err)
	zone := resolver.MustZone(story)
	verdictOn := func(r resolver.Resolver, address string) verdict {
		return newValidator(r, lists, time.Minute, 1).check(t.Context(), address)
	}
	failed := 0
	for _, address := range []string{"anna@shop.example", "anna@old.example", "anna@nomail.example", "anna@intranet.example", "anna@shopp.example", "anna@spam.example"} {
		rec := resolver.Record(zone)
		whole := verdictOn(rec, address)
		for q := range rec.Snapshot() {
			for _, status := range []resolver.Status{resolver.ServFail, resolver.Refused, resolver.Timeout, resolver.Failed} {
				broken := resolver.MustZone(story).Fault(resolver.Fault{Name: q.Name, Type: q.Type, Status: status})
				got := verdictOn(broken, address)
				switch whole.Decision {
				case accept:
					want := confirm
					if q.Type == resolver.TypeAAAA {
						want = accept // There is an IPv4 address.
					}
					require.Equal(t, want, got.Decision, "%s, %s: %s", address, q, status)
				default:
					require.NotEqual(t, accept, got.Decision, "%s, %s: %s", address, q, status)
				}
				failed++
			}
		}
	}
	require.Greater(t, failed, 100)
	cut := verdictOn(resolver.MustZone("* !servfail"), "anna@nomail.example")
	require.Equal(t, verdict{Decision: confirm, reason: "dns"}, cut)
}

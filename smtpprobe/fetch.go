package smtpprobe

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mailworthy/mailworthy/internal/drive"
	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/special"
	"github.com/mailworthy/mailworthy/resolver"
)

// The limits of a fetch. RFC 8461 section 3.3 suggests a minute, and 64 KiB.
const (
	fetchTimeout    = time.Minute
	fetchStep       = 10 * time.Second // to connect to one address, and for TLS
	maxFetchAddrs   = 3                // of each family
	maxHeader       = 16 << 10
	maxFetchNames   = 20
	maxInformations = 4 // replies of status 1xx before the final one
)

// FetchPolicy tries to fetch the MTA-STS policy of a domain, and returns the
// observation; [EvaluateSTS] judges it. It follows no redirect, uses no proxy, cookie
// or cache, accepts no compression, and reads at most 64 KiB within a minute, or within
// Prober.Timeout if that is shorter. Addresses that are not public are not dialled,
// unless [Prober.Allow] has them.
//
// The error is non-nil when ctx ended before the fetch did; the observation is valid
// then, too.
func (p Prober) FetchPolicy(ctx context.Context, domain string) (PolicyFetch, error) {
	began := time.Now()
	f := fetcher{p: p, guard: newGuard(p.Allow), PolicyFetch: PolicyFetch{Time: began.UTC().Truncate(time.Second), Addrs: []netip.Addr{}}}
	limit := fetchTimeout
	if p.Timeout > 0 {
		limit = min(limit, p.Timeout)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	f.run(limited, domain)
	f.ElapsedMS = time.Since(began).Milliseconds()
	if err := context.Cause(ctx); err != nil && f.Error != "" {
		if errors.Is(ctx.Err(), context.Canceled) {
			f.Error = FetchCanceled
		}
		return f.PolicyFetch, err
	}
	return f.PolicyFetch, nil
}

// fetcher is a fetch under way.
type fetcher struct {
	PolicyFetch
	p     Prober
	guard guard
	host  string
}

func (f *fetcher) fail(kind FetchError, err error) {
	f.Error, f.Problem = kind, name.Escape(clip(err.Error()))
}

func (f *fetcher) run(ctx context.Context, domain string) {
	d, reason := domainName(domain)
	if reason == "" {
		f.URL = policyURL(d)
		f.host = "mta-sts." + d
		if hostReason(f.host) != "" || len(f.host) > 253 {
			reason = "no host can have the name " + f.host
		}
	}
	if reason != "" {
		f.fail(FetchName, errors.New(reason))
		return
	}
	a, aaaa := f.resolve(ctx)
	conn := f.connect(ctx, slices.Concat(a.Addrs, aaaa.Addrs))
	if conn == nil {
		if all := a.Status.Definitive() && aaaa.Status.Definitive(); !all && f.Error == FetchBlocked {
			// What DNS did not tell may be public.
			f.fail(FetchDNS, fmt.Errorf("%s; A: %s, AAAA: %s", f.Problem, a.Status, aaaa.Status))
		}
		return
	}
	defer func() { _ = conn.Close() }()
	// The end of the context ends whatever is waited for.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	secure := f.handshake(ctx, conn)
	if secure == nil {
		return
	}
	if err := f.get(secure); err != nil {
		f.fail(classifyFetch(ctx, err), err)
		f.Body = nil
	}
}

// resolve asks for the addresses of the policy host. Unless there is one, the fetch has
// failed.
func (f *fetcher) resolve(ctx context.Context) (a, aaaa resolver.Answer) {
	_, err := drive.Run(ctx, f.p.Resolver, func(v resolver.View) (struct{}, []resolver.Question) {
		asked := asker{view: v}
		a, _ = asked.get(f.host, resolver.TypeA)
		aaaa, _ = asked.get(f.host, resolver.TypeAAAA)
		return struct{}{}, asked.missing
	})
	if f.Alias = a.Alias; len(f.Alias) == 0 {
		f.Alias = aaaa.Alias
	}
	told := fmt.Errorf("%s A: %s, AAAA: %s", f.host, a.Status, aaaa.Status)
	switch {
	case err != nil:
		f.fail(classifyFetch(ctx, err), err)
	case len(a.Addrs)+len(aaaa.Addrs) > 0:
	case !a.Status.Definitive() || !aaaa.Status.Definitive():
		f.fail(FetchDNS, told)
	default:
		f.fail(FetchNoHost, told)
	}
	return a, aaaa
}

// connect tries the addresses in turn, as long as nothing has failed before.
func (f *fetcher) connect(ctx context.Context, addrs []netip.Addr) net.Conn {
	if f.Error != "" {
		return nil
	}
	var tried4, tried6 int
	for _, ip := range addrs {
		if err := f.guard.check(ip); err != nil {
			_, unfit := special.Of(ip)
			switch {
			case !unfit && (f.Error == "" || f.Error == FetchBlocked):
				f.fail(FetchConnect, err) // It is this machine's own; others may reach it.
			case f.Error == "":
				f.fail(FetchBlocked, err)
			}
			continue
		}
		tried := &tried6
		if ip.Unmap().Is4() {
			tried = &tried4
		}
		if *tried++; *tried > maxFetchAddrs {
			continue
		}
		f.Addrs = append(f.Addrs, ip)
		step, cancel := context.WithTimeout(ctx, fetchStep)
		conn, err := f.guard.connect(step, f.p.Dial, netip.AddrPortFrom(ip, 443))
		cancel()
		if err == nil {
			f.Addr, f.Error, f.Problem = ip, "", ""
			return conn
		}
		f.fail(classifyFetch(ctx, err), err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil
}

// certificateError is why a certificate does not prove that the host is the policy host.
type certificateError struct{ err error }

func (e *certificateError) Error() string { return e.err.Error() }

func (e *certificateError) Unwrap() error { return e.err }

// handshake makes the connection TLS. Its certificate is verified, and noted in any case.
func (f *fetcher) handshake(ctx context.Context, conn net.Conn) *tls.Conn {
	step, cancel := context.WithTimeout(ctx, fetchStep)
	defer cancel()
	secure := tls.Client(conn, &tls.Config{
		ServerName: f.host, // RFC 8461 section 7.1
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		// VerifyConnection does it, so that what is wrong with the certificate can be told.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			return f.verify(state)
		},
	})
	if err := secure.HandshakeContext(step); err != nil {
		f.fail(classifyFetch(ctx, err), err)
		return nil
	}
	return secure
}

// verify is RFC 8461 section 3.3: a chain to a trusted root, current, and made out for
// the policy host by a DNS-ID.
func (f *fetcher) verify(state tls.ConnectionState) error {
	f.TLS = tls.VersionName(state.Version)
	certs := state.PeerCertificates
	if len(certs) == 0 {
		return &certificateError{errors.New("there is no certificate")}
	}
	f.NotAfter = certs[0].NotAfter.UTC()
	for _, n := range certs[0].DNSNames[:min(len(certs[0].DNSNames), maxFetchNames)] {
		f.Names = append(f.Names, name.Escape(clip(n)))
	}
	opts := x509.VerifyOptions{Roots: f.p.Roots, DNSName: f.host, Intermediates: x509.NewCertPool()}
	if opts.Roots == nil {
		system, err := x509.SystemCertPool()
		if err != nil || system.Equal(x509.NewCertPool()) {
			return errNoRoots
		}
		opts.Roots = system
	}
	for _, c := range certs[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := certs[0].Verify(opts); err != nil {
		return &certificateError{err}
	}
	f.Verified = true
	return nil
}

var errNoRoots = errors.New("this system has no authorities to verify certificates with")

// get asks for the policy, and reads what comes.
func (f *fetcher) get(conn net.Conn) error {
	req, err := http.NewRequest(http.MethodGet, f.URL, http.NoBody) //nolint:noctx // The connection has the context's deadline.
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: mailworthy\r\nAccept: text/plain\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
		req.URL.EscapedPath(), f.host)
	if err != nil {
		return err
	}
	capped := &io.LimitedReader{R: conn, N: maxHeader}
	buffered := bufio.NewReaderSize(capped, 4096)
	var resp *http.Response
	for range maxInformations {
		resp, err = http.ReadResponse(buffered, req)
		if err != nil {
			if capped.N <= 0 {
				return &protocolError{errors.New("the header is larger than 16 KiB")}
			}
			return headerError(err)
		}
		if resp.StatusCode >= 200 {
			break
		}
	}
	defer func() {
		capped.N = 0 // Close would wait for the rest.
		_ = resp.Body.Close()
	}()
	f.Status = resp.StatusCode
	f.ContentType = name.Escape(clip(resp.Header.Get("Content-Type")))
	f.Location = name.Escape(clip(resp.Header.Get("Location")))
	if f.Status != http.StatusOK {
		return nil
	}
	capped.N = 2*maxPolicy + maxHeader // Chunks take some more, and a body that is larger ends here.
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPolicy+1))
	switch {
	case len(body) > maxPolicy:
		f.Body, f.TooLarge = body[:maxPolicy], true
	case err != nil && capped.N <= 0:
		return &protocolError{errors.New("the body is wrapped in more than it is")}
	case err != nil:
		return headerError(err)
	default:
		f.Body = body
	}
	return nil
}

// protocolError is a reply that is none of HTTP.
type protocolError struct{ err error }

func (e *protocolError) Error() string { return e.err.Error() }

func (e *protocolError) Unwrap() error { return e.err }

// headerError tells a reply that is not HTTP from a connection that broke.
func headerError(err error) error {
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return &protocolError{err}
}

// classifyFetch says what an error of a fetch is.
func classifyFetch(ctx context.Context, err error) FetchError {
	if ctx.Err() != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return FetchCanceled
		}
		return FetchTimeout
	}
	if _, ok := errors.AsType[*notAllowedError](err); ok {
		return FetchBlocked
	}
	if _, ok := errors.AsType[*certificateError](err); ok {
		return FetchCertificate
	}
	if _, ok := errors.AsType[*protocolError](err); ok {
		return FetchHTTP
	}
	if errors.Is(err, errNoRoots) {
		return FetchRoots
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return FetchTimeout
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return FetchTimeout
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return FetchTLS
	}
	op, ok := errors.AsType[*net.OpError](err)
	if strings.HasPrefix(err.Error(), "tls: ") || ok && op.Op == "remote error" {
		return FetchTLS
	}
	return FetchConnect
}

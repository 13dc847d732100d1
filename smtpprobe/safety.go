package smtpprobe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/mailworthy/mailworthy/internal/name"
	"github.com/mailworthy/mailworthy/internal/special"
)

// notAllowedError is why an address is not dialled.
type notAllowedError struct{ why string }

func (e *notAllowedError) Error() string { return e.why }

// guard decides which addresses may be dialled.
type guard struct {
	allow []netip.Prefix
	own   func() []netip.Addr
}

func newGuard(allow []netip.Prefix) guard {
	return guard{allow: allow, own: sync.OnceValue(ownAddresses)}
}

// ownAddresses reads the addresses of this machine. When they cannot be read, none is
// known; what is not public is refused all the same.
func ownAddresses() []netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	own := make([]netip.Addr, 0, len(addrs))
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own = append(own, p.Addr().Unmap().WithZone(""))
		}
	}
	return own
}

// check returns a *notAllowedError for an address that is not to be dialled.
func (g guard) check(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	for _, p := range g.allow {
		if p.Contains(ip) {
			return nil
		}
	}
	if b, ok := special.Of(ip); ok {
		return &notAllowedError{fmt.Sprintf("%s is %s (%s)", ip, b.Name, b.Ref)}
	}
	if slices.Contains(g.own(), special.Target(ip)) {
		return &notAllowedError{fmt.Sprintf("%s is an address of this machine", ip)}
	}
	return nil
}

// connect connects to an address that was checked, by the caller's own means if dial is
// not nil.
func (g guard) connect(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), to netip.AddrPort) (net.Conn, error) {
	if dial == nil {
		return g.dial(ctx, to)
	}
	conn, err := dial(ctx, "tcp", to.String())
	if err == nil && conn == nil {
		err = errors.New("Prober.Dial returned no connection")
	}
	return conn, err
}

// dial connects to an address that was checked. The socket's address is checked once
// more, when it is known for certain.
func (g guard) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	d := net.Dialer{
		KeepAlive: -1,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return &notAllowedError{"the socket has no address that can be checked"}
			}
			return g.check(at.Addr())
		},
	}
	return d.DialContext(ctx, "tcp", to.String())
}

// hostName returns a host name in normal form: what can stand in EHLO and in SNI.
func hostName(s string) (string, error) {
	n, err := name.Normalize(s)
	if err != nil || n == "" || strings.Trim(n, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
		return "", ErrName
	}
	return n, nil
}

// heloName returns what goes into EHLO: a host name or an address literal.
func heloName(s string) (string, error) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		text, is6 := strings.CutPrefix(inner, "IPv6:")
		ip, err := netip.ParseAddr(text)
		if !ok || err != nil || ip.Zone() != "" || ip.Is6() != is6 {
			return "", ErrName
		}
		return literal(ip), nil
	}
	n, err := hostName(s)
	if err != nil {
		return "", err
	}
	for label := range strings.SplitSeq(n, ".") { // RFC 5321 section 4.1.2: Let-dig at both ends
		if strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return "", ErrName
		}
	}
	return n, nil
}

// literal writes an address as RFC 5321 section 4.1.3 has it.
func literal(ip netip.Addr) string {
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return "[" + ip.String() + "]"
	}
	return "[IPv6:" + ip.String() + "]"
}

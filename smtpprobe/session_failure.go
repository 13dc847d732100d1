package smtpprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"

	"github.com/mailworthy/mailworthy/internal/name"
)

// keptText is how many octets of an error's text are kept.
const keptText = 200

// classify tells what an error means. When ctx has ended, that is the reason for
// whatever else went wrong.
func classify(ctx context.Context, err error) Failure {
	text := err.Error()
	if op, ok := errors.AsType[*net.OpError](err); ok {
		text = op.Err.Error() // Without the ports, which are others each time.
	}
	f := Failure{Kind: kindOf(err), Text: name.Escape(text[:min(len(text), keptText)])}
	if ctx.Err() != nil && f.Kind != KindNotAllowed {
		f = Failure{Kind: KindCanceled, Text: "the probe was ended"}
	}
	return f
}

func kindOf(err error) Kind {
	if _, ok := errors.AsType[*notAllowedError](err); ok {
		return KindNotAllowed
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return KindTimeout
	}
	for _, known := range []struct {
		err  error
		kind Kind
	}{
		{errMalformed, KindMalformed},
		{errTooLarge, KindTooLarge},
		{context.DeadlineExceeded, KindTimeout},
		{context.Canceled, KindCanceled},
		{os.ErrDeadlineExceeded, KindTimeout},
		{syscall.ECONNREFUSED, KindRefused},
		{syscall.EHOSTUNREACH, KindUnreachable},
		{syscall.ENETUNREACH, KindUnreachable},
		{syscall.EADDRNOTAVAIL, KindUnreachable},
		{syscall.EAFNOSUPPORT, KindUnreachable},
		{syscall.EACCES, KindDenied},
		{syscall.EPERM, KindDenied},
		{syscall.ECONNRESET, KindReset},
		{syscall.EPIPE, KindReset},
		{syscall.ECONNABORTED, KindReset},
		{io.EOF, KindClosed},
		{io.ErrUnexpectedEOF, KindClosed},
		{io.ErrClosedPipe, KindClosed},
		{net.ErrClosed, KindClosed},
	} {
		if errors.Is(err, known.err) {
			return known.kind
		}
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok && runtime.GOOS == "windows" {
		if kind, ok := winsock[e]; ok {
			return kind
		}
	}
	return kindOfTLS(err)
}

// winsock are the numbers of Windows, which are none of the names above.
var winsock = map[syscall.Errno]Kind{
	10013: KindDenied,
	10051: KindUnreachable,
	10053: KindReset,
	10054: KindReset,
	10060: KindTimeout,
	10061: KindRefused,
	10065: KindUnreachable,
}

// kindOfTLS knows the errors of crypto/tls, most of which are only texts.
func kindOfTLS(err error) Kind {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return KindTLSPlain
	}
	text := err.Error()
	op, _ := errors.AsType[*net.OpError](err)
	remote := op != nil && op.Op == "remote error"
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
	if !remote && !has("tls: ", "x509: ", "crypto/") {
		return KindFailed // It only sounds alike, as "too many open files" does.
	}
	switch {
	// Alerts 70 and 71, and what this side says when the server insists.
	case has("protocol version not supported", "insufficient security level", "unsupported protocol version",
		"unconfigured cipher suite", "unsupported curve", "no mutual cipher suite"):
		return KindTLSVersion
	case remote:
		return KindTLSAlert
	case has("exceeds maximum", "too many", "oversized record"):
		return KindTooLarge
	case has("tls: "):
		return KindTLSFailed
	}
	return KindFailed
}

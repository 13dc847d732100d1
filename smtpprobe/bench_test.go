package smtpprobe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/smtpprobe"
)

func BenchmarkEvaluate(b *testing.B) {
	s := listen(b, honest(good()).serve)
	rep, err := s.prober().ProbeHost(b.Context(), s.host(host))
	require.NoError(b, err)
	plain := []smtpprobe.Session{greeted(host, "8.8.8.8", "mx.example.net ESMTP Postfix")}
	for _, bm := range []struct {
		name     string
		sessions []smtpprobe.Session
	}{{"session=plain", plain}, {"session=tls", rep.Sessions}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if res := smtpprobe.Evaluate(smtpprobe.Request{}, bm.sessions); res.Status != smtpprobe.Ready {
					b.Fatal(res.Status)
				}
			}
		})
	}
}

func BenchmarkProbeHost(b *testing.B) {
	for _, bm := range []struct {
		name string
		s    script
	}{{"server=plain", honest(nil)}, {"server=starttls", honest(good())}} {
		b.Run(bm.name, func(b *testing.B) {
			s := listen(b, bm.s.serve)
			p := s.prober()
			b.ReportAllocs()
			for b.Loop() {
				if rep, err := p.ProbeHost(b.Context(), s.host(host)); err != nil || rep.Status != smtpprobe.Ready {
					b.Fatal(rep.Status, err)
				}
			}
		})
	}
}

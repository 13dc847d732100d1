package resolver_test

import (
	"context"
	"net"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/mailworthy/mailworthy/resolver"
)

// The benchmarks ask for cold names at a server that does nothing but copy the
// question and append one record, so that the client is what is measured. Both
// run with 100 questions in flight, and take the same names.

const benchInFlight = 100

func BenchmarkClientTXT(b *testing.B) {
	c := &resolver.Client{Servers: []string{serveCopies(b)}}
	inFlight(b, func(ctx context.Context, name string) error {
		_, err := c.Lookup(ctx, resolver.Question{Name: name, Type: resolver.TypeTXT})
		return err
	})
}

func BenchmarkNetResolverTXT(b *testing.B) {
	addr := serveCopies(b)
	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
	inFlight(b, func(ctx context.Context, name string) error {
		_, err := r.LookupTXT(ctx, name+".")
		return err
	})
}

// BenchmarkClientTXTCancellable is what a context that can end costs more.
func BenchmarkClientTXTCancellable(b *testing.B) {
	c := &resolver.Client{Servers: []string{serveCopies(b)}}
	inFlight(b, func(ctx context.Context, name string) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		_, err := c.Lookup(ctx, resolver.Question{Name: name, Type: resolver.TypeTXT})
		return err
	})
}

func inFlight(b *testing.B, lookup func(context.Context, string) error) {
	var n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(max(1, benchInFlight/runtime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			name := "n" + strconv.FormatInt(n.Add(1), 10) + ".example.com"
			if err := lookup(context.Background(), name); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lookups/s")
}

// serveCopies answers every query with one TXT record.
func serveCopies(b *testing.B) string {
	b.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	_ = conn.SetReadBuffer(4 << 20)
	record := []byte("\xc0\x0c\x00\x10\x00\x01\x00\x00\x01\x2c\x00\x12\x11v=spf1 mx a ~all ")
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			end := 12
			for end < n && buf[end] != 0 {
				end += 1 + int(buf[end])
			}
			end += 5
			buf[2], buf[3] = 0x85, 0x80
			buf[7], buf[11] = 1, 0
			end += copy(buf[end:], record)
			_, _ = conn.WriteToUDPAddrPort(buf[:end], from)
		}
	}()
	b.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return conn.LocalAddr().String()
}

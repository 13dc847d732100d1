package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"github.com/mailworthy/mailworthy/resolver"
)

// The contenders of the comparison of cold look-ups.
const (
	coldFloor  = "raw UDP, kept sockets"
	coldClient = "mailworthy Client"
	coldNet    = "net.Resolver, PreferGo"
	coldMiekg  = "miekg/dns Client, new socket"
)

// coldInFlight are the numbers of look-ups at a time.
var coldInFlight = []int{1, 100, 1000}

const (
	coldTries   = 3 // of those contenders that do not try again by themselves
	coldTimeout = time.Second
)

var errReply = errors.New("that is not the reply")

// coldWorkload asks the server at addr for the texts of names that were never asked
// for before.
func coldWorkload(addr string, raw *rawClient, inFlight int) workload {
	ctx := context.Background()
	client := &resolver.Client{Servers: []string{addr}}
	netResolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
	miekg := &dns.Client{Timeout: coldTimeout}

	return workload{name: fmt.Sprintf("cold inflight=%d", inFlight), contenders: []contender{
		{coldFloor, share(inFlight, raw.ask)},
		{coldClient, share(inFlight, each(func(name string) (int, error) {
			a, err := client.Lookup(ctx, resolver.Question{Name: name, Type: resolver.TypeTXT})
			return len(a.TXT), err
		}))},
		{coldNet, share(inFlight, each(func(name string) (int, error) {
			txt, err := netResolver.LookupTXT(ctx, name+".")
			return len(txt), err
		}))},
		{coldMiekg, share(inFlight, each(func(name string) (int, error) {
			query := new(dns.Msg).SetQuestion(name+".", dns.TypeTXT)
			reply, _, err := miekg.Exchange(query, addr)
			for try := 1; err != nil && try < coldTries; try++ {
				reply, _, err = miekg.Exchange(query, addr)
			}
			if err != nil {
				return 0, err
			}
			return len(reply.Answer), nil
		}))},
	}}
}

// coldNumber is that of the last name that was asked for, by anyone.
var coldNumber atomic.Uint64

func coldName() string {
	return "n" + strconv.FormatUint(coldNumber.Add(1), 10) + ".example.org"
}

// share divides n look-ups among as many goroutines as are to be in flight.
func share(inFlight int, ask func(n int) error) func(int) error {
	return func(n int) error {
		errs := make([]error, min(n, inFlight))
		var wg sync.WaitGroup
		for i := range errs {
			part := n / len(errs)
			if i < n%len(errs) {
				part++
			}
			wg.Go(func() { errs[i] = ask(part) })
		}
		wg.Wait()
		return errors.Join(errs...)
	}
}

// each looks one new name up after the other.
func each(lookup func(name string) (records int, err error)) func(int) error {
	return func(n int) error {
		for range n {
			records, err := lookup(coldName())
			if err != nil {
				return err
			}
			if records != 2 {
				return errReply
			}
		}
		return nil
	}
}

// rawClient sends queries and looks at no more of the replies than their ID: what a
// look-up costs at least, without a codec, and without ports and IDs that are hard
// to guess. It keeps all its sockets.
type rawClient struct {
	addr string

	mu   sync.Mutex
	idle []net.Conn
}

func (c *rawClient) socket() (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.idle); n > 0 {
		conn := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return conn, nil
	}
	return (&net.Dialer{}).DialContext(context.Background(), "udp", c.addr)
}

func (c *rawClient) put(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, conn)
}

func (c *rawClient) close() {
	for _, conn := range c.idle {
		_ = conn.Close()
	}
}

// ask looks n new names up, one after the other.
func (c *rawClient) ask(n int) error {
	conn, err := c.socket()
	if err != nil {
		return err
	}
	defer c.put(conn)
	var query, reply [512]byte
	for range n {
		name := coldName()
		id := uint16(coldNumber.Load())
		packet := appendQuery(query[:0], id, name)
		err := exchangeRaw(conn, packet, reply[:], id)
		for try := 1; err != nil && try < coldTries; try++ {
			err = exchangeRaw(conn, packet, reply[:], id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func exchangeRaw(conn net.Conn, query, reply []byte, id uint16) error {
	if err := conn.SetReadDeadline(time.Now().Add(coldTimeout)); err != nil {
		return err
	}
	if _, err := conn.Write(query); err != nil {
		return err
	}
	n, err := conn.Read(reply)
	if err != nil {
		return err
	}
	if n < 12 || binary.BigEndian.Uint16(reply) != id {
		return errReply
	}
	return nil
}

// appendQuery appends a query for the texts of a name.
func appendQuery(b []byte, id uint16, name string) []byte {
	b = binary.BigEndian.AppendUint16(b, id)
	b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0) // RD; one question
	for label := range strings.SplitSeq(name, ".") {
		b = append(b, byte(len(label)))
		b = append(b, label...)
	}
	return append(b, 0, 0, 16, 0, 1) // the root, TXT, IN
}

func compareCold(s settings, r *report) (err error) {
	server, err := startServer()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	raw := &rawClient{addr: server.addr}
	defer raw.close()
	for _, inFlight := range coldInFlight {
		w := coldWorkload(server.addr, raw, inFlight)
		used, err := r.compare(s, w)
		if err != nil {
			return err
		}
		if inFlight == 100 {
			r.atLeast(2, used.ratio(coldNet, coldClient, wall), w.name+": op/s in multiples of net.Resolver's")
		}
	}
	return nil
}

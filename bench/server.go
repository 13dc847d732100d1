package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// serverVariable tells the program, which starts itself again, to be the server.
// In a process of its own, what it uses up is not counted as the clients'.
const serverVariable = "MAILWORTHY_BENCH_SERVER"

// serverReaders is how many goroutines answer.
const serverReaders = 4

// serverProcess is a running server.
type serverProcess struct {
	addr  string
	cmd   *exec.Cmd
	stdin io.Closer
}

// startServer starts the server, and returns when it answers.
func startServer() (*serverProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self)
	cmd.Env = append(os.Environ(), serverVariable+"=1")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &serverProcess{cmd: cmd, stdin: stdin}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the server did not start: %w", err), p.stop())
	}
	p.addr = strings.TrimSpace(line)
	return p, nil
}

// stop ends the server, which it learns from the end of its input. So it ends as
// well when this process dies.
func (p *serverProcess) stop() error {
	_ = p.stdin.Close()
	return p.cmd.Wait()
}

// serveIfAsked is the server's main function. It returns false in a process that
// is not to be one.
func serveIfAsked() bool {
	if os.Getenv(serverVariable) == "" {
		return false
	}
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench server:", err)
		os.Exit(1)
	}
	_ = conn.SetReadBuffer(4 << 20) // The kernel may allow less.
	fmt.Println(conn.LocalAddr())
	var wg sync.WaitGroup
	for range serverReaders {
		wg.Go(func() { answerAll(conn) })
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = conn.Close()
	wg.Wait()
	return true
}

// answerAll answers every query until conn is closed.
func answerAll(conn *net.UDPConn) {
	records := cannedRecords()
	buf := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		if reply := answer(buf, n, records); reply != nil {
			_, _ = conn.WriteToUDPAddrPort(reply, from)
		}
	}
}

// cannedRecords are the TXT records of textAnswer, at the name in the question.
func cannedRecords() []byte {
	var b []byte
	for _, text := range textAnswer().TXT {
		b = append(b, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0x0e, 0x10) // name, TXT, IN, 3600
		b = binary.BigEndian.AppendUint16(b, uint16(1+len(text[0])))
		b = append(b, byte(len(text[0])))
		b = append(b, text[0]...)
	}
	return b
}

// answer turns the query of n octets in buf into a reply: the question, whatever it
// is, and the records. It returns nil for what is no query.
func answer(buf []byte, n int, records []byte) []byte {
	const header = 12
	end := header
	for end < n && buf[end] != 0 {
		end += 1 + int(buf[end])
	}
	end += 1 + 4 // the root, type and class
	if end > n || buf[2]&0x80 != 0 {
		return nil
	}
	buf[2] = buf[2]&1 | 0x84 // QR, AA, and RD as it was
	buf[3] = 0x80            // RA
	clear(buf[6:header])     // no additional record, that of EDNS included
	buf[7] = 2
	return append(buf[:end], records...)
}

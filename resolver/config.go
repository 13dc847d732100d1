package resolver

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What a Client does when neither its fields nor resolv.conf say otherwise.
const (
	defaultResolvConf = "/etc/resolv.conf"
	defaultTimeout    = 1500 * time.Millisecond
	defaultRounds     = 2
)

// The limits of what is taken from resolv.conf, as in the C library.
const (
	maxConfServers = 3
	maxConfTimeout = 30
	maxConfRounds  = 5
	maxConfSize    = 64 << 10
)

// checkEvery is how often resolv.conf is looked at.
const checkEvery = 5 * time.Second

// config is the servers and how to ask them. All but next is constant.
type config struct {
	servers []*server
	timeout time.Duration
	rounds  int
	network string
	trustAD bool
	rotate  bool
	next    atomic.Uint32 // where rotation starts
}

// order appends the servers in the order in which to ask them.
func (c *config) order(list []*server, now time.Time) []*server {
	start := 0
	if c.rotate {
		start = int((c.next.Add(1) - 1) % uint32(len(c.servers))) // unsigned: an int may have 32 bits
	}
	for i := range c.servers {
		if s := c.servers[(start+i)%len(c.servers)]; !s.isLast(now) {
			list = append(list, s)
		}
	}
	for i := range c.servers {
		if s := c.servers[(start+i)%len(c.servers)]; !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// configSource keeps a Client's config, and reads it again when the file changes.
type configSource struct {
	current atomic.Pointer[config]
	checked atomic.Pointer[time.Time] // nil when there is nothing to check

	mu       sync.Mutex // held to change what follows and current
	modified time.Time
	size     int64
}

// get returns the config to use now. The servers of a Client are read once;
// resolv.conf by whoever comes first after each interval, while the others go on
// with what there is.
func (cs *configSource) get(c *Client) (*config, error) {
	cfg := cs.current.Load()
	if cfg != nil {
		checked := cs.checked.Load()
		if checked == nil || time.Since(*checked) < checkEvery || !cs.mu.TryLock() {
			return cfg, nil
		}
	} else {
		cs.mu.Lock()
	}
	defer cs.mu.Unlock()
	old := cs.current.Load()
	if len(c.Servers) > 0 {
		if old != nil {
			return old, nil
		}
		cfg, err := newConfig(c.Servers)
		if err == nil {
			cs.current.Store(cfg)
		}
		return cfg, err
	}
	now := time.Now()
	cs.checked.Store(&now)
	path := c.ResolvConf
	if path == "" {
		path = defaultResolvConf
	}
	return cs.reload(path, old)
}

// reload reads the file when it is not the one that was read last. A file that
// cannot be read changes nothing, since it may be about to be replaced.
func (cs *configSource) reload(path string, old *config) (*config, error) {
	info, err := os.Stat(path)
	if err == nil && old != nil && info.ModTime().Equal(cs.modified) && info.Size() == cs.size {
		return old, nil
	}
	var text []byte
	if err == nil {
		text, err = readLimited(path)
	}
	if err != nil && old != nil {
		return old, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	cfg, err := parseResolvConf(string(text))
	if err != nil {
		return nil, err
	}
	if info != nil {
		cs.modified, cs.size = info.ModTime(), info.Size()
	}
	if old != nil {
		cfg.inherit(old)
	}
	cs.current.Store(cfg)
	return cfg, nil
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxConfSize))
}

// inherit takes over the servers that are in both, with their sockets and what is
// known of them, and closes the sockets of the others.
func (c *config) inherit(old *config) {
	for _, s := range old.servers {
		same := func(n *server) bool { return n.addr == s.addr }
		if i := slices.IndexFunc(c.servers, same); i >= 0 {
			c.servers[i] = s
		} else {
			s.pool.close()
		}
	}
}

func newConfig(servers []string) (*config, error) {
	c := &config{timeout: defaultTimeout, rounds: defaultRounds, network: networkUDP}
	for _, text := range servers {
		s, err := newServer(text)
		if err != nil {
			return nil, err
		}
		c.servers = append(c.servers, s)
	}
	return c, nil
}

// parseResolvConf reads resolv.conf(5). What it does not know it passes over, a
// search list included: names are absolute here.
func parseResolvConf(text string) (*config, error) {
	var servers, options []string
	for line := range strings.Lines(text) {
		if i := strings.IndexAny(line, "#;"); i >= 0 {
			line = line[:i]
		}
		f := strings.Fields(line)
		switch {
		case len(f) < 2:
		case f[0] == "nameserver" && len(servers) < maxConfServers:
			if _, err := newServer(f[1]); err == nil {
				servers = append(servers, f[1])
			}
		case f[0] == "options":
			options = append(options, f[1:]...)
		}
	}
	if len(servers) == 0 {
		servers = []string{"127.0.0.1", "::1"}
	}
	c, err := newConfig(servers)
	if err != nil {
		return nil, err
	}
	for _, option := range options {
		key, value, _ := strings.Cut(option, ":")
		n, _ := strconv.Atoi(value)
		switch key {
		case "timeout":
			if n > 0 {
				c.timeout = time.Duration(min(n, maxConfTimeout)) * time.Second
			}
		case "attempts":
			if n > 0 {
				c.rounds = min(n, maxConfRounds)
			}
		case "rotate":
			c.rotate = true
		case "use-vc", "usevc", "tcp":
			c.network = networkTCP
		case "trust-ad":
			c.trustAD = true
		}
	}
	return c, nil
}

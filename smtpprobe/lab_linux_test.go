package smtpprobe_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/resolver"
)

// lab is a small Internet in a network namespace of its own: NSD has the zones, signed
// with DNSSEC, Unbound validates, and Postfix plays each host.
type lab struct {
	dir     string
	ca      *ca
	roots   string // the authority as a file
	servers []labServer
}

// labServer is a host of signed.test, with an address of its own, and how its Postfix
// is.
type labServer struct {
	name    string
	service string // of master.cf: "smtpd", or "postscreen"
	options []string
	tlsa    string // what is published
}

func (s labServer) host() string { return s.name + ".signed.test" }

func (l *lab) addr(name string) string {
	for i, s := range l.servers {
		if s.name == name {
			return fmt.Sprintf("11.0.1.%d", i+1) // Public, but for that nothing gets out of here.
		}
	}
	panic("no such host: " + name)
}

const (
	labDomain     = "signed.test"
	labPolicyHost = "11.0.1.250"
)

// labTools are the programs that the lab is made of, by their Debian packages.
var labTools = map[string]string{
	"unshare": "util-linux", "ip": "iproute2", "postfix": "postfix", "posttls-finger": "postfix", "nsd": "nsd", "unbound": "unbound",
	"ldns-keygen": "ldnsutils", "ldns-signzone": "ldnsutils", "openssl": "openssl",
}

// labDir is where the inner run of a test finds its directory.
const labDir = "MAILWORTHY_LAB"

// inNamespace runs the calling test again, in a network namespace where nothing can
// leave the machine and all ports are free. It reports whether this is the inner run.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv(labDir) != "" {
		return true
	}
	// What CI cannot run has failed.
	missing := func(what string) {
		if os.Getenv("CI") == "true" {
			require.FailNow(t, what)
		}
		t.Skip(what)
	}
	for tool, from := range labTools {
		if _, err := exec.LookPath(tool); err != nil {
			missing("no " + tool + " (Debian package " + from + ")")
		}
	}
	apart := []string{"--net", "--mount", "--pid", "--fork", "--kill-child"}
	if out, err := exec.CommandContext(t.Context(), "unshare", append(apart, "mount", "--bind", "/etc/hosts", "/etc/hosts")...).CombinedOutput(); err != nil || os.Getuid() != 0 {
		missing(fmt.Sprintf("no right to make a network namespace, and to mount in it (as user %d): %v %s", os.Getuid(), err, out))
	}
	dir, err := os.MkdirTemp("/tmp", "mailworthy-lab-") //nolint:usetesting // Other users must get through, and the path be short.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) }) // All that wrote there is dead by then.
	require.NoError(t, os.Chmod(dir, 0o755))                    // Postfix must get through.

	// What hangs ends itself, and tells where it hung.
	limit := 8 * time.Minute
	if end, ok := t.Deadline(); ok {
		limit = min(limit, time.Until(end)-30*time.Second)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit+15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "unshare", append(apart, os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v", "-test.timeout", limit.String())...)
	cmd.Env = append(os.Environ(), labDir+"="+dir)
	cmd.WaitDelay = 10 * time.Second
	// When this process is killed, all of the lab is: by its thread, which has to stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name(), "it ran")
	if testing.Verbose() {
		t.Logf("%s", out)
	}
	return false
}

func (l *lab) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(l.dir, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// run runs a program to its end.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%v: %s", args, out)
	return string(out)
}

// daemon runs a program in the foreground until the test ends.
func daemon(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // Children keep the output open.
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // Its children end with the namespace.
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s: %s", args[0], out.String())
		}
	})
}

// pemFile stores a certificate, its chain and its key.
func (l *lab) pemFile(t *testing.T, name string, cert tls.Certificate) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	require.NoError(t, err)
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	for _, c := range cert.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c})...)
	}
	return l.file(t, "tls/"+name+".pem", string(text))
}

// tlsa is the data of a TLSA record with the SHA-256 of a key.
func tlsa(usage int, cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return fmt.Sprintf("%d 1 1 %s", usage, hex.EncodeToString(sum[:]))
}

func leaf(t *testing.T, cert tls.Certificate) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(cert.Certificate[0])
	require.NoError(t, err)
	return c
}

// startLab makes the certificates, the zones and the configurations, and starts all.
func startLab(t *testing.T) *lab {
	t.Helper()
	run(t, "/", "ip", "link", "set", "lo", "up")
	run(t, "/", "ip", "address", "add", "11.0.1.0/24", "dev", "lo")
	l := &lab{dir: os.Getenv(labDir), ca: authority()}
	l.roots = l.file(t, "tls/roots.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.ca.cert.Raw})))
	l.plan(t)
	l.startDNS(t)
	l.startPolicies(t)
	l.startPostfix(t)
	return l
}

// plan decides on the hosts.
func (l *lab) plan(t *testing.T) {
	t.Helper()
	names := []string{"mx1", "wrongtlsa", "ta", "tls12", "lower", "postscreen", "unproved"}
	for i, n := range names {
		names[i] = n + "." + labDomain
	}
	key := rsaKey() // TLS 1.0 knows nothing better here.
	issue := func(tmpl *x509.Certificate, key crypto.Signer, chain ...*ca) tls.Certificate {
		return l.ca.issue(tmpl, key, chain...)
	}
	good := issue(template("mx1."+labDomain, names...), key, l.ca)
	l.pemFile(t, "good", good)
	expired := template("expired", "expired."+labDomain)
	expired.NotBefore, expired.NotAfter = started.AddDate(0, -3, 0), started.AddDate(0, 0, -1)
	l.pemFile(t, "expired", issue(expired, key))
	l.pemFile(t, "wrongname", issue(template("other", "other."+labDomain), key))
	self := &ca{key: key, cert: template("selfsigned", "selfsigned."+labDomain)}
	selfCert := self.issue(self.cert, key)
	l.pemFile(t, "selfsigned", selfCert)

	file := func(name string) string { return "smtpd_tls_chain_files=" + filepath.Join(l.dir, "tls", name+".pem") }
	wrong := tlsa(3, l.ca.cert)
	l.servers = []labServer{
		{name: "mx1", service: "smtpd", tlsa: tlsa(3, leaf(t, good))},
		{name: "wrongtlsa", service: "smtpd", tlsa: wrong},
		{name: "ta", service: "smtpd", tlsa: tlsa(2, l.ca.cert)},
		{name: "expired", service: "smtpd", options: []string{file("expired")}, tlsa: tlsa(3, leaf(t, good))},
		{name: "wrongname", service: "smtpd", options: []string{file("wrongname")}},
		{name: "selfsigned", service: "smtpd", options: []string{file("selfsigned")}, tlsa: tlsa(3, leaf(t, selfCert))},
		{name: "plain", service: "smtpd", options: []string{"smtpd_tls_security_level=none"}},
		{name: "old", service: "smtpd", options: []string{
			"smtpd_tls_protocols=TLSv1", "smtpd_tls_mandatory_protocols=TLSv1", "tls_medium_cipherlist=DEFAULT@SECLEVEL=0", "smtpd_tls_ciphers=medium",
		}},
		{name: "tls12", service: "smtpd", options: []string{"smtpd_tls_protocols=TLSv1.2"}},
		{name: "wrapper", service: "smtpd", options: []string{"smtpd_tls_wrappermode=yes"}},
		{name: "bare", service: "smtpd", options: []string{"smtpd_discard_ehlo_keywords=starttls,pipelining,size,vrfy,etrn,enhancedstatuscodes,8bitmime,dsn,smtputf8,chunking"}},
		{name: "grey", service: "smtpd", options: []string{"{ smtpd_recipient_restrictions=check_recipient_access static:{450 4.2.0 Greylisted, come back later} }"}},
		{name: "full", service: "smtpd", options: []string{"{ smtpd_recipient_restrictions=check_recipient_access static:{552 5.2.2 Mailbox full} }"}},
		{name: "catchall", service: "smtpd", options: []string{"local_recipient_maps="}},
		{name: "relay", service: "smtpd", options: []string{"mynetworks=11.0.1.0/24", "smtpd_relay_restrictions=permit_mynetworks,reject_unauth_destination"}},
		{name: "blocked", service: "smtpd", options: []string{
			"smtpd_delay_reject=no", "{ smtpd_client_restrictions=check_client_access static:{554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org} }",
		}},
		{name: "postscreen", service: "postscreen", options: []string{
			"postscreen_greet_wait=2s", "postscreen_greet_action=enforce", "{ postscreen_greet_banner=mx1.signed.test please wait }", "postscreen_cache_map=",
		}},
		{name: "encrypt", service: "smtpd", options: []string{"smtpd_tls_security_level=encrypt"}},
		{name: "nulltlsa", service: "smtpd", tlsa: "0 1 1 " + strings.Repeat("00", 32)},
	}
}

// startDNS writes and signs the zones: the root, test, signed.test, and one with
// signatures that are expired.
func (l *lab) startDNS(t *testing.T) {
	t.Helper()
	dns := filepath.Join(l.dir, "dns")
	var records strings.Builder
	fmt.Fprintf(&records, "@ IN MX 10 mx1\n@ IN MX 20 ta\n")
	for _, s := range l.servers {
		fmt.Fprintf(&records, "%s IN A %s\n%s-only IN MX 10 %s\n", s.name, l.addr(s.name), s.name, s.name)
		if s.tlsa != "" {
			fmt.Fprintf(&records, "_25._tcp.%s IN TLSA %s\n", s.name, s.tlsa)
		}
	}
	fmt.Fprintf(&records, "null IN MX 0 .\nmetadata IN MX 10 meta\nmeta IN A 169.254.169.254\n")
	for _, d := range [][2]string{{"sts-good", "tls12"}, {"sts-wrong", "wrongname"}} {
		fmt.Fprintf(&records, "%[1]s IN MX 10 %[2]s\n_mta-sts.%[1]s IN TXT \"v=STSv1; id=1\"\nmta-sts.%[1]s IN A %[3]s\n", d[0], d[1], labPolicyHost)
	}
	const soa = "$TTL 300\n$ORIGIN %s\n@ IN SOA ns hostmaster 1 3600 600 86400 300\n@ IN NS ns\nns IN A 127.0.0.2\n"
	zone := func(origin, text string) string { return fmt.Sprintf(soa, origin) + text }
	sign := func(file, origin, text string, options ...string) (ds string) {
		l.file(t, "dns/"+file, zone(origin, text))
		var zsk, ksk string
		for zsk == ksk { // Two keys of the same tag have the same file.
			zsk = strings.TrimSpace(run(t, dns, "ldns-keygen", "-a", "ECDSAP256SHA256", origin))
			ksk = strings.TrimSpace(run(t, dns, "ldns-keygen", "-k", "-a", "ECDSAP256SHA256", origin))
		}
		args := append([]string{"ldns-signzone", "-n", "-f", file + ".signed"}, options...)
		run(t, dns, append(args, file, zsk, ksk)...)
		text1, err := os.ReadFile(filepath.Join(dns, ksk+".ds"))
		require.NoError(t, err)
		return string(text1)
	}
	signedDS := sign("signed", "signed.test.", records.String())
	bogusDS := sign("bogus", "bogus.test.", "@ IN MX 10 mx1.signed.test.\n", "-i", "20200101000000", "-e", "20200201000000")
	l.file(t, "dns/unsigned.signed", zone("unsigned.test.", "@ IN MX 10 mx1\nmx1 IN A "+l.addr("mx1")+"\n_25._tcp.mx1 IN TLSA "+l.servers[1].tlsa+"\n"))
	delegate := func(name string) string { return name + " IN NS ns.signed.test.\n" }
	testDS := sign("test", "test.", delegate("signed")+delegate("bogus")+delegate("unsigned")+signedDS+bogusDS)
	sign("root", ".", "test. IN NS ns.signed.test.\n"+testDS)

	var nsd, stubs strings.Builder
	fmt.Fprintf(&nsd, "server:\n ip-address: 127.0.0.2\n port: 53\n username: \"\"\n chroot: \"\"\n database: \"\"\n xfrdfile: %q\n xfrdir: %q\n zonelistfile: %q\n pidfile: \"\"\n logfile: %q\n zonesdir: %q\n rrl-ratelimit: 0\n server-count: 1\nremote-control:\n control-enable: no\n",
		filepath.Join(dns, "xfrd"), dns, filepath.Join(dns, "zonelist"), filepath.Join(dns, "nsd.log"), dns)
	for _, z := range [][2]string{{".", "root"}, {"test.", "test"}, {"signed.test.", "signed"}, {"bogus.test.", "bogus"}, {"unsigned.test.", "unsigned"}} {
		fmt.Fprintf(&nsd, "zone:\n name: %q\n zonefile: %q\n", z[0], z[1]+".signed")
		fmt.Fprintf(&stubs, "stub-zone:\n name: %q\n stub-addr: 127.0.0.2\n stub-prime: no\n", z[0])
	}
	daemon(t, "nsd", "-d", "-c", l.file(t, "dns/nsd.conf", nsd.String()))
	// Unbound remembers who did not answer, so it starts when there is an answer.
	mx := func(server string) resolver.Answer {
		client := resolver.Client{Servers: []string{server}, Timeout: labPatience}
		a, _ := client.Lookup(t.Context(), resolver.Q(labDomain, resolver.TypeMX))
		return a
	}
	l.await(t, "NSD", func() bool { return mx("127.0.0.2:53").Status == resolver.Success })

	keys, err := filepath.Glob(filepath.Join(dns, "K.+*.key"))
	require.NoError(t, err)
	var anchor strings.Builder
	for _, k := range keys {
		text, err := os.ReadFile(k)
		require.NoError(t, err)
		if strings.Contains(string(text), "DNSKEY\t257") || strings.Contains(string(text), "DNSKEY 257") {
			anchor.Write(text)
		}
	}
	require.NotEmpty(t, anchor.String())
	conf := fmt.Sprintf("server:\n interface: 127.0.0.1\n do-not-query-localhost: no\n do-ip6: no\n module-config: \"validator iterator\"\n trust-anchor-file: %q\n ede: yes\n local-zone: \"test.\" nodefault\n username: \"\"\n chroot: \"\"\n pidfile: \"\"\n use-syslog: no\n directory: %q\n num-threads: 1\n unknown-server-time-limit: 5000\n infra-cache-min-rtt: 5000\n infra-keep-probing: yes\n val-bogus-ttl: 1\n",
		l.file(t, "dns/anchor", anchor.String()), dns) + stubs.String() + "remote-control:\n control-enable: no\n"
	daemon(t, "unbound", "-d", "-c", l.file(t, "dns/unbound.conf", conf))
	run(t, "/", "mount", "--bind", l.file(t, "resolv.conf", "nameserver 127.0.0.1\noptions trust-ad timeout:30 attempts:3\n"), "/etc/resolv.conf")
	l.await(t, "Unbound", func() bool {
		a := mx("127.0.0.1:53")
		return a.Status == resolver.Success && a.Secure
	})
}

// labPatience is how long one step may take. Nothing waits for so long on a machine that
// has time; on one that has not, a test is no place to be hurried.
const labPatience = 90 * time.Second

// await returns when what has to be there is.
func (l *lab) await(t *testing.T, what string, there func() bool) {
	t.Helper()
	for end := time.Now().Add(labPatience); !there(); time.Sleep(20 * time.Millisecond) {
		require.True(t, time.Now().Before(end), "no %s", what)
	}
}

// startPolicies serves the policies of MTA-STS.
func (l *lab) startPolicies(t *testing.T) {
	t.Helper()
	names := []string{"mta-sts.sts-good.signed.test", "mta-sts.sts-wrong.signed.test"}
	listener, err := tls.Listen("tcp", labPolicyHost+":443", config(l.ca.issue(template(names[0], names...), ecKey())))
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, "version: STSv1\r\nmode: enforce\r\nmax_age: 604800\r\nmx: *.signed.test\r\n")
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
}

func (l *lab) startPostfix(t *testing.T) {
	t.Helper()
	etc := filepath.Join(l.dir, "etc")
	l.file(t, "etc/main.cf", strings.NewReplacer("$D", l.dir).Replace(`compatibility_level=3.6
queue_directory=$D/spool
data_directory=$D/lib
maillog_file=$D/mail.log
maillog_file_prefixes=$D
myhostname=mx1.signed.test
mydestination=signed.test
inet_interfaces=127.0.0.1
inet_protocols=ipv4
local_recipient_maps=inline:{{postmaster=x},{user=x}}
default_transport=discard
local_transport=discard
alias_maps=
alias_database=
mynetworks=
smtpd_relay_restrictions=reject_unauth_destination
smtpd_tls_security_level=may
smtpd_tls_chain_files=$D/tls/good.pem
smtpd_peername_lookup=no
smtpd_client_connection_rate_limit=0
smtpd_client_connection_count_limit=0
postscreen_watchdog_timeout=120s
`))
	var master strings.Builder
	for _, s := range l.servers {
		procs := "-"
		if s.service == "postscreen" {
			procs = "1"
		}
		fmt.Fprintf(&master, "%s:25 inet n - n - %s %s\n", l.addr(s.name), procs, s.service)
		for _, o := range append([]string{"myhostname=" + s.host()}, s.options...) {
			fmt.Fprintf(&master, " -o %s\n", o)
		}
	}
	master.WriteString(`smtpd pass - - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
`)
	l.file(t, "etc/master.cf", master.String())
	require.NoError(t, os.MkdirAll(filepath.Join(l.dir, "spool"), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(l.dir, "lib"), 0o755))
	run(t, "/", "chown", "postfix", filepath.Join(l.dir, "lib"))
	t.Cleanup(func() {
		_ = exec.Command("postfix", "-c", etc, "abort").Run()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(l.dir, "mail.log"))
			t.Logf("%s", log)
		}
	})
	run(t, "/", "postfix", "-c", etc, "start") // It returns when all ports are open.
}

// oracle runs a program that may fail, and returns what it says.
func oracle(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), labPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin = strings.NewReader("QUIT\r\n")
	out, _ := cmd.CombinedOutput()
	return string(out)
}

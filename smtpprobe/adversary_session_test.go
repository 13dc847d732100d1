package smtpprobe_test

import (
	"crypto/tls"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy"
	"github.com/mailworthy/mailworthy/smtpprobe"
)

type advScript struct {
	script     func(*advConn)
	status     []smtpprobe.Status
	kind       []smtpprobe.Kind // nil: none or any
	offered    []smtpprobe.Fact
	negotiated []smtpprobe.Fact
	code       mailworthy.Code
}

var (
	advMaybe  = []smtpprobe.Fact{smtpprobe.Maybe}
	advYes    = []smtpprobe.Fact{smtpprobe.Yes}
	advNo     = []smtpprobe.Fact{smtpprobe.No}
	advNotYes = []smtpprobe.Fact{smtpprobe.Maybe, smtpprobe.No}

	advReady    = []smtpprobe.Status{smtpprobe.Ready}
	advUnknown  = []smtpprobe.Status{smtpprobe.Unknown}
	advBroken   = []smtpprobe.Status{smtpprobe.Broken}
	advDeferred = []smtpprobe.Status{smtpprobe.Deferred}
	advRejected = []smtpprobe.Status{smtpprobe.Rejected}
	advReadyish = []smtpprobe.Status{smtpprobe.Ready, smtpprobe.Unknown}

	advTimeout   = []smtpprobe.Kind{smtpprobe.KindTimeout}
	advMalformed = []smtpprobe.Kind{smtpprobe.KindMalformed}
	advLarge     = []smtpprobe.Kind{smtpprobe.KindTooLarge}
	advEnd       = []smtpprobe.Kind{smtpprobe.KindClosed, smtpprobe.KindReset}
)

// advGreeting is a server that says something first, and then listens.
func advGreeting(text string) func(*advConn) {
	return func(c *advConn) { c.say(text); c.quiet() }
}

// advReply is a server that answers EHLO with something, and all else with 250.
func advReply(text string) func(*advConn) {
	return func(c *advConn) { c.hello(text); c.rest("250 ok\r\n") }
}

func advScripts() map[string]advScript {
	root := advRoot("Adversary")
	leaf := advLeaf(root, "mx.example.org")
	good := leaf.config(root)
	inside := func(f func(*advConn)) func(*advConn) {
		return func(c *advConn) {
			c.starttls("220 go\r\n")
			if c.tls(good) {
				f(c)
			}
		}
	}
	var hundred []*advCA
	for range 100 {
		hundred = append(hundred, root)
	}
	big := advLeaf(root, append([]string{"mx.example.org"}, strings.Split(strings.Repeat(strings.Repeat("n", 60)+".example.org,", 2600)+"x", ",")...)...)

	return map[string]advScript{
		// The greeting.
		"accepts and never speaks":        {func(c *advConn) { c.quiet() }, advUnknown, advTimeout, advMaybe, advMaybe, smtpprobe.CodeTimeout},
		"greeting drips":                  {func(c *advConn) { c.drip("220 mx.example.org " + strings.Repeat("x", 400)) }, advUnknown, advTimeout, advMaybe, advMaybe, smtpprobe.CodeTimeout},
		"lines drip":                      {func(c *advConn) { c.drip("220-mx\r\n") }, advUnknown, advTimeout, advMaybe, advMaybe, smtpprobe.CodeTimeout},
		"a line without an end":           {func(c *advConn) { c.flood("2") }, advBroken, advLarge, advMaybe, advMaybe, smtpprobe.CodeTooLarge},
		"lines without an end":            {func(c *advConn) { c.flood("220-mx.example.org\r\n") }, advBroken, advLarge, advMaybe, advMaybe, smtpprobe.CodeTooLarge},
		"empty lines without an end":      {func(c *advConn) { c.flood("\r\n") }, advBroken, nil, advMaybe, advMaybe, ""},
		"carriage returns without an end": {func(c *advConn) { c.flood("220 mx\r") }, advBroken, nil, advMaybe, advMaybe, ""},
		"NUL without an end":              {func(c *advConn) { c.flood("\x00") }, advBroken, nil, advMaybe, advMaybe, ""},
		"220 after 5 MB":                  {func(c *advConn) { c.say("220-" + strings.Repeat("x", 5<<20) + "\r\n220 mx\r\n"); c.quiet() }, advBroken, advLarge, advMaybe, advMaybe, smtpprobe.CodeTooLarge},
		"220 after 5 MB of lines":         {func(c *advConn) { c.say(strings.Repeat("220-x\r\n", 5<<20/7) + "220 mx\r\n"); c.quiet() }, advBroken, advLarge, advMaybe, advMaybe, smtpprobe.CodeTooLarge},
		"CR only":                         {advGreeting("220 mx.example.org\r"), advUnknown, advTimeout, advMaybe, advMaybe, smtpprobe.CodeTimeout},
		"other code in continuation":      {advGreeting("220-mx\r\n554 no\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"other code in the third line":    {advGreeting("220-mx\r\n220-mx\r\n250 no\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"four digits":                     {advGreeting("2200 mx\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"two digits":                      {advGreeting("22 mx\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"no space":                        {advGreeting("220mx\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"a tab":                           {advGreeting("220\tmx\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"a space before":                  {advGreeting(" 220 mx\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"a sign":                          {advGreeting("+22 mx\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"digits of another script":        {advGreeting("２２０ mx\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"code 000":                        {advGreeting("000 mx\r\n"), advBroken, nil, advMaybe, advMaybe, ""},
		"code 999":                        {advGreeting("999 mx\r\n"), advBroken, nil, advMaybe, advMaybe, ""},
		"code 120":                        {advGreeting("120 mx\r\n"), advBroken, nil, advMaybe, advMaybe, ""},
		"code 250":                        {advGreeting("250 mx\r\n"), advBroken, nil, advMaybe, advMaybe, ""},
		"code 354":                        {advGreeting("354 mx\r\n"), advBroken, nil, advMaybe, advMaybe, ""},
		"HTTP":                            {advGreeting("HTTP/1.1 400 Bad Request\r\n\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"SSH":                             {advGreeting("SSH-2.0-OpenSSH_9.2\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"TLS from the start":              {advGreeting("\x15\x03\x01\x00\x02\x02\x28\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"554":                             {advGreeting("554 no\r\n"), advRejected, nil, advMaybe, advMaybe, smtpprobe.CodeRejected},
		"521":                             {advGreeting("521 no mail here\r\n"), advRejected, nil, advMaybe, advMaybe, smtpprobe.CodeRejected},
		"421":                             {advGreeting("421 later\r\n"), advDeferred, nil, advMaybe, advMaybe, smtpprobe.CodeDeferred},
		"421 and closes":                  {func(c *advConn) { c.say("421 later\r\n") }, advDeferred, nil, advMaybe, advMaybe, smtpprobe.CodeDeferred},
		"554 and resets":                  {func(c *advConn) { c.say("554 no\r\n"); time.Sleep(50 * time.Millisecond); c.reset() }, advRejected, nil, advMaybe, advMaybe, smtpprobe.CodeRejected},
		"closes at once":                  {func(*advConn) {}, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"resets at once":                  {func(c *advConn) { c.reset() }, advUnknown, append(advEnd, smtpprobe.KindFailed), advMaybe, advMaybe, ""},
		"closes in the code":              {func(c *advConn) { c.say("22") }, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"closes in the line":              {func(c *advConn) { c.say("220 mx.example.org") }, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"closes in the reply":             {func(c *advConn) { c.say("220-mx.example.org\r\n") }, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"closes after the greeting":       {func(c *advConn) { c.say("220 mx.example.org\r\n"); c.hear() }, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"resets after the greeting":       {func(c *advConn) { c.say("220 mx.example.org\r\n"); c.hear(); c.reset() }, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"closes its half": {func(c *advConn) {
			c.say("220 mx\r\n")
			_ = c.Conn.(interface{ CloseWrite() error }).CloseWrite()
			c.quiet()
		}, advUnknown, append(advEnd, smtpprobe.KindUnsolicited), advMaybe, advMaybe, ""},
		"greets without text": {func(c *advConn) { c.say("220\r\n"); c.hear(); c.say("250\r\n"); c.rest("221\r\n") }, advReady, nil, advNo, advNotYes, ""},
		"control characters": {func(c *advConn) {
			c.say("220 mx\x00\x1b[31m\x07\x7f\r\n")
			c.hear()
			c.say(advBare)
			c.rest("221 bye\r\n")
		}, advReady, nil, advNo, advNotYes, smtpprobe.CodeControl},
		"CR in a line": {func(c *advConn) { c.say("220 mx\rx\r\n"); c.hear(); c.say(advBare); c.rest("221 bye\r\n") }, advReady, nil, advNo, advNotYes, smtpprobe.CodeControl},
		"eight bit":    {func(c *advConn) { c.say("220 mx \xff\xfe\xc3\r\n"); c.hear(); c.say(advBare); c.rest("221 bye\r\n") }, advReady, nil, advNo, advNotYes, smtpprobe.CodeEightBit},
		"bare LF": {func(c *advConn) {
			c.say("220-mx\n220 mx\n")
			c.hear()
			c.say(strings.ReplaceAll(advBare, "\r", ""))
			c.rest("221 bye\n")
		}, advReady, nil, advNo, advNotYes, smtpprobe.CodeBareLF},
		"a long line": {func(c *advConn) {
			c.say("220 mx " + strings.Repeat("x", 1000) + "\r\n")
			c.hear()
			c.say(advBare)
			c.rest("221 bye\r\n")
		}, advReady, nil, advNo, advNotYes, smtpprobe.CodeLongLine},
		"stars": {func(c *advConn) {
			c.say("220 " + strings.Repeat("*", 60) + "\r\n")
			c.hear()
			c.say("250-mx\r\n250 XXXXXXXA\r\n")
			c.rest("221 bye\r\n")
		}, advReady, nil, nil, advNotYes, smtpprobe.CodeMasked},

		// Out of step.
		"reply ahead":             {func(c *advConn) { c.say("220 mx\r\n250 mx\r\n"); c.quiet() }, advBroken, []smtpprobe.Kind{smtpprobe.KindUnsolicited}, advMaybe, advMaybe, smtpprobe.CodeUnsolicited},
		"all replies ahead":       {func(c *advConn) { c.say("220 mx\r\n" + advEHLO + "220 go\r\n221 bye\r\n"); c.quiet() }, advBroken, []smtpprobe.Kind{smtpprobe.KindUnsolicited}, advMaybe, advMaybe, smtpprobe.CodeUnsolicited},
		"two greetings":           {func(c *advConn) { c.say("220 mx\r\n220 mx\r\n"); c.quiet() }, advBroken, []smtpprobe.Kind{smtpprobe.KindUnsolicited}, advMaybe, advMaybe, smtpprobe.CodeUnsolicited},
		"a space ahead":           {func(c *advConn) { c.say("220 mx\r\n2"); c.quiet() }, advBroken, []smtpprobe.Kind{smtpprobe.KindUnsolicited}, advMaybe, advMaybe, smtpprobe.CodeUnsolicited},
		"STARTTLS answered ahead": {func(c *advConn) { c.hello(advEHLO + "220 go\r\n"); c.quiet() }, []smtpprobe.Status{smtpprobe.Ready, smtpprobe.Broken}, nil, nil, advNotYes, smtpprobe.CodeUnsolicited},

		// EHLO.
		"EHLO unanswered":          {func(c *advConn) { c.say("220 mx\r\n"); c.quiet() }, advUnknown, advTimeout, advMaybe, advMaybe, smtpprobe.CodeTimeout},
		"EHLO drips":               {func(c *advConn) { c.say("220 mx\r\n"); c.hear(); c.drip("250-STARTTLS\r\n") }, advUnknown, advTimeout, advMaybe, advMaybe, smtpprobe.CodeTimeout},
		"EHLO without an end":      {func(c *advConn) { c.say("220 mx\r\n"); c.hear(); c.flood("250-STARTTLS\r\n") }, advBroken, advLarge, advMaybe, advMaybe, smtpprobe.CodeTooLarge},
		"EHLO line without an end": {func(c *advConn) { c.say("220 mx\r\n"); c.hear(); c.flood("250-STARTTLS") }, advBroken, nil, advMaybe, advMaybe, ""},
		"EHLO closes":              {func(c *advConn) { c.say("220 mx\r\n"); c.hear() }, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"EHLO closes in the reply": {func(c *advConn) { c.hello("250-mx\r\n250-STARTTLS\r\n") }, advUnknown, advEnd, advMaybe, advMaybe, smtpprobe.CodeClosed},
		"EHLO 421":                 {func(c *advConn) { c.hello("421 later\r\n") }, advDeferred, nil, advMaybe, advMaybe, smtpprobe.CodeDeferred},
		"EHLO 450":                 {advReply("450 later\r\n"), advDeferred, nil, advMaybe, advMaybe, smtpprobe.CodeDeferred},
		"EHLO 554":                 {advReply("554 no\r\n"), nil, nil, nil, advNotYes, ""},
		"EHLO 500":                 {advReply("500 what\r\n"), advReady, nil, advNo, advNotYes, smtpprobe.CodeNoEHLO},
		"EHLO 502":                 {advReply("502 what\r\n"), advReady, nil, advNo, advNotYes, smtpprobe.CodeNoEHLO},
		"EHLO 502, HELO 421":       {func(c *advConn) { c.hello("502 what\r\n"); c.rest("421 later\r\n") }, advDeferred, nil, nil, advNotYes, smtpprobe.CodeDeferred},
		"EHLO 502, HELO 502":       {func(c *advConn) { c.hello("502 what\r\n"); c.rest("502 what\r\n") }, nil, nil, nil, advNotYes, ""},
		"EHLO 502, HELO closes":    {func(c *advConn) { c.hello("502 what\r\n"); c.hear() }, advUnknown, advEnd, nil, advNotYes, smtpprobe.CodeClosed},
		"EHLO 220":                 {advReply("220 mx\r\n"), advBroken, nil, nil, advNotYes, ""},
		"EHLO 354":                 {advReply("354 go\r\n"), advBroken, nil, nil, advNotYes, ""},
		"EHLO of two codes":        {advReply("250-mx\r\n550 STARTTLS\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},
		"EHLO of garbage":          {advReply("\xff\xff\xff\r\n"), advBroken, advMalformed, advMaybe, advMaybe, smtpprobe.CodeMalformed},

		// Offers that are none, and one that is.
		"STARTTLS as the host": {advReply("250 STARTTLS\r\n"), advReady, nil, advNo, advNotYes, smtpprobe.CodeNoSTARTTLS},
		"STARTTLSX":            {advReply("250-mx\r\n250 STARTTLSX\r\n"), advReady, nil, advNo, advNotYes, smtpprobe.CodeNoSTARTTLS},
		"X STARTTLS":           {advReply("250-mx\r\n250 X STARTTLS\r\n"), advReady, nil, advNo, advNotYes, smtpprobe.CodeNoSTARTTLS},
		"STARTTLS with NUL":    {advReply("250-mx\r\n250 START\x00TLS\r\n"), advReady, nil, advNo, advNotYes, smtpprobe.CodeControl},
		"starttls in lower case": {func(c *advConn) {
			c.hello("250-mx\r\n250 starttls\r\n")
			c.hear()
			c.say("454 later\r\n")
			c.rest("221 bye\r\n")
		}, advReady, nil, advYes, advNotYes, ""},
		"STARTTLS offered by HELO": {func(c *advConn) { c.hello("502 no\r\n"); c.hear(); c.say(advEHLO); c.rest("221 bye\r\n") }, advReady, nil, nil, advNotYes, ""},

		// STARTTLS.
		"STARTTLS 454":        {func(c *advConn) { c.starttls("454 later\r\n"); c.rest("221 bye\r\n") }, advReady, nil, advYes, advMaybe, smtpprobe.CodeDeferred},
		"STARTTLS 421":        {func(c *advConn) { c.starttls("421 later\r\n") }, nil, nil, advYes, advMaybe, ""},
		"STARTTLS 501":        {func(c *advConn) { c.starttls("501 no\r\n"); c.rest("221 bye\r\n") }, advReady, nil, advYes, advNotYes, smtpprobe.CodeSTARTTLSRefused},
		"STARTTLS 502":        {func(c *advConn) { c.starttls("502 no\r\n"); c.rest("221 bye\r\n") }, advReady, nil, advYes, advNotYes, smtpprobe.CodeSTARTTLSRefused},
		"STARTTLS 554":        {func(c *advConn) { c.starttls("554 no\r\n"); c.rest("221 bye\r\n") }, advReady, nil, advYes, advNotYes, smtpprobe.CodeSTARTTLSRefused},
		"STARTTLS 250":        {func(c *advConn) { c.starttls("250 ok\r\n"); c.quiet() }, nil, nil, advYes, advNotYes, ""},
		"STARTTLS 334":        {func(c *advConn) { c.starttls("334 ok\r\n"); c.quiet() }, nil, nil, advYes, advNotYes, ""},
		"STARTTLS unanswered": {func(c *advConn) { c.starttls(""); c.quiet() }, advReadyish, advTimeout, advYes, advMaybe, smtpprobe.CodeTimeout},
		"STARTTLS closes":     {func(c *advConn) { c.starttls("") }, advReadyish, advEnd, advYes, advMaybe, smtpprobe.CodeClosed},
		"STARTTLS resets":     {func(c *advConn) { c.starttls(""); c.reset() }, advReadyish, advEnd, advYes, advMaybe, smtpprobe.CodeClosed},
		"STARTTLS drips":      {func(c *advConn) { c.starttls(""); c.drip("220-go\r\n") }, advReadyish, advTimeout, advYes, advMaybe, smtpprobe.CodeTimeout},
		"STARTTLS no end":     {func(c *advConn) { c.starttls(""); c.flood("220-go\r\n") }, nil, advLarge, advYes, advNotYes, smtpprobe.CodeTooLarge},
		"injection":           {func(c *advConn) { c.starttls("220 go\r\n250 injected\r\n"); c.drain() }, nil, nil, advYes, advNotYes, smtpprobe.CodeInjection},
		"injection, then TLS": {func(c *advConn) { c.starttls("220 go\r\n250-injected\r\n250 X\r\n"); c.tls(good) }, nil, nil, advYes, nil, smtpprobe.CodeInjection},
		"injection later": {func(c *advConn) {
			c.starttls("220 go\r\n")
			time.Sleep(50 * time.Millisecond)
			c.say("250 injected\r\n")
			c.drain()
		}, nil, nil, advYes, advNotYes, smtpprobe.CodeInjection},

		// The handshake.
		"TLS stalls": {func(c *advConn) { c.starttls("220 go\r\n"); _, _ = c.r.ReadByte(); time.Sleep(1500 * time.Millisecond) }, advReadyish, advTimeout, advYes, advMaybe, smtpprobe.CodeTimeout},
		"TLS drips": {func(c *advConn) {
			c.starttls("220 go\r\n")
			_, _ = c.r.ReadByte()
			c.drip("\x16\x03\x03\x40\x00" + strings.Repeat("x", 400))
		}, advReadyish, nil, advYes, advNotYes, ""},
		"TLS garbage":       {func(c *advConn) { c.starttls("220 go\r\n"); _, _ = c.r.ReadByte(); c.flood("\xde\xad\xbe\xef\x00") }, advReadyish, nil, advYes, advNotYes, smtpprobe.CodeHandshake},
		"TLS empty records": {func(c *advConn) { c.starttls("220 go\r\n"); _, _ = c.r.ReadByte(); c.flood("\x16\x03\x03\x00\x00") }, advReadyish, nil, advYes, advNotYes, ""},
		"TLS giant message": {func(c *advConn) {
			c.starttls("220 go\r\n")
			_, _ = c.r.ReadByte()
			c.say("\x16\x03\x03\x40\x00\x02\xff\xff\xff")
			c.flood(strings.Repeat("x", 1000))
		}, advReadyish, nil, advYes, advNotYes, ""},
		"TLS alert": {func(c *advConn) {
			c.starttls("220 go\r\n")
			_, _ = c.r.ReadByte()
			c.say("\x15\x03\x03\x00\x02\x02\x28")
			c.drain()
		}, advReadyish, nil, advYes, advNotYes, ""},
		"TLS closes": {func(c *advConn) { c.starttls("220 go\r\n"); c.drain() }, advReadyish, nil, advYes, advNotYes, ""},
		"TLS resets": {func(c *advConn) { c.starttls("220 go\r\n"); _, _ = c.r.ReadByte(); c.reset() }, advReadyish, advEnd, advYes, advMaybe, smtpprobe.CodeClosed},
		"TLS 1.0 only": {func(c *advConn) {
			c.starttls("220 go\r\n")
			old := good.Clone()
			old.MaxVersion = tls.VersionTLS10
			if c.tls(old) {
				c.hear()
				c.say(advBare)
				c.rest("221 bye\r\n")
			}
		}, advReadyish, nil, advYes, advNotYes, ""},
		"a hundred certificates": {func(c *advConn) {
			c.starttls("220 go\r\n")
			if c.tls(leaf.config(hundred...)) {
				c.hear()
				c.say(advBare)
				c.rest("221 bye\r\n")
			}
		}, advReady, nil, advYes, nil, smtpprobe.CodeChainSize},
		"a giant certificate": {func(c *advConn) {
			c.starttls("220 go\r\n")
			if c.tls(big.config(root)) {
				c.hear()
				c.say(advBare)
				c.rest("221 bye\r\n")
			}
		}, advReadyish, nil, advYes, nil, ""},

		// Inside TLS.
		"inside: good":              {inside(func(c *advConn) { c.hear(); c.say(advBare); c.rest("221 bye\r\n") }), advReady, nil, advYes, advYes, ""},
		"inside: silent":            {inside(func(c *advConn) { c.quiet() }), advReadyish, advTimeout, advYes, advYes, smtpprobe.CodeTimeout},
		"inside: closes":            {inside(func(*advConn) {}), advReadyish, advEnd, advYes, advYes, smtpprobe.CodeClosed},
		"inside: closes after EHLO": {inside(func(c *advConn) { c.hear() }), advReadyish, advEnd, advYes, advYes, smtpprobe.CodeClosed},
		"inside: speaks first":      {inside(func(c *advConn) { c.say("220 hello again\r\n"); c.quiet() }), nil, nil, advYes, advYes, ""},
		"inside: STARTTLS again":    {inside(func(c *advConn) { c.hear(); c.say(advEHLO); c.rest("221 bye\r\n") }), advReady, nil, advYes, advYes, smtpprobe.CodeSTARTTLSInside},
		"inside: nothing left":      {inside(func(c *advConn) { c.hear(); c.say("250 mx\r\n"); c.rest("221 bye\r\n") }), advReady, nil, advYes, advYes, smtpprobe.CodeVanished},
		"inside: 421":               {inside(func(c *advConn) { c.hear(); c.say("421 later\r\n") }), nil, nil, advYes, advYes, ""},
		"inside: 502":               {inside(func(c *advConn) { c.hear(); c.say("502 what\r\n"); c.rest("221 bye\r\n") }), nil, nil, advYes, advYes, ""},
		"inside: drips":             {inside(func(c *advConn) { c.hear(); c.drip("250-x\r\n") }), advReadyish, advTimeout, advYes, advYes, smtpprobe.CodeTimeout},
		"inside: without an end":    {inside(func(c *advConn) { c.hear(); c.flood("250-x\r\n") }), nil, advLarge, advYes, advYes, smtpprobe.CodeTooLarge},
		"inside: controls": {inside(func(c *advConn) {
			c.hear()
			c.say("250-mx\r\n250-\x1b]0;x\x07\r\n250 A\u202eB\r\n")
			c.rest("221 bye\r\n")
		}), advReady, nil, advYes, advYes, smtpprobe.CodeControl},

		// QUIT.
		"QUIT unanswered":  {func(c *advConn) { c.hello(advBare); c.quiet() }, advReady, nil, advNo, advNotYes, smtpprobe.CodeQuit},
		"QUIT 500":         {func(c *advConn) { c.hello(advBare); c.rest("500 no\r\n") }, advReady, nil, advNo, advNotYes, ""},
		"QUIT closes":      {func(c *advConn) { c.hello(advBare); c.hear() }, advReady, nil, advNo, advNotYes, ""},
		"QUIT resets":      {func(c *advConn) { c.hello(advBare); c.hear(); c.reset() }, advReady, nil, advNo, advNotYes, ""},
		"QUIT without end": {func(c *advConn) { c.hello(advBare); c.hear(); c.flood("221-bye\r\n") }, advReady, nil, advNo, advNotYes, ""},
		"QUIT drips":       {func(c *advConn) { c.hello(advBare); c.hear(); c.drip("221 bye") }, advReady, nil, advNo, advNotYes, ""},
		"after QUIT, more": {func(c *advConn) { c.hello(advBare); c.hear(); c.say("221 bye\r\n"); c.flood("250 more\r\n") }, advReady, nil, advNo, advNotYes, ""},
	}
}

func (c *advConn) drain() {
	buf := make([]byte, 4096)
	_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	for {
		if _, err := c.r.Read(buf); err != nil {
			return
		}
	}
}

func TestAdversarySessions(t *testing.T) {
	for name, tt := range advScripts() {
		t.Run(name, func(t *testing.T) {
			// Memory can only be measured alone.
			alone := strings.Contains(name, "end") || strings.Contains(name, "MB") || strings.Contains(name, "giant") || strings.Contains(name, "hundred") || strings.HasPrefix(name, "TLS")
			if !alone {
				t.Parallel()
			}
			if slices.Contains(tt.kind, smtpprobe.KindTimeout) || name == "TLS drips" {
				advWait(t, tt.script, tt.probe)
				return
			}
			s := advServe(t, tt.script)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			tt.probe(t, s, advProber(s.port))
			runtime.ReadMemStats(&after)
			if alone {
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
			}
		})
	}
}

// probe compares what is found with what is wanted.
func (tt advScript) probe(t *testing.T, s *advServer, p smtpprobe.Prober) {
	t.Helper()
	rep, err := p.ProbeHost(t.Context(), advHost1)
	require.NoError(t, err)
	require.LessOrEqual(t, s.accepted(), 2)

	require.Len(t, rep.Hosts, 1)
	h := rep.Hosts[0]
	shown := func() any { return advShow(rep) }
	if tt.status != nil {
		require.Contains(t, tt.status, h.Status, "%v", shown())
	}
	if tt.kind != nil {
		kinds := map[smtpprobe.Kind]bool{}
		for _, st := range rep.Sessions[0].Steps {
			kinds[st.Failure.Kind] = true
		}
		require.True(t, slices.ContainsFunc(tt.kind, func(k smtpprobe.Kind) bool { return kinds[k] }), "%v", shown())
	}
	if tt.offered != nil {
		require.Contains(t, tt.offered, h.Offered, "offered %v", shown())
	}
	if tt.negotiated != nil {
		require.Contains(t, tt.negotiated, h.Negotiated, "negotiated %v", shown())
	}
	require.NotEqual(t, smtpprobe.Yes, h.Authenticated, "nobody is trusted")
	if tt.code != "" {
		require.True(t, rep.Findings.Has(tt.code), "%s in %v", tt.code, shown())
	}
	require.LessOrEqual(t, rep.Sessions[0].Octets, 513<<10)

	// The sessions are printable, and judged the same when they were stored.
	back := advJSON(t, rep)
	require.Equal(t, rep.Result, smtpprobe.Evaluate(smtpprobe.Request{}, back.Sessions))
}

// advShow is a report for a person who reads why a test failed.
func advShow(rep smtpprobe.Report) string {
	var b strings.Builder
	h := rep.Hosts[0]
	b.WriteString(string(h.Status) + " offered " + string(h.Offered) + " negotiated " + string(h.Negotiated) + "\n")
	for _, s := range rep.Sessions {
		for _, st := range s.Steps {
			b.WriteString(strings.Join([]string{string(s.Purpose), string(st.Stage), st.Sent, strings.Join(st.Reply.Lines[:min(2, len(st.Reply.Lines))], "|"), string(st.Failure.Kind), st.Failure.Text, st.Excess}, " / ") + "\n")
		}
	}
	for _, f := range rep.Findings {
		b.WriteString(string(f.Code) + ": " + f.Message + "\n")
	}
	return b.String()
}

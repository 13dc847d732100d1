package bounce

// hostRules are about the sending host: its PTR record, its name in EHLO, TLS, block
// lists that are not known by name, and what the receiver itself thinks of it.
var hostRules = []replyRule{
	{
		id: "host.ptr", tier: tierSender, first: true, category: BadRDNS,
		any: []string{
			"client host…not found in dns", "client…not found in dns", "cannot find your hostname", "cannot find your reverse hostname", "reverse dns", "reverse lookup", "|rdns|", "|ptr|", "no ptr", "no name in dns", "home connection", "reverse hostname", "reverse-dns", "reversedns", "reverse host", "does not resolve to…|ip|", "fcrdns", "forward-confirmed", "reverse name", "ip address…no name", "no hostname for", "could not find reverse", "ip name lookup failed",
			"dynamic ip", "dynamic/residential", "dynamically assigned", "generic hostname", "generic rdns", "generic ptr", "residential ip", "dial-up", "dialup", "dynamic address", "dynamic host", "invalid hostname for ip", "missing reverse",
			"обратн…dns", "обратн…зон", "ptr-запис", "ptr запис", "обратн…запис", "зворотн", "динамическ…|ip|", "umgekehrt", "ruckwarts", "reverse-eintrag", "ptr-eintrag", "dynamische ip", "resolution inverse", "dns inverse", "enregistrement ptr", "dns inverso", "resolucion inversa", "registro ptr", "dns reverso", "risoluzione inversa", "record ptr", "逆引き", "反向解析", "反解", "动态ip", //nolint:misspell // Other languages have words like these.
		},
		not: []string{"helo…reverse", "no reverse-path"},
		why: "the text speaks of the PTR record of the sending address",
		texts: []string{
			"450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]",
			"550 5.7.1 Нет PTR-записи для адреса 192.0.2.1",
			"550 IPアドレス 192.0.2.1 の逆引きができません",
		},
	},
	{
		id: "host.ptr-code", tier: tierToken, category: BadRDNS, enhanced: []string{"x.7.25"},
		any: []string{"|ptr|", "reverse dns", "reverse hostname", "|rdns|", "cannot find your hostname"}, why: "the code X.7.25 is about the PTR record, and so is the text",
		texts: []string{"550 5.7.25 Reverse DNS validation failed"},
	},
	{
		id: "host.helo", tier: tierSender, category: BadHELO,
		any: []string{
			"helo command rejected", "ehlo command rejected", "invalid helo", "invalid ehlo", "bad helo", "bad ehlo", "|helo|…rejected", "|helo|…invalid", "|ehlo|…invalid", "|helo|…fqdn", "|helo|…should", "|helo|…my own", "|helo|…my name", "|helo|…fully-qualified", "|helo|…fully qualified", "|helo|…does not", "|helo|…not match", "|helo|…not accepted", "|helo|…refused", "|helo|…must", "|ehlo|…must", "|ehlo|…rejected",
			"need fully-qualified hostname", "access denied…|helo|", "forged helo", "helo argument", "ehlo argument", "|helo|…localhost", "impersonat…|helo|", "|helo|…syntax", "syntactically invalid helo", "syntactically invalid ehlo", "|helo|…dns", "|helo|…reverse", "|helo|…ip address", "remote host said…helo", "|helo|…неверн", "|helo|…не ", "|helo|…ungultig", "|helo|…invalide", "|helo|…invalido", "|helo|…non valid", "|helo|…不", "|helo|…エラー", "|helo|…不正",
		},
		not: []string{"send helo first", "polite people say helo", "blocked using", "helo first", "ehlo first"},
		why: "the text says that the name in HELO is refused",
		texts: []string{
			"504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
			"550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
		},
	},
	{
		id: "host.tls", tier: tierSender, category: TLSFailed,
		any: []string{
			"certificate validation", "certificate is not trusted", "untrustedroot", "must issue a starttls", "issue starttls", "starttls first", "starttls command first", "tls required", "tls session is required", "tls was not used", "requires encryption", "tls is required", "requires tls", "require tls", "encryption required", "encryption needed", "encryption is needed", "encryption is required", "use starttls", "tls encryption", "session must be encrypted", "starttls is required", "starttls required", "tls not available", "tls currently unavailable", "cannot start tls", "tls handshake", "ssl handshake", "tls negotiation", "starttls failed", "tls error", "ssl error", "ssl_connect", "certificate verif", "certificate has expired", "untrusted certificate", "unverified certificate", "certificate mismatch", "server certificate", "wrong version number", "handshake failure", "no shared cipher", "dh key too small", "tls version", "requiretls", "tls client", "ssl3_get", "ssl routines", "unable to verify the first certificate", "self signed certificate", "self-signed certificate", "encrypted connection", "unencrypted connection", "tls not offered", "does not support tls", "starttls не", "шифрован", "verschlusselt", "verschlusselung", "chiffre", "connexion securisee", "conexion segura", "cifrado", "criptografia", "crittograf", "暗号化", "加密",
		},
		not: []string{"rejected…virus", "encrypted attachment", "encrypted archive", "encrypted zip", "encrypted file", "password"},
		why: "the text speaks of TLS",
		texts: []string{
			"530 5.7.0 Must issue a STARTTLS command first",
			"Cannot start TLS: handshake failure",
		},
	},
	{
		id: "host.dane", tier: tierSender, first: true, category: TLSFailed, mech: []Mechanism{MechanismTLS, MechanismDANE},
		any:   []string{"|dane|", "tlsa record", "|tlsa|"},
		why:   "the text speaks of DANE",
		texts: []string{"Server certificate not verified: no matching DANE TLSA record for mx.example.net"},
	},
	{
		id: "host.mta-sts", tier: tierSender, first: true, category: TLSFailed, mech: []Mechanism{MechanismTLS, MechanismMTASTS},
		any:   []string{"mta-sts", "sts policy", "sts validation"},
		why:   "the text speaks of MTA-STS",
		texts: []string{"451 4.7.5 Certificate of mx.example.net does not match the MTA-STS policy"},
	},
	{
		id: "list.other", tier: tierList, category: IPBlocklisted,
		any: []string{
			"blocked using", "blocked by rbl", "blocked by dnsbl", "listed by", "listed in dnsbl", "listed in rbl", "rejected by rbl", "rejected by dnsbl", "found in dnsbl", "found in rbl", "is listed in", "is listed on", "is listed at", "blacklisted by", "blacklisted at", "blacklisted in", "blacklisted on", "blocklisted by", "rbl filter", "in an rbl at", "in a black list at", "in a blacklist at", "is in a black list at", "found on", "listed at", "dnsbl", "|rbl|", "|rbls|", "access denied due to…listing", "blocked…see http",
			"заблокирован…dnsbl", "находится в черном списке", "в черном списке", "списку блокування", "чорному списку", "auf der blacklist", "auf einer blacklist", "auf einer sperrliste", "blacklist gelistet", "sur une liste noire", "liste noire", "en una lista negra", "lista negra", "in una lista nera", "blacklist", "blocklist", "block list", "black list", "black-list", "block-list", "ブラックリスト", "黑名单", "黑名單",
		},
		not: []string{"sender is blacklisted", "user in blacklist", "recipient's blacklist", "recipient has blacklisted", "not a block list", "not a blocklist", "not a blacklist", "not on any", "not blacklisted", "will be blacklisted", "may be blacklisted", "not whitelisted", "blocked by the recipient", "blocked by recipient", "user has blocked", "not listed", "attachment", "file type", "content blocked", "blacklisted file", "blocked by the user", "personal blacklist", "user:blocked", "not in whitelist"},
		why: "the text says that the sender is on a block list",
		texts: []string{
			"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using rbl.example.net; see http://rbl.example.net/?192.0.2.1",
			"550 Ваш IP-адрес 192.0.2.1 находится в черном списке",
			"550 5.7.1 Ihre IP-Adresse 192.0.2.1 steht auf einer Sperrliste",
			"550 您的IP 192.0.2.1 已被列入黑名单",
		},
	},
	{
		id: "list.other-domain", tier: tierList, category: DomainBlocklisted,
		any: []string{
			"sender is blacklisted", "sender address…blocked using", "sender domain…blocked using", "helo command rejected…blocked using", "rhsbl", "|surbl", "domain…is blacklisted", "domain…blacklisted", "domain…is on…blacklist", "domain…is on…blocklist", "domain…blocklist", "url…blacklist", "url…blocklist", "url…blocked", "link…blacklist", "links…blacklist", "url…listed", "uri…listed", "uri…blacklist", "spam domain", "|uribl", "domain…listed in", "blacklisted url", "blacklisted link", "blacklisted domain", "blocklisted domain",
			"домен…в черном списке", "домен…заблокирован", "домен…чорн", "domain…sperrliste", "domaine…liste noire", "dominio…lista negra", "dominio…lista nera", "ドメイン…ブラックリスト", "域名…黑名单",
		},
		not: []string{"may be blacklisted", "recipient domain", "your host", "client host", "not listed", "uribl_blocked"},
		why: "the text says that a domain is on a block list",
		texts: []string{
			"554 5.7.1 <news@example.org>: Sender address rejected: domain example.org blacklisted",
			"554 5.7.1 Service unavailable; Sender address [a@example.org] blocked using dbl.example.net",
			"550 Message contains a blacklisted URL",
		},
	},
	{
		id: "host.reputation", tier: tierSender, category: IPReputation,
		any: []string{
			"your ip…filtered", "|karma|", "poor reputation", "bad reputation", "low reputation", "ip reputation", "reputation of the sending ip", "reputation score", "senderbase", "sender base", "reputation", "|sbrs|", "ip address has been blocked", "ip has been blocked", "ip address is blocked", "ip is blocked", "ip blocked", "ip address blocked", "your ip…blocked", "your ip…banned", "your ip…refused", "your ip…rejected", "blocked ip", "banned ip", "|ip|…temporarily blocked", "host…blocked", "server…blocked", "client host rejected: access denied", "client host rejected", "connection refused by policy", "connections from…not accepted", "connection from…rejected", "bad host", "host rejected", "your host…rejected", "your server…rejected", "server…is blocked", "your mail server has been blocked", "connection denied", "you are not allowed to connect", "not accepting connections from your", "suspicious activity…|ip|", "intrusion prevention", "network…blocked", "sender ip…rejected", "access denied…|ip|", "|ip|…access denied", "refused…your ip", "ip address…not allowed",
			"|ip|…заблокирован", "заблокирован…|ip|", "адрес…заблокирован", "репутац", "|ip|…блокован", "|ip|…gesperrt", "|ip|…blockiert", "reputation insuffisante", "|ip|…bloque", "adresse ip…refus", "|ip|…bloquead", "|ip|…rechazad", "reputacion", "reputacao", "reputazione", "|ip|…bloccat", "ipアドレス…拒否", "|ip|…ブロック", "|ip|…封", "|ip|…拒", "信誉", //nolint:misspell // Other languages have words like these.
		},
		not: []string{"domain reputation", "domain's reputation", "reputation of…domain", "helo", "rate limit", "too many messages", "too many connections", "too fast"},
		why: "the text speaks of what the receiver itself knows of the sending address",
		texts: []string{
			"554 5.7.1 Your IP address has a poor reputation here",
			"550 5.7.1 Адрес 192.0.2.1 временно заблокирован",
			"554 5.7.1 Su IP 192.0.2.1 ha sido bloqueada",
		},
	},
	{
		id: "host.domain-reputation", tier: tierSender, category: DomainReputation,
		any: []string{"domain reputation", "domain's reputation", "reputation of the sending domain", "reputation of…domain", "domain has a poor reputation", "domain…low reputation", "domain…bad reputation", "domain…poor reputation", "sending domain…blocked", "sender domain…blocked", "sender's domain…blocked", "your domain…blocked", "your domain…banned", "from domain…blocked", "newly registered domain", "newly observed domain", "new domain", "репутац…домен", "domain-reputation", "reputation du domaine", "reputacion del dominio", "reputacao do dominio", "reputazione del dominio", "域名信誉"}, //nolint:misspell // Other languages have words like these.
		why: "the text speaks of what the receiver itself knows of the sender's domain",
		texts: []string{
			"550 5.7.1 Message refused because of the low reputation of your domain example.org",
		},
	},
}

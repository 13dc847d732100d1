package bounce

// microsoftRules are those of Outlook.com and Microsoft 365: by its own enhanced
// codes, and by the signatures in parentheses at the end.
var microsoftRules = []replyRule{
	{id: "microsoft.is", is: ProviderMicrosoft, any: []string{"customer block list", "lastattemptedservername", "protection.outlook.com", "prod.outlook.com", "outlook.com]", "sender.office.com", "delist@microsoft.com", "mail.live.com", "postmaster.live.com", "microsoft 365", "office 365", "aka.ms/", "go.microsoft.com", "substatus", "hotmail", "outlookprotection"}},
	{
		id: "microsoft.banned-ip", is: ProviderMicrosoft, tier: tierToken, category: IPReputation, url: "https://sender.office.com/",
		any: []string{"banned sending ip", "sender.office.com", "access denied, banned sending ip"}, why: "Microsoft 365 has banned the sending address; sender.office.com takes requests",
		texts: []string{"550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list please visit https://sender.office.com/ and follow the directions. (AS16012609)"},
	},
	{
		id: "microsoft.banned-sender", is: ProviderMicrosoft, tier: tierToken, category: IPReputation, url: "mailto:delist@microsoft.com",
		any: []string{"5.7.511 access denied, banned sender", "delist@microsoft.com", "delist@messaging.microsoft.com", "access denied, banned sender"}, why: "Microsoft 365 has banned the sender; delist@microsoft.com takes requests",
		texts: []string{"550 5.7.511 Access denied, banned sender[192.0.2.1]. To request removal from this list please forward this message to delist@microsoft.com. (AS7230)"},
	},
	{
		id: "microsoft.block-list", is: ProviderMicrosoft, tier: tierToken, category: IPReputation, url: "https://olcsupport.office.com/",
		any: []string{"(s3140)", "(s3150)", "(as3150)", "|s3140|", "|s3150|", "part of their network is on our block list", "part of your network is on our block list"}, why: "Outlook.com's own block list has the network; its support form takes requests",
		texts: []string{"550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. [AM1EUR05FT001.eop-eur05.prod.protection.outlook.com]"},
	},
	{
		id: "microsoft.reputation", is: ProviderMicrosoft, tier: tierToken, category: IPReputation, class: 4,
		any: []string{"(s775)", "|s775|", "temporarily rate limited due to ip reputation"}, why: "Outlook.com slows the address down for its reputation",
		texts: []string{"451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775)"},
	},
	{
		id: "microsoft.connections", is: ProviderMicrosoft, tier: tierToken, category: RateLimited,
		any: []string{"(s3115)", "(s3114)", "exceeded the maximum number of connections…outlook", "has exceeded the maximum number of connections"}, why: "Outlook.com counts too many connections",
		texts: []string{"421 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections. (S3115)"},
	},
	{
		id: "microsoft.throttle", is: ProviderMicrosoft, tier: tierToken, class: 4, category: RateLimited, wait: 30 * minute,
		any: []string{"access denied, please try again later…as(", "server busy. please try again later from", "4.7.500", "|as(761)", "|as(843)", "as(84", "(as76", "(as77", "(as78", "as761", "as843", "server busy…(as"}, why: "Microsoft 365 slows the sender down",
		texts: []string{"451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (AS761)"},
	},
	{
		id: "microsoft.rate-rp", is: ProviderMicrosoft, tier: tierToken, category: RateLimited,
		any: []string{"|rp-001|", "|rp-002|", "|rp-003|"}, why: "Outlook.com's codes RP-001 to RP-003 mean too much mail for the address's reputation",
		texts: []string{"421 RP-001 (BAY0-MC1-F1) Unfortunately, some messages from 192.0.2.1 weren't sent. Please try again."},
	},
	{
		id: "microsoft.sc", is: ProviderMicrosoft, tier: tierToken, category: IPReputation, url: "https://olcsupport.office.com/",
		any: []string{"|sc-001|", "|sc-002|", "|sc-003|", "|sc-004|", "|ou-001|"}, why: "Outlook.com's codes SC-001 to SC-004 and OU-001 mean the reputation of the address",
		texts: []string{"550 SC-001 (COL0-MC1-F1) Unfortunately, messages from 192.0.2.1 weren't sent for policy reasons."},
	},
	{
		id: "microsoft.dy", is: ProviderMicrosoft, tier: tierToken, category: BadRDNS,
		any: []string{"|dy-001|", "|dy-002|", "|ou-002|"}, why: "Outlook.com's codes DY-001, DY-002 and OU-002 mean an address that looks dynamic or open",
		texts: []string{"550 DY-001 (BAY0-MC1-F1) Unfortunately, messages from 192.0.2.1 weren't sent: we do not take mail from dynamic IPs."},
	},
	{
		id: "microsoft.spamhaus", is: ProviderMicrosoft, tier: tierToken, first: true, category: IPBlocklisted, list: &spamhausList, url: "https://check.spamhaus.org/",
		any: []string{"blocked using spamhaus…(as", "as16012611", "blocked using spamhaus…microsoft", "blocked using spamhaus…outlook"}, why: "Microsoft 365 names the block list of Spamhaus",
		texts: []string{"550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.1 (AS16012611)"},
	},
	{
		id: "microsoft.dmarc", is: ProviderMicrosoft, tier: tierToken, category: AuthFailed, mech: mechDMARC, enhanced: []string{"5.7.509"},
		any: []string{"does not pass dmarc verification", "5.7.509", "dmarc"}, why: "Microsoft's code 5.7.509 is about DMARC",
		texts: []string{"550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification and has a DMARC policy of reject."},
	},
	{
		id: "microsoft.auth-level", is: ProviderMicrosoft, tier: tierToken, category: AuthFailed, mech: mechAll,
		any: []string{"does not meet the required authentication level", "5.7.515 access denied"}, why: "Microsoft's code 5.7.515 means that SPF, DKIM and DMARC are not all there",
		texts: []string{"550 5.7.515 Access denied, sending domain EXAMPLE.ORG doesn't meet the required authentication level. The sender's domain in the 5322.From address does not meet the required authentication level."},
	},
	{
		id: "microsoft.v6-auth", is: ProviderMicrosoft, tier: tierToken, category: AuthFailed, mech: mechSPFDKIM,
		any: []string{"over ipv6…must pass either spf or dkim", "must pass either spf or dkim validation"}, why: "Microsoft takes mail over IPv6 only with SPF or DKIM",
		texts: []string{"451 4.7.26 Access denied, a message sent over IPv6 [2001:db8::1] must pass either SPF or DKIM validation, this message is not signed"},
	},
	{
		id: "microsoft.no-v6", is: ProviderMicrosoft, tier: tierToken, category: Policy, scope: ScopeSession, action: ActionFixClient,
		any: []string{"does not accept email over ipv6", "5.7.510"}, why: "the recipient's domain takes no mail over IPv6",
		texts: []string{"550 5.7.510 Access denied, [contoso.example] does not accept email over IPv6"},
	},
	{
		id: "microsoft.v6-rate", is: ProviderMicrosoft, tier: tierToken, category: RateLimited,
		any: []string{"5.7.508", "has exceeded permitted limits within"}, why: "Microsoft counts too much mail from a network of IPv6",
		texts: []string{"550 5.7.508 Access denied, [2001:db8::1] has exceeded permitted limits within 2001:db8::/64 range"},
	},
	{
		id: "microsoft.helo", is: ProviderMicrosoft, tier: tierToken, category: BadHELO, enhanced: []string{"5.7.506"},
		any: []string{"bad helo", "5.7.506", "access denied"}, why: "Microsoft's code 5.7.506 is about the name in HELO",
		texts: []string{"550 5.7.506 Access Denied, Bad HELO"},
	},
	{
		id: "microsoft.rfc", is: ProviderMicrosoft, tier: tierToken, category: ContentMalformed,
		any: []string{"5.7.512", "message must be rfc 5322", "message must be rfc5322"}, why: "Microsoft's code 5.7.512 means a From field that is not as RFC 5322 wants it",
		texts: []string{"550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant"},
	},
	{
		id: "microsoft.spam-abuse", is: ProviderMicrosoft, tier: tierToken, category: ContentSpam,
		any: []string{"access denied, spam abuse detected", "spam abuse detected"}, enhanced: []string{"5.7.501", "5.7.502", "5.7.503"}, scope: ScopeAccount, why: "Microsoft's codes 5.7.501 to 5.7.503 mean that the account sends spam",
		texts: []string{"550 5.7.501 Access denied, spam abuse detected"},
	},
	{
		id: "microsoft.recipient-policy", is: ProviderMicrosoft, tier: tierToken, category: RecipientRefused,
		any: []string{"recipient address rejected: access denied", "access denied…customer blocked list", "5.7.513 service unavailable", "5.7.504", "5.7.505", "5.7.507", "[email]: recipient address rejected", "rejected by recipient", "banned recipient"}, enhanced: []string{"5.7.504", "5.7.505", "5.7.507", "5.7.513"}, why: "the recipient's organisation refuses it by a rule of its own",
		texts: []string{"550 5.7.507 Access denied, rejected by recipient"},
	},
	{
		id: "microsoft.tenant-rate", is: ProviderMicrosoft, tier: tierToken, category: RateLimited, scope: ScopeAccount,
		any: []string{"5.7.705", "tenant has exceeded threshold"}, why: "Microsoft takes what the organisation sends for too much, or for spam",
		texts: []string{"550 5.7.705 Access denied, tenant has exceeded threshold"},
	},
	{
		id: "microsoft.traffic", is: ProviderMicrosoft, tier: tierToken, category: IPReputation,
		any: []string{"5.7.708", "traffic not accepted from this ip"}, why: "Microsoft takes nothing from the address, as with new organisations",
		texts: []string{"550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP."},
	},
	{
		id: "microsoft.forwarding", is: ProviderMicrosoft, tier: tierToken, category: Policy, scope: ScopeAccount,
		any: []string{"does not allow external forwarding"}, why: "the sender's own organisation forbids to forward mail",
		texts: []string{"550 5.7.520 Access denied, Your organization does not allow external forwarding."},
	},
	{
		id: "microsoft.region", is: ProviderMicrosoft, tier: tierToken, category: ServerError,
		any: []string{"wrong office 365 region"}, why: "Microsoft 365 moves the recipient's organisation",
		texts: []string{"451 4.4.62 Mail sent to the wrong Office 365 region. ATTR35"},
	},
	{
		id: "microsoft.tenant", is: ProviderMicrosoft, tier: tierToken, category: AuthRequired, scope: ScopeAccount,
		any: []string{"5.7.750", "client blocked from sending from unregistered", "unregistered domain", "5.7.703", "5.7.700", "5.7.701", "5.7.702"}, why: "Microsoft restricts the organisation that sends",
		texts: []string{"550 5.7.750 Service unavailable. Client blocked from sending from unregistered domain"},
	},
	{
		id: "microsoft.relay", is: ProviderMicrosoft, tier: tierToken, category: RelayDenied,
		any: []string{"tenantattribution; relay access denied", "5.7.64 tenantattribution", "relay access denied smtp"}, why: "Microsoft 365 does not know the sending organisation as one that may relay",
		texts: []string{"550 5.7.64 TenantAttribution; Relay Access Denied SMTP"},
	},
	{
		id: "microsoft.auth", is: ProviderMicrosoft, tier: tierToken, category: AuthRequired,
		any: []string{"client was not authenticated to send", "smtpclientauthentication is disabled", "basic authentication is disabled", "5.7.139 authentication unsuccessful", "5.7.3 authentication unsuccessful", "5.7.60 smtp; client does not have permissions to send as"}, why: "Microsoft 365 wants another login",
		texts: []string{"535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant"},
	},
	{
		id: "microsoft.edge-unknown", is: ProviderMicrosoft, tier: tierToken, first: true, category: MailboxUnknown, stage: StageRcpt, enhanced: []string{"5.4.1"},
		any: []string{"recipient address rejected: access denied"}, why: "Microsoft 365 says so when its directory does not have the recipient",
		texts: []string{"550 5.4.1 Recipient address rejected: Access denied. [AM0EUR02FT012.eop-EUR02.prod.protection.outlook.com]"},
	},
	{
		id: "microsoft.unknown", is: ProviderMicrosoft, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"(s2017062302)", "resolver.adr.recipientnotfound", "resolver.adr.exrecipnotfound", "recipient not found by smtp address lookup", "requested action not taken: mailbox unavailable (s2017062302)", "resolver.adr.recipnotfound"}, why: "Microsoft's words mean that there is no such mailbox",
		texts: []string{"550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient bob@example.net not found by SMTP address lookup"},
	},
	{
		id: "microsoft.unavailable", at: ProviderMicrosoft, tier: tierToken, category: MailboxUnknown, stage: StageRcpt, enhanced: []string{"5.5.0", "5.1.10", "5.1.1"},
		any: []string{"requested action not taken: mailbox unavailable"}, why: "Outlook.com says so when there is no such mailbox",
		texts: []string{"550 5.5.0 Requested action not taken: mailbox unavailable. [DB5EUR01FT001.eop-EUR01.prod.protection.outlook.com]"},
	},
	{
		id: "microsoft.full", is: ProviderMicrosoft, tier: tierToken, category: MailboxFull, stage: StageRcpt,
		any: []string{"storedrv.deliver; mailbox full", "mapiexceptionshutoffquotaexceeded", "quotaexceededexception", "resolver.rst.recipsizelimit…quota"}, not: []string{"submissionquotaexceeded"}, why: "Exchange says that the mailbox is full",
		texts: []string{"554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded"},
	},
	{
		id: "microsoft.size", is: ProviderMicrosoft, tier: tierToken, category: MessageTooLarge,
		any: []string{"resolver.rst.recipsizelimit", "resolver.rst.sendsizelimit", "sendsizelimit.org", "routing.sizelimit"}, why: "Exchange says that the message is too large",
		texts: []string{"550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient"},
	},
	{
		id: "microsoft.expired", is: ProviderMicrosoft, tier: tierToken, category: Expired,
		any: []string{"queue.expired", "5.4.300 message expired", "message expired, connection", "5.4.300"}, why: "Exchange gave the message up when its time was over",
		texts: []string{"550 5.4.300 Message expired -> 451 5.7.3 STARTTLS is required to send mail"},
	},
	{
		id: "microsoft.dns", is: ProviderMicrosoft, tier: tierToken, category: DomainUnknown,
		any: []string{"dns query failed", "dns domain does not exist", "dns domain '…' does not exist", "infodomainnonexistent", "5.4.310", "5.4.312", "5.4.4 smtp; dns", "smtpsend.dns.nonexistentdomain"}, why: "Exchange could not find the recipient's domain in DNS",
		texts: []string{"550 5.4.310 DNS domain example.invalid does not exist [Message=InfoDomainNonexistent] [LastAttemptedServerName=example.invalid]"},
	},
	{
		id: "microsoft.refused", is: ProviderMicrosoft, tier: tierToken, category: NetworkError,
		any: []string{"4.4.316", "5.4.316", "connection refused [message=socket error code", "4.4.101", "4.4.315", "smtpsend.suspiciousremoteservererror", "remote server disconnected abruptly"}, why: "Exchange could not connect to the recipient's server",
		texts: []string{"450 4.4.316 Connection refused [Message=Socket error code 10061] [LastAttemptedServerName=mail.example.net]"},
	},
	{
		id: "microsoft.loop", is: ProviderMicrosoft, tier: tierToken, category: RoutingLoop,
		any: []string{"routing.loopdetected", "5.4.14", "hop count exceeded - possible mail loop", "5.4.6 routing.loop"}, why: "Exchange sees the message go round in circles",
		texts: []string{"554 5.4.14 Hop count exceeded - possible mail loop ATTR34 [AM0EUR02FT012.eop-EUR02.prod.protection.outlook.com]"},
	},
	{
		id: "microsoft.restricted", is: ProviderMicrosoft, tier: tierToken, category: RecipientRefused,
		any: []string{"5.7.193", "useraccessdenied", "resolver.rst.notauthorized", "resolver.rst.authrequired", "resolver.rst.restricted", "5.7.133", "5.7.124", "5.7.129", "5.7.134", "5.7.136", "sender not authenticated for"}, why: "Exchange takes mail for this mailbox or group from some senders alone",
		texts: []string{"550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; sender not authenticated for group"},
	},
	{
		id: "microsoft.transport-rule", is: ProviderMicrosoft, tier: tierToken, category: Policy,
		any: []string{"transport.rules.rejectmessage", "rejected by your organization's policy"}, why: "a rule of an organisation refuses the message",
		texts: []string{"550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy"},
	},
	{
		id: "microsoft.spam", is: ProviderMicrosoft, tier: tierToken, category: ContentSpam,
		any: []string{"as780", "message was classified as spam and may not be delivered", "content rejected as spam…outlook"}, why: "Microsoft takes the message for spam",
		texts: []string{"550 5.7.350 Remote server returned message detected as spam -> 554 5.7.1 message was classified as spam and may not be delivered"},
	},
}

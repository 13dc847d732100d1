package bounce

// gmailRules are those of Gmail and Google Workspace. Its replies end in an address
// of its help pages whose p= names the reason, and in the session's id and "gsmtp".
var gmailRules = []replyRule{
	{id: "gmail.is", is: ProviderGmail, any: []string{"|gsmtp|", "support.google.com/mail", "support.google.com/a/answer"}},
	{
		id: "gmail.no-such-user", is: ProviderGmail, tier: tierToken, category: MailboxUnknown, stage: StageRcpt,
		any: []string{"p=nosuchuser", "the email account that you tried to reach does not exist"}, why: "Gmail's code NoSuchUser means that there is no such mailbox",
		texts: []string{"550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550-5.1.1 unnecessary spaces. For more information, go to\n550 5.1.1  https://support.google.com/mail/?p=NoSuchUser a1-20020a170902.123 - gsmtp"},
	},
	{
		id: "gmail.disabled", is: ProviderGmail, tier: tierToken, category: MailboxDisabled, stage: StageRcpt,
		any: []string{"p=disableduser", "the email account that you tried to reach is disabled", "the email account that you tried to reach is inactive", "p=inactiveuser"}, why: "Gmail's code DisabledUser means that the mailbox is closed",
		texts: []string{"550 5.2.1 The email account that you tried to reach is disabled. https://support.google.com/mail/?p=DisabledUser a1-20020a - gsmtp"},
	},
	{
		id: "gmail.full", is: ProviderGmail, tier: tierToken, category: MailboxFull, stage: StageRcpt,
		any: []string{"p=overquotatemp", "p=overquotaperm", "recipient's inbox is out of storage space"}, why: "Gmail's code OverQuota means that the mailbox is full",
		texts: []string{"452 4.2.2 The recipient's inbox is out of storage space. https://support.google.com/mail/?p=OverQuotaTemp a1-20020a - gsmtp"},
	},
	{
		id: "gmail.receiving-rate", is: ProviderGmail, tier: tierToken, category: RateLimited, scope: ScopeRecipient,
		any: []string{"p=receivingrate", "p=receivingrateperm", "receiving mail at a rate that prevents", "is receiving mail too quickly"}, why: "Gmail's code ReceivingRate means that the recipient gets too much at a time, from whomever",
		texts: []string{"450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. https://support.google.com/mail/?p=ReceivingRate a1 - gsmtp"},
	},
	{
		id: "gmail.spamhaus", is: ProviderGmail, tier: tierToken, first: true, category: IPBlocklisted, list: &spamhausList, url: "https://check.spamhaus.org/",
		any: []string{"blocked using spamhaus…gsmtp", "spamhaus…gsmtp"}, why: "Gmail names the block list of Spamhaus",
		texts: []string{"550-5.7.1 [192.0.2.1] The IP you're using to send mail is blocked using Spamhaus. 550 5.7.1 https://support.google.com/mail/?p=UnsolicitedIPError a1-2a - gsmtp"},
	},
	{
		id: "gmail.unsolicited-ip", is: ProviderGmail, tier: tierToken, category: IPReputation,
		any: []string{"p=unsolicitediperror", "very low reputation of the sending ip", "low reputation of the sending ip", "the ip you're using to send mail is not authorized"}, why: "Gmail's code UnsolicitedIPError, or its words, mean the reputation of the address",
		texts: []string{"550-5.7.1 [192.0.2.1] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address. https://support.google.com/mail/answer/188131 a1-2a - gsmtp"},
	},
	{
		id: "gmail.domain-reputation", is: ProviderGmail, tier: tierToken, first: true, category: DomainReputation,
		any: []string{"low reputation of the sending domain", "very low reputation of the sending domain"}, why: "Gmail says that the domain has a low reputation",
		texts: []string{"550-5.7.1 [192.0.2.1      19] Our system has detected that this message is likely suspicious due to the very low reputation of the sending domain. To best protect our users from spam, the message has been blocked. https://support.google.com/mail/answer/188131 a1-2a - gsmtp"},
	},
	{
		id: "gmail.unsolicited", is: ProviderGmail, tier: tierToken, category: ContentSpam,
		any: []string{"p=unsolicitedmessageerror", "likely unsolicited mail…gsmtp", "detected that this message is likely unsolicited", "likely suspicious…gsmtp"}, why: "Gmail's code UnsolicitedMessageError means that the message is taken for spam",
		texts: []string{"550-5.7.1 [192.0.2.1] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. 550 5.7.1 https://support.google.com/mail/?p=UnsolicitedMessageError a1-2a - gsmtp"},
	},
	{
		id: "gmail.rate", is: ProviderGmail, tier: tierToken, first: true, category: RateLimited,
		any: []string{"p=unsolicitedratelimiterror", "unusual rate of unsolicited mail", "unusual rate of mail", "unusual rate of email", "unusual amount of"}, why: "Gmail says that an unusual rate of mail comes from the sender, whose mail it slows down", wait: hour,
		texts: []string{"421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. 421 4.7.28 https://support.google.com/mail/?p=UnsolicitedRateLimitError a1-2a - gsmtp"},
	},
	{
		id: "gmail.rate-domain", is: ProviderGmail, tier: tierToken, first: true, category: RateLimited, scope: ScopeDomain,
		any: []string{"unusual rate of unsolicited mail…spf domain", "unusual rate of unsolicited mail…dkim domain", "unusual rate of unsolicited mail…url domain", "unusual rate…from your spf domain", "unusual rate…from your dkim domain", "unusual rate…containing one of your url domains", "unusual rate of…url domain"}, why: "Gmail says that an unusual rate of mail comes from the sender's domain",
		texts: []string{"421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your DKIM domain [example.org 35]. 421 4.7.28 https://support.google.com/mail/?p=UnsolicitedRateLimitError a1-2a - gsmtp"},
	},
	{
		id: "gmail.blocked-content", is: ProviderGmail, tier: tierToken, category: ContentPolicy,
		any: []string{"p=blockedmessage", "this message was blocked because its content presents a potential"}, why: "Gmail's code BlockedMessage means an attachment or link that it does not take",
		texts: []string{"552-5.7.0 This message was blocked because its content presents a potential security issue. 552 5.7.0 https://support.google.com/mail/?p=BlockedMessage a1-2a - gsmtp"},
	},
	{
		id: "gmail.dmarc", is: ProviderGmail, tier: tierToken, first: true, category: AuthFailed, mech: mechDMARC,
		any: []string{"p=dmarcrejection", "unauthenticated email from…dmarc policy", "is not accepted due to domain's dmarc policy"}, why: "Gmail says that the domain's DMARC policy has the message rejected",
		texts: []string{"550-5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy. Please contact the administrator of example.org domain. 550 5.7.26 https://support.google.com/mail/?p=DmarcRejection a1-2a - gsmtp"},
	},
	{
		id: "gmail.unauthenticated", is: ProviderGmail, tier: tierToken, category: AuthFailed, mech: mechSPFDKIM,
		any: []string{"your email has been blocked because the sender is unauthenticated", "gmail requires all senders to authenticate", "p=unauthenticatedmail", "this mail is unauthenticated", "this mail has been blocked because the sender is unauthenticated", "this mail is unauthenticated, which poses a security risk"}, why: "Gmail wants SPF or DKIM to pass, and neither does",
		texts: []string{"550-5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. 550 5.7.26 https://support.google.com/mail/answer/81126#authentication a1-2a - gsmtp"},
	},
	{
		id: "gmail.spf", is: ProviderGmail, tier: tierToken, category: AuthFailed, mech: mechSPF,
		any: []string{"domain with an spf record that…hard fail", "has an spf record with a hard fail", "the sender does not designate…spf", "spf…did not pass…gsmtp", "bulk sender…spf…gsmtp"}, enhanced: []string{"x.7.26", "x.7.27", "x.7.24"}, why: "Gmail says that SPF did not pass",
		texts: []string{"550-5.7.27 Your email has been blocked because SPF authentication did not pass for this message. 550 5.7.27 https://support.google.com/mail/answer/81126 a1-2a - gsmtp"},
	},
	{
		id: "gmail.code-spf", tier: tierToken, at: ProviderGmail, category: AuthFailed, mech: mechSPF, enhanced: []string{"x.7.27", "x.7.24"},
		any: []string{"|gsmtp|", "gmail", "|spf|", "google"}, why: "Gmail's codes X.7.24 and X.7.27 are about SPF",
		texts: []string{"421-4.7.27 Your email has been rate limited. For help go to 421 4.7.27 https://support.google.com/mail/answer/81126 a1-2a - gsmtp"},
	},
	{
		id: "gmail.code-dkim", tier: tierToken, at: ProviderGmail, category: AuthFailed, mech: mechDKIM, enhanced: []string{"x.7.30"},
		any: []string{"|gsmtp|", "gmail", "|dkim|", "google"}, why: "Gmail's code X.7.30 is about DKIM",
		texts: []string{"550-5.7.30 Your email has been blocked because DKIM authentication did not pass for this message. 550 5.7.30 https://support.google.com/mail/answer/81126 a1-2a - gsmtp"},
	},
	{
		id: "gmail.code-alignment", tier: tierToken, at: ProviderGmail, category: AuthFailed, mech: mechAlign, enhanced: []string{"x.7.32"},
		any: []string{"|gsmtp|", "gmail", "align", "google"}, why: "Gmail's code X.7.32 says that the From domain matches neither SPF nor DKIM",
		texts: []string{"421-4.7.32 Your email has been rate limited because the From: header (RFC5322) in this message isn't aligned with either the authenticated SPF or DKIM organizational domain. 421 4.7.32 https://support.google.com/mail/answer/81126 a1-2a - gsmtp"},
	},
	{
		id: "gmail.code-tls", tier: tierToken, at: ProviderGmail, category: TLSFailed, enhanced: []string{"x.7.29"},
		any: []string{"|gsmtp|", "gmail", "|tls|", "google"}, why: "Gmail's code X.7.29 says that the message came without TLS",
		texts: []string{"421-4.7.29 Your email has been rate limited because this message wasn't sent over a TLS connection. 421 4.7.29 https://support.google.com/mail/answer/81126 a1-2a - gsmtp"},
	},
	{
		id: "gmail.code-ptr", tier: tierToken, at: ProviderGmail, category: BadRDNS, enhanced: []string{"x.7.25"},
		any: []string{"|gsmtp|", "gmail", "|ptr|", "google"}, why: "Gmail's code X.7.25 is about the PTR record",
		texts: []string{"550-5.7.25 [192.0.2.1] The IP address sending this message does not have a PTR record setup, or the corresponding forward DNS entry does not match the sending IP. 550 5.7.25 https://support.google.com/mail/answer/81126#ip-practices a1-2a - gsmtp"},
	},
	{
		id: "gmail.not-authorized", is: ProviderGmail, tier: tierToken, category: IPReputation,
		any: []string{"p=notauthorizederror", "the ip you're using to send mail is not authorized to send email directly"}, why: "Gmail's code NotAuthorizedError means an address that is not to send mail directly",
		texts: []string{"550-5.7.1 [192.0.2.1] The IP you're using to send mail is not authorized to send email directly to our servers. 550 5.7.1 https://support.google.com/mail/?p=NotAuthorizedError a1-2a - gsmtp"},
	},
	{
		id: "gmail.want-auth", is: ProviderGmail, tier: tierToken, category: AuthRequired,
		any: []string{"p=wantautherror", "p=badcredentials", "p=invalidsecondfactor", "p=webloginrequired", "p=badauth"}, why: "Gmail's code says that the login is missing or wrong",
		texts: []string{"530-5.7.0 Authentication Required. For more information, go to 530 5.7.0 https://support.google.com/mail/?p=WantAuthError a1-2a - gsmtp"},
	},
	{
		id: "gmail.malformed", is: ProviderGmail, tier: tierToken, category: ContentMalformed,
		any: []string{"p=rfcmessagenoncompliant", "messages missing a valid address in from", "is not rfc 5322 compliant"}, why: "Gmail's code RfcMessageNonCompliant means a malformed message",
		texts: []string{"550-5.7.1 [192.0.2.1] Messages missing a valid messageId header are not accepted. 550 5.7.1 https://support.google.com/mail/?p=RfcMessageNonCompliant a1-2a - gsmtp"},
	},
	{
		id: "gmail.size", is: ProviderGmail, tier: tierToken, category: MessageTooLarge,
		any: []string{"p=maxsizeerror", "your message exceeded google's message size limits"}, why: "Gmail's code MaxSizeError means that the message is too large",
		texts: []string{"552-5.3.4 Your message exceeded Google's message size limits. 552 5.3.4 https://support.google.com/mail/?p=MaxSizeError a1-2a - gsmtp"},
	},
	{
		id: "gmail.recipients", is: ProviderGmail, tier: tierToken, category: RateLimited, scope: ScopeSession,
		any: []string{"p=toomanyrecipientserror", "p=toomanyrecipients"}, why: "Gmail's code TooManyRecipientsError means too many recipients in one session",
		texts: []string{"452 4.5.3 Your message has too many recipients. https://support.google.com/mail/?p=TooManyRecipientsError a1-2a - gsmtp"},
	},
	{
		id: "gmail.loop", is: ProviderGmail, tier: tierToken, category: RoutingLoop,
		any: []string{"p=mailloop"}, why: "Gmail's code MailLoop means that the message goes round in circles",
		texts: []string{"550 5.4.6 Message exceeded 50 hops, this may indicate a mail loop. https://support.google.com/mail/?p=MailLoop a1-2a - gsmtp"},
	},
	{
		id: "gmail.domain", is: ProviderGmail, tier: tierToken, category: DomainUnknown,
		any: []string{"p=badrcptdomain"}, why: "Gmail's code BadRcptDomain means that the recipient's domain does not exist",
		texts: []string{"553 5.1.2 The domain portion of the recipient address is not a valid RFC-5321 domain. https://support.google.com/mail/?p=BadRcptDomain a1-2a - gsmtp"},
	},
	{
		id: "gmail.helo", is: ProviderGmail, tier: tierToken, category: BadHELO,
		any: []string{"p=helo", "empty helo/ehlo argument not allowed", "ehlo argument invalid"}, why: "Gmail does not take the name in EHLO",
		texts: []string{"501-5.5.4 Empty HELO/EHLO argument not allowed, closing connection. 501 5.5.4 https://support.google.com/mail/?p=helo a1-2a - gsmtp"},
	},
	{
		id: "gmail.later", is: ProviderGmail, tier: tierToken, class: 4, enhanced: []string{"4.7.0"}, category: RateLimited,
		any: []string{"try again later, closing connection…gsmtp"}, why: "Gmail closes the connection for now, mostly for the reputation of the address or too many connections",
		texts: []string{"421 4.7.0 Try again later, closing connection. (EHLO) a1-2a - gsmtp"},
	},
	{
		id: "gmail.user-quota", is: ProviderGmail, tier: tierToken, category: RateLimited, scope: ScopeAccount,
		any: []string{"daily smtp relay sending limit exceeded", "daily user sending limit exceeded", "daily user sending quota exceeded", "daily smtp relay limit exceeded"}, why: "Google says that the account that sends has used up its day's quota",
		texts: []string{"550-5.4.5 Daily user sending limit exceeded. For more information on Gmail 550-5.4.5 sending limits go to 550 5.4.5 https://support.google.com/a/answer/166852 a1-2a - gsmtp"},
	},
}

var spamhausList = listing{zone: "zen.spamhaus.org", name: "Spamhaus ZEN"}

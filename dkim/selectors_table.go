package dkim

// providers is the table behind [Providers], which nobody changes. Keep it sorted
// by name, and state nothing that was not looked up, in documentation or in the
// zones of customers: an entry with targets alone is better than a guessed selector.
// A provider that gives every customer other selectors has none here.
var providers = [...]Provider{
	{
		Name: "ActiveCampaign", Selectors: []string{"acdkim1", "acdkim2", "dk"}, Targets: []string{"acems1.com"},
		Ref: "https://help.activecampaign.com/", Checked: "2026-11",
	},
	{
		Name: "Amazon SES", Targets: []string{"amazonses.com"},
		Note: "Easy DKIM gives each domain three selectors of random letters, with one CNAME each.",
		Ref:  "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html", Checked: "2026-11",
	},
	{
		Name: "AWeber", Selectors: []string{"aweber_key_a", "aweber_key_b", "aweber_key_c"}, Targets: []string{"send.aweber.com"},
		Ref: "https://help.aweber.com/hc/en-us/articles/360023682313-How-do-I-set-up-DKIM-authentication-records-for-my-domain", Checked: "2026-11",
	},
	{
		Name: "Brevo", Selectors: []string{"brevo1", "brevo2", "brevo", "mail"}, Targets: []string{"dkim.brevo.com"},
		Note: "The selectors brevo and mail, with TXT records, are the older form.",
		Ref:  "https://help.brevo.com/", Checked: "2026-11",
	},
	{
		Name: "Campaign Monitor", Selectors: []string{"cm"},
		Ref: "https://help.campaignmonitor.com/articles/Knowledge/email-authentication", Checked: "2026-11",
	},
	{
		Name: "Cloudflare Email Routing", Selectors: []string{"cf2024-1"},
		Ref: "https://developers.cloudflare.com/email-routing/", Checked: "2026-11",
	},
	{
		Name: "Constant Contact", Selectors: []string{"ctct1", "ctct2"}, Targets: []string{"ccsend.com"},
		Ref: "https://knowledgebase.constantcontact.com/", Checked: "2026-11",
	},
	{
		Name: "Elastic Email", Selectors: []string{"api"},
		Ref: "https://help.elasticemail.com/", Checked: "2026-11",
	},
	{
		Name: "Emma", Selectors: []string{"e2ma-k1", "e2ma-k2", "e2ma-k3"},
		Ref: "https://support.e2ma.net/", Checked: "2026-11",
	},
	{
		Name: "Everlytic", Selectors: []string{"everlytickey1", "everlytickey2", "eversrv"}, Targets: []string{"eversrv.com"},
		Note: "The selector eversrv is the older one.",
		Ref:  "https://support.everlytic.net/", Checked: "2026-11",
	},
	{
		Name: "Fastmail", Selectors: []string{"fm1", "fm2", "fm3", "mesmtp"}, Targets: []string{"dkim.fmhosted.com", "messagingengine.com"},
		Note: "Each selector is an alias to SELECTOR.DOMAIN.dkim.fmhosted.com; mesmtp is the older one.",
		Ref:  "https://www.fastmail.help/hc/en-us/articles/360060591153-Manual-DNS-configuration", Checked: "2026-11",
	},
	{
		Name: "Freshworks", Selectors: []string{"fd", "fd2", "fs", "fs2", "fs3"}, Targets: []string{"freshemail.io"},
		Ref: "https://support.freshdesk.com/", Checked: "2026-11",
	},
	{
		Name: "Gandi", Selectors: []string{"gm1", "gm2", "gm3"}, Targets: []string{"gandimail.net"},
		Ref: "https://docs.gandi.net/", Checked: "2026-11",
	},
	{
		Name: "Global Micro", Selectors: []string{"mxvault"},
		Ref: "https://help.sendmarc.com/support/solutions/articles/44001891845-email-provider-commonly-used-dkim-selectors", Checked: "2026-11",
	},
	{
		Name: "GoDaddy", Selectors: []string{"secureserver1", "secureserver2"}, Targets: []string{"onsecureserver.net"},
		Ref: "https://www.godaddy.com/help", Checked: "2026-11",
	},
	{
		Name: "Google Workspace", Selectors: []string{"google", "20161025", "20210112", "20221208", "20230601"},
		Note: "The administrator may choose another selector than google; those that are dates are Google's own.",
		Ref:  "https://support.google.com/a/answer/174124", Checked: "2026-11",
	},
	{
		Name: "Gorgias", Selectors: []string{"gor", "gor2"},
		Ref: "https://docs.gorgias.com/", Checked: "2026-11",
	},
	{
		Name: "Help Scout", Selectors: []string{"strong1", "strong2"}, Targets: []string{"helpscout.net"},
		Ref: "https://docs.helpscout.com/", Checked: "2026-11",
	},
	{
		Name: "Hostinger", Selectors: []string{"hostingermail-a", "hostingermail-b", "hostingermail-c"}, Targets: []string{"dkim.mail.hostinger.com"},
		Ref: "https://support.hostinger.com/", Checked: "2026-11",
	},
	{
		Name: "HubSpot", Selectors: []string{"hs1", "hs2"}, Targets: []string{"hubspotemail.net"},
		Note: "Domains that are connected now have the account's number in it, as in hs1-1234567.",
		Ref:  "https://knowledge.hubspot.com/marketing-email/manage-email-authentication-in-hubspot", Checked: "2026-11",
	},
	{
		Name: "iCloud Mail", Selectors: []string{"sig1"}, Targets: []string{"icloudmailadmin.com"},
		Ref: "https://support.apple.com/en-us/102374", Checked: "2026-11",
	},
	{
		Name: "Intercom", Selectors: []string{"intercom"}, Targets: []string{"dkim.intercom.io"},
		Ref: "https://www.intercom.com/help/articles/9744849-connect-your-email-support-channel", Checked: "2026-11",
	},
	{
		Name: "IONOS", Selectors: []string{"s1-ionos", "s2-ionos", "s42582890"}, Targets: []string{"dkim.ionos.com"},
		Ref: "https://www.ionos.com/help/", Checked: "2026-11",
	},
	{
		Name: "Keap", Targets: []string{"infusionmail.com"},
		Ref: "https://help.keap.com/help/dmarc", Checked: "2026-11",
	},
	{
		Name: "Kit", Selectors: []string{"cka", "cka2"}, Targets: []string{"convertkit.com"},
		Ref: "https://help.kit.com/", Checked: "2026-11",
	},
	{
		Name: "Klaviyo", Selectors: []string{"kl", "kl2", "km1", "km2", "kt1", "kt2", "ks1", "ks2"},
		Targets: []string{"klaviyo.com", "klaviyodns.com", "klaviyomail.com"},
		Ref:     "https://help.klaviyo.com/", Checked: "2026-11",
	},
	{
		Name: "Mail.ru", Selectors: []string{"mailru"},
		Ref: "https://help.mail.ru/", Checked: "2026-11",
	},
	{
		Name: "Mailchimp", Selectors: []string{"k1", "k2", "k3"}, Targets: []string{"mcsv.net"},
		Note: "It asks for k2 and k3 now; k1 is the older one.",
		Ref:  "https://mailchimp.com/help/set-up-email-domain-authentication/", Checked: "2026-11",
	},
	{
		Name: "Mailchimp Transactional", Selectors: []string{"mandrill", "mte1", "mte2"}, Targets: []string{"mandrillapp.com"},
		Note: "It asks for mte1 and mte2 now; mandrill is the older one.",
		Ref:  "https://mailchimp.com/developer/transactional/docs/authentication-delivery/", Checked: "2026-11",
	},
	{
		Name: "MailerLite", Selectors: []string{"litesrv", "ml"}, Targets: []string{"mlsend.com"},
		Ref: "https://www.mailerlite.com/help/how-to-verify-and-authenticate-your-domain", Checked: "2026-11",
	},
	{
		Name: "MailerSend", Selectors: []string{"mlsend", "mlsend2"}, Targets: []string{"mailersend.net"},
		Ref: "https://www.mailersend.com/help", Checked: "2026-11",
	},
	{
		Name: "Mailgun", Selectors: []string{"mta", "mailo", "pic", "krs", "k1", "mx", "mg", "email", "pdk1", "pdk2"}, Targets: []string{"mailgun.com"},
		Note: "The selector is drawn from several, and the customer may choose another.",
		Ref:  "https://documentation.mailgun.com/", Checked: "2026-11",
	},
	{
		Name: "Mailjet", Selectors: []string{"mailjet"},
		Ref: "https://documentation.mailjet.com/", Checked: "2026-11",
	},
	{
		Name: "Microsoft 365", Selectors: []string{"selector1", "selector2"}, Targets: []string{"onmicrosoft.com", "dkim.mail.microsoft"},
		Note: "For example.org it is an alias to selector1-example-org._domainkey below TENANT.onmicrosoft.com or dkim.mail.microsoft, " +
			"which exists when DKIM is switched on for the domain in the Defender portal.",
		Ref: "https://learn.microsoft.com/en-us/defender-office-365/email-authentication-dkim-configure", Checked: "2026-11",
	},
	{
		Name: "Migadu", Selectors: []string{"key1", "key2", "key3"}, Targets: []string{"migadu.com"},
		Ref: "https://migadu.com/guides/", Checked: "2026-11",
	},
	{
		Name: "Mimecast", Selectors: []string{"mimecast", "mimecast20190719", "mimecast20200619"},
		Note: "The selector usually has the day of its creation in it, as in mimecast20200619.",
		Ref:  "https://mimecastsupport.zendesk.com/", Checked: "2026-11",
	},
	{
		Name: "Mindbox", Selectors: []string{"mindbox"},
		Ref: "https://help.mindbox.ru/", Checked: "2026-11",
	},
	{
		Name: "OVHcloud", Selectors: []string{"ovhmo-selector-1", "ovhmo-selector-2"}, Targets: []string{"dkim.mail.ovh.net"},
		Ref: "https://help.ovhcloud.com/", Checked: "2026-11",
	},
	{
		Name: "Pepipost", Selectors: []string{"pepipost"},
		Ref: "https://developer.netcorecloud.com/", Checked: "2026-11",
	},
	{
		Name: "Postmark", Selectors: []string{"pm"},
		Note: "Each domain gets a selector with the time of its creation and pm in it, as in 20240131120000pm.",
		Ref:  "https://postmarkapp.com/support", Checked: "2026-11",
	},
	{
		Name: "Proofpoint", Selectors: []string{"proofpoint"},
		Ref: "https://help.proofpoint.com/", Checked: "2026-11",
	},
	{
		Name: "Proton Mail", Selectors: []string{"protonmail", "protonmail2", "protonmail3"}, Targets: []string{"domains.proton.ch"},
		Ref: "https://proton.me/support/custom-domain", Checked: "2026-11",
	},
	{
		Name: "Resend", Selectors: []string{"resend"},
		Ref: "https://resend.com/docs/dashboard/domains/introduction", Checked: "2026-11",
	},
	{
		Name: "Sailthru", Selectors: []string{"sailthru"}, Targets: []string{"sailthrudkim.com"},
		Ref: "https://getstarted.sailthru.com/", Checked: "2026-11",
	},
	{
		Name: "Salesforce", Selectors: []string{"salesforce", "salesforce1", "salesforce2", "salesforcealt", "sf", "sf1", "sf2"}, Targets: []string{"custdkim.salesforce.com"},
		Note: "The administrator chooses the selector.",
		Ref:  "https://help.salesforce.com/", Checked: "2026-11",
	},
	{
		Name: "Salesforce Account Engagement", Selectors: []string{"200608"},
		Note: "It was called Pardot.",
		Ref:  "https://help.salesforce.com/", Checked: "2026-11",
	},
	{
		Name: "SendGrid", Selectors: []string{"s1", "s2", "smtpapi"}, Targets: []string{"sendgrid.net"},
		Note: "Services that are built on it, such as Drip, have the same selectors.",
		Ref:  "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication", Checked: "2026-11",
	},
	{
		Name: "SendPulse", Selectors: []string{"sendpulse"},
		Ref: "https://sendpulse.com/knowledge-base", Checked: "2026-11",
	},
	{
		Name: "Shopify", Targets: []string{"email.myshopify.com"},
		Note: "Each domain gets selectors of its own, such as abc, abc2 and abc3.",
		Ref:  "https://help.shopify.com/en/manual/promoting-marketing/create-marketing/shopify-email", Checked: "2026-11",
	},
	{
		Name: "SMTP2GO", Targets: []string{"dkim.smtp2go.net"},
		Note: "The selector is the letter s and the account's number.",
		Ref:  "https://support.smtp2go.com/", Checked: "2026-11",
	},
	{
		Name: "SparkPost", Selectors: []string{"scph0819", "scph0223", "scph0224"},
		Note: "The selector is scph with the month and the year of its creation, as in scph0819.",
		Ref:  "https://support.sparkpost.com/", Checked: "2026-11",
	},
	{
		Name: "Squarespace", Selectors: []string{"squarespace"}, Targets: []string{"squarespace-mail.com"},
		Ref: "https://support.squarespace.com/", Checked: "2026-11",
	},
	{
		Name: "Titan", Selectors: []string{"titan1"},
		Ref: "https://support.titan.email/", Checked: "2026-11",
	},
	{
		Name: "turboSMTP", Selectors: []string{"turbo-smtp"},
		Ref: "https://serversmtp.com/", Checked: "2026-11",
	},
	{
		Name: "UniSender", Selectors: []string{"us"},
		Ref: "https://www.unisender.com/ru/support/", Checked: "2026-11",
	},
	{
		Name: "Yahoo", Selectors: []string{"s1024", "s2048"},
		Ref: "https://senders.yahooinc.com/best-practices/", Checked: "2026-11",
	},
	{
		Name: "Yandex 360", Selectors: []string{"mail"},
		Ref: "https://yandex.com/support/yandex-360/", Checked: "2026-11",
	},
	{
		Name: "Zendesk", Selectors: []string{"zendesk1", "zendesk2"}, Targets: []string{"zendesk.com"},
		Ref: "https://support.zendesk.com/hc/en-us/articles/4408843775770", Checked: "2026-11",
	},
	{
		Name: "Zoho Mail", Selectors: []string{"zoho", "zmail", "zohomail"},
		Note: "The administrator chooses the selector.",
		Ref:  "https://www.zoho.com/mail/help/adminconsole/dkim-configuration.html", Checked: "2026-11",
	},
}

// commonSelectors are names that mail servers, their manuals and administrators
// give to keys: they say nothing about a provider.
var commonSelectors = [...]string{
	"default", "dkim", "dkim1", "dkim2", "mail", "mail1", "mail2", "email", "smtp", "mx", "mx1", "mta", "key", "key1", "key2",
	"selector", "s", "k", "x", "dk", "sig", "sign", "api", "rsa", "ed25519", "main", "server", "web", "news", "newsletter",
	"marketing", "bounce", "outbound", "relay", "postfix", "exim", "opendkim", "rspamd", "m1", "a1", "test", "dkim-rsa", "dkim-ed25519",
	"202401", "202501", "202601", "2024", "2025", "2026", "iport", "corp", "private",
}

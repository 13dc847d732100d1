package spf

// catalogue is the table behind [Vendors], which nobody changes. Keep it sorted
// by name, and state nothing that was not looked up: an empty Include with a Note
// is better than a guess. Postmark shows what to do when a vendor no longer asks
// for an include, EasyDMARC how a hosted policy looks.
var catalogue = [...]Vendor{
	{
		Name: "ActiveCampaign", Include: []string{"emsd1.com"}, Domains: []string{"emsd1.com"},
		Note: "Whether new accounts still need the include could not be confirmed for this catalogue.",
		Ref:  "https://help.activecampaign.com/", Checked: "2026-11",
	},
	{
		Name: "Adobe Marketo Engage", Include: []string{"mktomail.com"}, Domains: []string{"mktomail.com"}, Documented: true,
		Ref: "https://experienceleague.adobe.com/en/docs/marketo/using/getting-started/initial-setup/configure-protocols-for-marketo", Checked: "2026-11",
	},
	{
		Name: "Agari", Domains: []string{"agari.com", "agari-dns.net", "dmp.cisco.com"}, Hosted: true,
		Note: "Each customer is given a name below spf-protect.agari.com, or below dmp.cisco.com as Cisco Domain Protection, with the domain in the macro %{d}.",
		Ref:  "https://emailsecurity.fortra.com/", Checked: "2026-11",
	},
	{
		Name: "Amazon SES", Include: []string{"amazonses.com"}, Domains: []string{"amazonses.com"}, Documented: true,
		Note: "The include belongs to the custom MAIL FROM subdomain; without one, mail has a return path at amazonses.com and needs none.",
		Ref:  "https://docs.aws.amazon.com/ses/latest/dg/mail-from.html", Checked: "2026-11",
	},
	{
		Name: "Atlassian", Domains: []string{"atlassian.net"}, Documented: true,
		Note: "Customers point a CNAME for bounces at it, which brings the SPF record along; _spf.atlassian.net stands in older records.",
		Ref:  "https://support.atlassian.com/organization-administration/docs/what-are-the-dns-records-required-for-configuring-dmarc/", Checked: "2026-11",
	},
	{
		Name: "Atlassian Statuspage", Include: []string{"stspg-customer.com"}, Domains: []string{"stspg-customer.com"},
		Ref: "https://support.atlassian.com/statuspage/", Checked: "2026-11",
	},
	{
		Name: "AWeber", Domains: []string{"aweber.com"}, Documented: true,
		Note: "It asks for DKIM alone; send.aweber.com stands in older records.",
		Ref:  "https://help.aweber.com/hc/en-us/articles/360023682313-How-do-I-set-up-DKIM-authentication-records-for-my-domain", Checked: "2026-11",
	},
	{
		Name: "Barracuda Email Gateway Defense", Documented: true,
		Include: []string{
			"spf.ess.barracudanetworks.com", "spf.ess.au.barracudanetworks.com", "spf.ess.ca.barracudanetworks.com",
			"spf.ess.de.barracudanetworks.com", "spf.ess.in.barracudanetworks.com", "spf.ess.uk.barracudanetworks.com",
		},
		Domains: []string{"barracudanetworks.com"},
		Note:    "The first name is for the United States, the others are for accounts in the region that they name.",
		Ref:     "https://documentation.campus.barracuda.com/wiki/spaces/EGD/pages/2850896/", Checked: "2026-11",
	},
	{
		Name: "Beget", Include: []string{"beget.com"}, Redirect: "beget.com", Domains: []string{"beget.com", "beget.ru"},
		Ref: "https://beget.com/ru/kb", Checked: "2026-11",
	},
	{
		Name: "Brevo", Domains: []string{"brevo.com", "sendinblue.com"},
		Note: "The return path is its own; accounts that can have one at their own domain are shown spf.brevo.com for it, formerly spf.sendinblue.com.",
		Ref:  "https://help.brevo.com/", Checked: "2026-11",
	},
	{
		Name: "Campaign Monitor", Include: []string{"_spf.createsend.com"}, Domains: []string{"createsend.com"}, Documented: true,
		Note: "The return path is its own by default, so that DMARC rests on DKIM with or without the include.",
		Ref:  "https://help.campaignmonitor.com/articles/Knowledge/email-authentication", Checked: "2026-11",
	},
	{
		Name: "Cisco Secure Email", Domains: []string{"iphmx.com"},
		Note: "Customers publish exists:%{i}.spf.NAME.iphmx.com, where NAME is their own: DNS then answers for each address whether it is one of theirs.",
		Ref:  "https://www.cisco.com/c/en/us/support/security/cloud-email-security/series.html", Checked: "2026-11",
	},
	{
		Name: "Cloudflare Email Routing", Include: []string{"_spf.mx.cloudflare.net"}, Domains: []string{"mx.cloudflare.net"},
		Ref: "https://developers.cloudflare.com/email-routing/", Checked: "2026-11",
	},
	{
		Name: "Constant Contact", Domains: []string{"constantcontact.com"}, Documented: true,
		Note: "The return path is its own, so DMARC rests on DKIM; spf.constantcontact.com stands in older records.",
		Ref:  "https://knowledgebase.constantcontact.com/email-digital-marketing/tutorials/KnowledgeBase/5865-Understanding-email-authentication?lang=en_US", Checked: "2026-11",
	},
	{
		Name: "EasyDMARC", Domains: []string{"easydmarc.pro"}, Hosted: true, Documented: true,
		Note: "A customer includes _spf.NAME._d.easydmarc.pro, where NAME is the domain with underscores for dots.",
		Ref:  "https://support.easydmarc.com/knowledge-base/faq", Checked: "2026-11",
	},
	{
		Name: "Elastic Email", Include: []string{"_spf.elasticemail.com"}, Domains: []string{"elasticemail.com"},
		Ref: "https://elasticemail.com/api-documentation/sender-policy-framework", Checked: "2026-11",
	},
	{
		Name: "Fastmail", Include: []string{"spf.messagingengine.com"}, Domains: []string{"messagingengine.com"}, Documented: true,
		Ref: "https://www.fastmail.help/hc/en-us/articles/360060591153", Checked: "2026-11",
	},
	{
		Name: "Freshworks", Include: []string{"email.freshdesk.com"},
		Domains: []string{"freshdesk.com", "freshservice.com", "freshemail.io"},
		Note:    "Domains set up with its CNAMEs have their own return path and need none, while the include costs several lookups.",
		Ref:     "https://support.freshdesk.com/", Checked: "2026-11",
	},
	{
		Name: "Gandi", Include: []string{"_mailcust.gandi.net"}, Domains: []string{"gandi.net"},
		Ref: "https://docs.gandi.net/", Checked: "2026-11",
	},
	{
		Name: "GetResponse", Include: []string{"_spf.getresponse.com"}, Domains: []string{"getresponse.com"}, Documented: true,
		Ref: "https://www.getresponse.com/help/how-to-merge-spf-records.html", Checked: "2026-11",
	},
	{
		Name: "GoDaddy", Include: []string{"secureserver.net"}, Domains: []string{"secureserver.net"},
		Note: "Mail of its website builder uses spf.em.secureserver.net.",
		Ref:  "https://www.godaddy.com/help", Checked: "2026-11",
	},
	{
		Name: "Google Workspace", Include: []string{"_spf.google.com"}, Domains: []string{"google.com", "googlemail.com"}, Documented: true,
		Note: "Older records include aspmx.googlemail.com, or the networks below _netblocks.google.com themselves.",
		Ref:  "https://knowledge.workspace.google.com/admin/security/set-up-spf", Checked: "2026-11",
	},
	{
		Name: "Help Scout", Include: []string{"helpscoutemail.com"}, Domains: []string{"helpscoutemail.com"},
		Ref: "https://docs.helpscout.com/", Checked: "2026-11",
	},
	{
		Name: "Hostinger", Include: []string{"_spf.mail.hostinger.com"}, Domains: []string{"hostinger.com"},
		Ref: "https://support.hostinger.com/", Checked: "2026-11",
	},
	{
		Name: "HubSpot", Domains: []string{"hubspotemail.net", "hubspot.com"}, Documented: true,
		Note: "Each account is given a name of its own, such as 12345.spf05.hubspotemail.net, in its domain settings.",
		Ref:  "https://knowledge.hubspot.com/marketing-email/manage-email-authentication-in-hubspot", Checked: "2026-11",
	},
	{
		Name: "iCloud Mail", Include: []string{"icloud.com"}, Domains: []string{"icloud.com"},
		Ref: "https://support.apple.com/en-us/102374", Checked: "2026-11",
	},
	{
		Name: "Infomaniak", Include: []string{"spf.infomaniak.ch"}, Domains: []string{"infomaniak.ch", "infomaniak.com"},
		Ref: "https://www.infomaniak.com/en/support", Checked: "2026-11",
	},
	{
		Name: "Intercom", Domains: []string{"intercom-mail.com", "intercom.io"},
		Note: "The return path is its own, so customers need no include.",
		Ref:  "https://www.intercom.com/help", Checked: "2026-11",
	},
	{
		Name: "IONOS", Include: []string{"_spf-us.ionos.com", "_spf-eu.ionos.com"},
		Domains: []string{"ionos.com", "perfora.net", "kundenserver.de"},
		Note:    "The first name is for the United States, the second for Europe; older records include _spf.perfora.net and _spf.kundenserver.de.",
		Ref:     "https://www.ionos.com/help", Checked: "2026-11",
	},
	{
		Name: "Klaviyo", Domains: []string{"klaviyo.com", "klaviyomail.com"}, Documented: true,
		Note: "Customers delegate a sending subdomain, or point CNAMEs at it, which bring the SPF record along.",
		Ref:  "https://help.klaviyo.com/hc/en-us/articles/115000357752", Checked: "2026-11",
	},
	{
		Name: "MailChannels", Include: []string{"relay.mailchannels.net"}, Domains: []string{"mailchannels.net"},
		Ref: "https://support.mailchannels.com/", Checked: "2026-11",
	},
	{
		Name: "Mailchimp", Domains: []string{"mcsv.net"}, Documented: true,
		Note: "The return path is its own and the customer's domain is in the DKIM signature, by CNAME; servers.mcsv.net stands in older records.",
		Ref:  "https://mailchimp.com/help/set-up-email-domain-authentication/", Checked: "2026-11",
	},
	{
		Name: "Mailchimp Transactional (Mandrill)", Domains: []string{"mandrillapp.com"}, Documented: true,
		Note: "Customers set up DKIM, and a return path by CNAME if they want one of their own; spf.mandrillapp.com stands in older records.",
		Ref:  "https://mailchimp.com/developer/transactional/docs/authentication-delivery/", Checked: "2026-11",
	},
	{
		Name: "MailerLite", Include: []string{"_spf.mlsend.com"}, Domains: []string{"mlsend.com", "mailerlite.com"},
		Note: "It shows a record with \"a\" and \"mx\" in it, which it has no need of.",
		Ref:  "https://www.mailerlite.com/help", Checked: "2026-11",
	},
	{
		Name: "MailerSend", Include: []string{"_spf.mailersend.net"}, Domains: []string{"mailersend.net"},
		Ref: "https://www.mailersend.com/help", Checked: "2026-11",
	},
	{
		Name: "Mailgun", Include: []string{"mailgun.org"}, Domains: []string{"mailgun.org"}, Documented: true,
		Note: "The include belongs to the sending domain, which often is a subdomain, and costs several lookups.",
		Ref:  "https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify", Checked: "2026-11",
	},
	{
		Name: "Mailjet", Include: []string{"spf.mailjet.com"}, Domains: []string{"mailjet.com"},
		Ref: "https://documentation.mailjet.com/", Checked: "2026-11",
	},
	{
		Name: "Microsoft 365", Documented: true,
		Include: []string{"spf.protection.outlook.com", "spf.protection.office365.us", "spf.protection.partner.outlook.cn"},
		Domains: []string{"outlook.com", "office365.us", "partner.outlook.cn"},
		Note:    "The second name is for GCC High, the third for the one that 21Vianet runs in China.",
		Ref:     "https://learn.microsoft.com/en-us/defender-office-365/email-authentication-spf-configure", Checked: "2026-11",
	},
	{
		Name: "Mimecast", Documented: true,
		Include: []string{
			"us._netblocks.mimecast.com", "eu._netblocks.mimecast.com", "de._netblocks.mimecast.com",
			"za._netblocks.mimecast.com", "au._netblocks.mimecast.com", "ca._netblocks.mimecast.com",
		},
		Domains: []string{"mimecast.com", "mim.ec"},
		Note:    "Each account is in one region; _netblocks.mimecast.com is all of them and costs a lookup for each.",
		Ref:     "https://mimecastsupport.zendesk.com/hc/en-us", Checked: "2026-11",
	},
	{
		Name: "Namecheap Private Email", Include: []string{"spf.privateemail.com"}, Domains: []string{"privateemail.com"},
		Ref: "https://www.namecheap.com/support/knowledgebase/", Checked: "2026-11",
	},
	{
		Name: "OVHcloud", Include: []string{"mx.ovh.com"}, Domains: []string{"ovh.com"},
		Ref: "https://help.ovhcloud.com/", Checked: "2026-11",
	},
	{
		Name: "Postmark", Domains: []string{"mtasv.net", "postmarkapp.com"}, Documented: true,
		Note: "The return path is its own, or the customer's by a CNAME to pm.mtasv.net; spf.mtasv.net stands in older records and is not needed.",
		Ref:  "https://postmarkapp.com/support/article/how-do-i-set-up-spf-for-postmark", Checked: "2026-11",
	},
	{
		Name: "PowerDMARC", Domains: []string{"powerspf.com"}, Hosted: true,
		Note: "Each customer is given a name below powerspf.com, whose record uses macros.",
		Ref:  "https://training.powerdmarc.com/courses/advanced-email-authentication/episode/386", Checked: "2026-11",
	},
	{
		Name: "Proofpoint", Domains: []string{"pphosted.com", "gpphosted.com"}, Hosted: true,
		Note: "Customers of its hosted SPF include %{ir}.%{v}.%{d}.spf.has.pphosted.com, which answers for each address; others are given their hosts.",
		Ref:  "https://www.proofpoint.com/us/products/email-fraud-defense", Checked: "2026-11",
	},
	{
		Name: "Proofpoint Essentials", Domains: []string{"ppe-hosted.com"}, Documented: true,
		Note: "Customers publish a:dispatch-us.ppe-hosted.com, or a:dispatch-eu.ppe-hosted.com in Europe, and no include.",
		Ref:  "https://help.proofpoint.com/Proofpoint_Essentials", Checked: "2026-11",
	},
	{
		Name: "Proton Mail", Include: []string{"_spf.protonmail.ch"}, Domains: []string{"protonmail.ch"},
		Ref: "https://proton.me/support/anti-spoofing-custom-domain", Checked: "2026-11",
	},
	{
		Name: "Rackspace Email", Include: []string{"emailsrvr.com"}, Domains: []string{"emailsrvr.com"},
		Ref: "https://docs.rackspace.com/", Checked: "2026-11",
	},
	{
		Name: "Red Sift OnDMARC", Domains: []string{"ondmarc.com"}, Hosted: true,
		Note: "A customer includes _u.DOMAIN._spf.smart.ondmarc.com, where DOMAIN is the customer's.",
		Ref:  "https://docs.redsift.com/", Checked: "2026-11",
	},
	{
		Name: "REG.RU", Include: []string{"_spf.hosting.reg.ru"}, Domains: []string{"reg.ru"},
		Note: "It shows a record that has \"a\", \"mx\" and the address of the hosting server besides.",
		Ref:  "https://help.reg.ru/", Checked: "2026-11",
	},
	{
		Name: "RU-CENTER", Domains: []string{"nicmail.ru", "nic.ru"},
		Note: "Its hosting panel shows the record to publish; which name that has could not be confirmed for this catalogue.",
		Ref:  "https://nic.ru/help/dkim-dmarc-i-spf_14431.html", Checked: "2026-11",
	},
	{
		Name: "Salesforce", Include: []string{"_spf.salesforce.com"}, Domains: []string{"salesforce.com"}, Documented: true,
		Note: "Its record answers for each address by a macro, so the networks are not to be seen.",
		Ref:  "https://help.salesforce.com/s/articleView?id=000386321&type=1", Checked: "2026-11",
	},
	{
		Name: "Salesforce Account Engagement (Pardot)", Include: []string{"aspmx.pardot.com"}, Domains: []string{"pardot.com"},
		Note: "Older records include et._spf.pardot.com.",
		Ref:  "https://help.salesforce.com/", Checked: "2026-11",
	},
	{
		Name: "Salesforce Marketing Cloud", Include: []string{"cust-spf.exacttarget.com"}, Domains: []string{"exacttarget.com"},
		Note: "Domains that are delegated to it get their record there and need no include.",
		Ref:  "https://help.salesforce.com/", Checked: "2026-11",
	},
	{
		Name: "SendGrid (Twilio)", Include: []string{"sendgrid.net"}, Domains: []string{"sendgrid.net"}, Documented: true,
		Note: "Domains authenticated by its CNAMEs have their own return path and need none.",
		Ref:  "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication", Checked: "2026-11",
	},
	{
		Name: "SendPulse", Include: []string{"mxsspf.sendpulse.com"}, Domains: []string{"sendpulse.com"},
		Ref: "https://sendpulse.com/knowledge-base", Checked: "2026-11",
	},
	{
		Name: "Shopify", Domains: []string{"shopify.com"}, Documented: true,
		Note: "Customers point CNAMEs at it; shops.shopify.com stands in older records and authorises nobody.",
		Ref:  "https://help.shopify.com/en/manual/intro-to-shopify/initial-setup/setup-your-email", Checked: "2026-11",
	},
	{
		Name: "SMTP2GO", Include: []string{"spf.smtp2go.com"}, Domains: []string{"smtp2go.com"},
		Note: "Domains set up with its CNAMEs have their own return path and need none.",
		Ref:  "https://support.smtp2go.com/", Checked: "2026-11",
	},
	{
		Name: "SparkPost (Bird)", Domains: []string{"sparkpostmail.com"}, Documented: true,
		Note: "The return path is its own, or the customer's by a CNAME for bounces; sparkpostmail.com stands in older records.",
		Ref:  "https://support.sparkpost.com/", Checked: "2026-11",
	},
	{
		Name: "Symantec Email Security.cloud", Include: []string{"spf.messagelabs.com"}, Domains: []string{"messagelabs.com"},
		Ref: "https://techdocs.broadcom.com/", Checked: "2026-11",
	},
	{
		Name: "Timeweb", Include: []string{"_spf.timeweb.ru"}, Domains: []string{"timeweb.ru"}, Documented: true,
		Ref: "https://timeweb.com/ru/docs/domeny/resursnye-zapisi-domena-dns-zapisi/nastrojka-spf-zapisi/", Checked: "2026-11",
	},
	{
		Name: "UniOne", Include: []string{"spf.unione.io"}, Domains: []string{"unione.io"}, Documented: true,
		Ref: "https://docs.unione.io/", Checked: "2026-11",
	},
	{
		Name: "UniSender", Include: []string{"spf.unisender.ru", "spf.unisender.com"},
		Domains: []string{"unisender.ru", "unisender.com"},
		Note:    "Customers of UniSender Go publish the first name, older records hold the second; the account settings show which it is.",
		Ref:     "https://www.unisender.com/ru/support/", Checked: "2026-11",
	},
	{
		Name: "Valimail", Domains: []string{"vali.email"}, Hosted: true, Documented: true,
		Note: "Customers include %{i}._ip.%{h}._ehlo.%{d}._spf.vali.email, which answers for each address; names below _nspf.vali.email are no longer asked for.",
		Ref:  "https://support.valimail.com/en/articles/9143142-valimail-spf-macro-syntax", Checked: "2026-11",
	},
	{
		Name: "VK WorkSpace (Mail.ru)", Include: []string{"_spf.mail.ru"}, Redirect: "_spf.mail.ru", Domains: []string{"mail.ru"},
		Ref: "https://help.mail.ru/biz/domain/verification_settings/other/spf", Checked: "2026-11",
	},
	{
		Name: "Yandex 360", Include: []string{"_spf.yandex.net"}, Redirect: "_spf.yandex.net",
		Domains: []string{"yandex.net", "yandex.ru"}, Documented: true,
		Ref: "https://yandex.com.tr/support/connect/dns/spf.html?lang=tr", Checked: "2026-11",
	},
	{
		Name: "Zendesk", Include: []string{"mail.zendesk.com"}, Domains: []string{"zendesk.com"}, Documented: true,
		Note: "It looks for the include in the record's text, so a flattened record does not pass its check.",
		Ref:  "https://support.zendesk.com/hc/en-us/articles/4408832543770-Allowing-Zendesk-to-send-email-on-behalf-of-your-email-domain", Checked: "2026-11",
	},
	{
		Name: "Zoho Campaigns", Include: []string{"zcsend.net"}, Domains: []string{"zcsend.net", "zcsend.in"},
		Ref: "https://www.zoho.com/campaigns/help/", Checked: "2026-11",
	},
	{
		Name: "Zoho Mail", Include: []string{"zohomail.com", "one.zoho.com"}, Documented: true,
		Domains: []string{"zohomail.com", "zohomail.eu", "zoho.com", "zoho.eu", "zoho.in", "zoho.com.au", "zoho.jp"},
		Note:    "The second name is for all of its services at once; older and regional accounts use zoho.com, zoho.eu, zoho.in and the like.",
		Ref:     "https://www.zoho.com/mail/help/adminconsole/spf-configuration.html", Checked: "2026-11",
	},
	{
		Name:    "Zoho ZeptoMail",
		Domains: []string{"zeptomail.com", "zeptomail.net", "zeptomail.eu", "zeptomail.in", "zeptomail.net.in"},
		Note:    "Customers point a CNAME for bounces at it, which brings the SPF record along.",
		Ref:     "https://www.zoho.com/zeptomail/help/", Checked: "2026-11",
	},
}

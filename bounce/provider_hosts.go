package bounce

import (
	"strings"

	"github.com/mailworthy/mailworthy/internal/name"
)

// providerHosts says whose the servers and mail domains below a domain are.
var providerHosts = map[string]Provider{
	"google.com": ProviderGmail, "googlemail.com": ProviderGmail, "gmail.com": ProviderGmail, "aspmx.l.google.com": ProviderGmail, "smtp.google.com": ProviderGmail,
	"outlook.com": ProviderMicrosoft, "hotmail.com": ProviderMicrosoft, "live.com": ProviderMicrosoft, "msn.com": ProviderMicrosoft, "office365.com": ProviderMicrosoft, "mx.microsoft": ProviderMicrosoft, "hotmail.fr": ProviderMicrosoft, "hotmail.co.uk": ProviderMicrosoft, "live.fr": ProviderMicrosoft, "outlook.de": ProviderMicrosoft, "outlook.fr": ProviderMicrosoft, "hotmail.de": ProviderMicrosoft, "hotmail.es": ProviderMicrosoft, "hotmail.it": ProviderMicrosoft,
	"yahoodns.net": ProviderYahoo, "yahoo.com": ProviderYahoo, "aol.com": ProviderYahoo, "ymail.com": ProviderYahoo, "rocketmail.com": ProviderYahoo, "yahoo.co.uk": ProviderYahoo, "yahoo.fr": ProviderYahoo, "yahoo.de": ProviderYahoo, "yahoo.es": ProviderYahoo, "yahoo.it": ProviderYahoo, "yahoo.com.br": ProviderYahoo, "aim.com": ProviderYahoo,
	"icloud.com": ProviderICloud, "me.com": ProviderICloud, "mac.com": ProviderICloud, "apple.com": ProviderICloud,
	"mail.ru": ProviderMailRu, "bk.ru": ProviderMailRu, "list.ru": ProviderMailRu, "inbox.ru": ProviderMailRu, "internet.ru": ProviderMailRu, "vk.com": ProviderMailRu,
	"yandex.ru": ProviderYandex, "yandex.net": ProviderYandex, "yandex.com": ProviderYandex, "ya.ru": ProviderYandex, "yandex.by": ProviderYandex, "yandex.kz": ProviderYandex,
	"rambler.ru": ProviderRambler, "lenta.ru": ProviderRambler, "ukr.net": ProviderUkrNet,
	"orange.fr": ProviderOrange, "wanadoo.fr": ProviderOrange, "laposte.net": ProviderLaPoste, "sfr.fr": ProviderSFR, "neuf.fr": ProviderSFR, "free.fr": ProviderFree, "proxad.net": ProviderFree, "ovh.net": ProviderOVH, "ovh.com": ProviderOVH,
	"gmx.net": ProviderGMX, "gmx.de": ProviderGMX, "gmx.com": ProviderGMX, "web.de": ProviderGMX, "kundenserver.de": ProviderGMX, "mail.com": ProviderGMX, "1und1.de": ProviderGMX, "ionos.com": ProviderGMX, "ionos.de": ProviderGMX, "gmx.at": ProviderGMX, "gmx.ch": ProviderGMX,
	"t-online.de": ProviderTOnline, "telekom.de": ProviderTOnline, "your-server.de": ProviderHetzner, "freenet.de": ProviderFreenet,
	"libero.it": ProviderLibero, "virgilio.it": ProviderLibero, "iol.it": ProviderLibero, "italiaonline.it": ProviderLibero, "aruba.it": ProviderAruba, "arubabusiness.it": ProviderAruba, "tim.it": ProviderTIM, "alice.it": ProviderTIM, "telecomitalia.it": ProviderTIM,
	"uol.com.br": ProviderUOL, "bol.com.br": ProviderUOL, "terra.com.br": ProviderTerra, "terra.com": ProviderTerra, "locaweb.com.br": ProviderLocaweb, "telefonica.es": ProviderTelefonica, "movistar.es": ProviderTelefonica, "telefonica.net": ProviderTelefonica,
	"qq.com": ProviderQQ, "exmail.qq.com": ProviderQQ, "foxmail.com": ProviderQQ, "163.com": ProviderNetEase, "126.com": ProviderNetEase, "yeah.net": ProviderNetEase, "netease.com": ProviderNetEase, "188.com": ProviderNetEase, "qiye163.com": ProviderNetEase, "sina.com": ProviderSina, "sina.cn": ProviderSina, "sina.com.cn": ProviderSina, "aliyun.com": ProviderAlibaba, "mxhichina.com": ProviderAlibaba,
	"docomo.ne.jp": ProviderDocomo, "ezweb.ne.jp": ProviderAU, "au.com": ProviderAU, "softbank.ne.jp": ProviderSoftBank, "i.softbank.jp": ProviderSoftBank, "vodafone.ne.jp": ProviderSoftBank, "naver.com": ProviderNaver,
	"comcast.net": ProviderComcast, "charter.net": ProviderSpectrum, "spectrum.net": ProviderSpectrum, "rr.com": ProviderSpectrum, "twc.com": ProviderSpectrum, "cox.net": ProviderCox, "att.net": ProviderATT, "prodigy.net": ProviderATT, "bellsouth.net": ProviderATT, "sbcglobal.net": ProviderATT, "verizon.net": ProviderVerizon, "emailsrvr.com": ProviderRackspace, "secureserver.net": ProviderGoDaddy, "zoho.com": ProviderZoho, "zoho.eu": ProviderZoho, "zohomail.com": ProviderZoho, "messagingengine.com": ProviderFastmail, "fastmail.com": ProviderFastmail, "fastmail.fm": ProviderFastmail,
	"protonmail.ch": ProviderProton, "protonmail.com": ProviderProton, "proton.me": ProviderProton, "pm.me": ProviderProton, "amazonaws.com": ProviderAmazon, "amazonses.com": ProviderAmazon, "awsapps.com": ProviderAmazon, "btinternet.com": ProviderBT, "bt.com": ProviderBT,
	"mimecast.com": ProviderMimecast, "mimecast.co.za": ProviderMimecast, "pphosted.com": ProviderProofpoint, "ppe-hosted.com": ProviderProofpoint, "iphmx.com": ProviderCisco, "barracudanetworks.com": ProviderBarracuda, "messagelabs.com": ProviderSymantec, "trendmicro.com": ProviderTrendMicro, "trendmicro.eu": ProviderTrendMicro, "sophos.com": ProviderSophos, "fortimail.com": ProviderFortinet, "antispamcloud.com": ProviderSpamExperts, "spamexperts.com": ProviderSpamExperts, "hornetsecurity.com": ProviderHornet, "antispameurope.com": ProviderHornet, "cloudmark.com": ProviderCloudmark,
}

// providerOf returns who runs a host, or the mail of a domain. It is empty for names
// that are not known, such as the empty one.
func providerOf(host string) Provider {
	if host == "" || len(host) > 253 {
		return ""
	}
	host = strings.TrimSuffix(host, ".")
	if n, err := name.Normalize(host); err == nil {
		host = n
	}
	for range 8 {
		if p := providerHosts[host]; p != "" {
			return p
		}
		at := strings.IndexByte(host, '.')
		if at < 0 {
			return ""
		}
		host = host[at+1:]
	}
	return ""
}

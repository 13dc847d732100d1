package bounce

// Provider is who runs a server, or makes the filter that it uses.
type Provider string

// The providers that have rules of their own. The empty Provider means that it is
// not known.
const (
	ProviderGmail       Provider = "gmail"          // Gmail and Google Workspace
	ProviderMicrosoft   Provider = "microsoft"      // Outlook.com and Microsoft 365
	ProviderYahoo       Provider = "yahoo"          // Yahoo and AOL
	ProviderICloud      Provider = "icloud"         // iCloud Mail
	ProviderMailRu      Provider = "mailru"         // Mail.ru and VK
	ProviderYandex      Provider = "yandex"         // Yandex Mail
	ProviderRambler     Provider = "rambler"        // Rambler
	ProviderUkrNet      Provider = "ukrnet"         // ukr.net
	ProviderOrange      Provider = "orange"         // Orange and Wanadoo
	ProviderLaPoste     Provider = "laposte"        // La Poste
	ProviderSFR         Provider = "sfr"            // SFR
	ProviderFree        Provider = "free"           // Free
	ProviderOVH         Provider = "ovh"            // OVH
	ProviderGMX         Provider = "gmx"            // GMX, WEB.DE, 1&1 and mail.com
	ProviderTOnline     Provider = "t-online"       // Telekom
	ProviderHetzner     Provider = "hetzner"        // Hetzner
	ProviderFreenet     Provider = "freenet"        // freenet.de
	ProviderLibero      Provider = "libero"         // Libero and Virgilio
	ProviderAruba       Provider = "aruba"          // Aruba
	ProviderTIM         Provider = "tim"            // TIM and Alice
	ProviderUOL         Provider = "uol"            // UOL and BOL
	ProviderTerra       Provider = "terra"          // Terra
	ProviderLocaweb     Provider = "locaweb"        // Locaweb
	ProviderTelefonica  Provider = "telefonica"     // Telefónica and Movistar
	ProviderQQ          Provider = "qq"             // QQ and Tencent Exmail
	ProviderNetEase     Provider = "netease"        // 163, 126 and yeah.net
	ProviderSina        Provider = "sina"           // Sina
	ProviderAlibaba     Provider = "alibaba"        // Alibaba Mail
	ProviderDocomo      Provider = "docomo"         // NTT DOCOMO
	ProviderAU          Provider = "au"             // KDDI au
	ProviderSoftBank    Provider = "softbank"       // SoftBank
	ProviderNaver       Provider = "naver"          // Naver
	ProviderComcast     Provider = "comcast"        // Comcast
	ProviderSpectrum    Provider = "spectrum"       // Charter Spectrum
	ProviderCox         Provider = "cox"            // Cox
	ProviderATT         Provider = "att"            // AT&T
	ProviderVerizon     Provider = "verizon"        // Verizon
	ProviderRackspace   Provider = "rackspace"      // Rackspace
	ProviderGoDaddy     Provider = "godaddy"        // GoDaddy and Secureserver
	ProviderZoho        Provider = "zoho"           // Zoho
	ProviderFastmail    Provider = "fastmail"       // Fastmail
	ProviderProton      Provider = "proton"         // Proton Mail
	ProviderAmazon      Provider = "amazon"         // Amazon SES and WorkMail
	ProviderBT          Provider = "bt"             // BT
	ProviderMimecast    Provider = "mimecast"       // Mimecast
	ProviderProofpoint  Provider = "proofpoint"     // Proofpoint
	ProviderCisco       Provider = "cisco"          // Cisco Secure Email (IronPort)
	ProviderBarracuda   Provider = "barracuda"      // Barracuda
	ProviderCloudmark   Provider = "cloudmark"      // Cloudmark
	ProviderSymantec    Provider = "symantec"       // Symantec Email Security (MessageLabs)
	ProviderTrendMicro  Provider = "trendmicro"     // Trend Micro
	ProviderSophos      Provider = "sophos"         // Sophos
	ProviderFortinet    Provider = "fortinet"       // FortiMail
	ProviderSpamExperts Provider = "spamexperts"    // SpamExperts and N-able
	ProviderHornet      Provider = "hornetsecurity" // Hornetsecurity
)

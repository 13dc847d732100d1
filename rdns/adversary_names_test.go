package rdns_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mailworthy/mailworthy/rdns"
)

// chosenNames are names that people gave to hosts that send mail, in the styles of
// companies, universities and services. Many have digits of the address by design or by
// chance, or words of access networks inside the name of the company.
const chosenNames = `
209.85.218.41    mail-ej1-f41.google.com
209.85.128.172   mail-yw1-f172.google.com
40.107.7.77      mail-eopbgr70077.outbound.protection.outlook.com
52.101.65.94     mail-am0eur02on2094.outbound.protection.outlook.com
54.240.27.50     a27-50.smtp-out.us-west-2.amazonses.com
54.240.8.31      a8-31.smtp-out.amazonses.com
198.2.132.5      mail132-5.atl131.mandrillapp.com
205.201.135.10   mail10.atl111.mcsv.net
74.6.130.41      sonic302-2.consmr.mail.bf2.yahoo.com
66.163.185.9     sonic308-9.consmr.mail.ne1.yahoo.com
167.89.55.12     o1.ptr6823.acmebilling.com
149.72.154.232   wrqvzfgs.outbound-mail.sendgrid.net
166.78.69.7      m69-7.mailgun.net
198.61.254.43    m43.mail.shopware-news.com
103.168.172.157  fhigh-a6-smtp.messagingengine.com
66.111.4.28      out4-smtp.messagingengine.com
205.220.165.32   mx0a-001b2d01.pphosted.com
205.220.177.32   mx0b-00007101.pphosted.com
68.232.143.124   esa1.hc3370-68.iphmx.com
207.211.30.44    us-smtp-delivery-44.mimecast.com
85.158.142.104   mail1.bemta32.messagelabs.com
17.57.155.16     qs51p00im-zteg10021301.me.com
17.58.23.184     pv50p00im-ztdg10012101.me.com
192.254.114.176  mta-176.sparkpostmail.com
87.253.233.120   o120.p8.mailjet.com
77.32.148.21     pz21.b.d.mailin.fr
43.228.184.10    e2i10.smtp2go.com
3.93.157.1       mta-us-east-1a.dynamicyield.com
185.12.80.98     mta98.r1.mailchannels.net
18.9.28.11       outgoing.mit.edu
18.7.68.34       dmz-mailsec-scanner-1.mit.edu
128.32.25.10     vs10.ist.berkeley.edu
129.67.1.165     relay16.mail.ox.ac.uk
131.111.8.151    ppsw-51.csi.cam.ac.uk
141.84.69.87     postout3.lrz.uni-muenchen.de
130.60.127.5     idmailgate5.uzh.ch
133.11.205.93    ns93.nc.u-tokyo.ac.jp
147.46.10.23     ccgate.snu.ac.kr
200.17.202.1     gw.ufpr.br
82.195.75.114    bendel.debian.org
199.232.0.17     lists.gnu.org
206.189.10.7     web7.generaldynamics.com
198.51.100.23    smtp23.dynamicsignal.com
198.51.100.24    server24.dynamics-partner.de
198.51.100.25    node-25.dynatrace.com
198.51.100.26    srv26.poolcorp.com
198.51.100.27    edge27.whirlpool.com
198.51.100.28    app28.liverpoolfc.com
198.51.100.29    web29.carpool-app.fr
198.51.100.30    erp30.cablevision.com
198.51.100.31    cs31.cableone.biz
198.51.100.32    n32.clientsfirst.com
198.51.100.33    crm33.clientele.co.za
198.51.100.34    www34.custom-ink.com
198.51.100.35    h35.customers-bank.example.com
198.51.100.36    v36.natwest.com
198.51.100.37    s37.natura.com.br
198.51.100.38    box38.dslreports.com
198.51.100.39    theory39.pppl.gov
198.51.100.40    p40.modemmania.nl
198.51.100.41    sun41.cpe-group.com
198.51.100.42    lx42.userlike.com
198.51.100.43    web-43.hostelworld.com
198.51.100.44    b44.peerberry.lv
198.51.100.45    vm45.homedepot.com
198.51.100.46    db46.wificonnect.se
198.51.100.47    io47.resmed.com
198.51.100.48    hub-48.broadbandforum.org
198.51.100.49    fra1.kabeleins.de
198.51.100.50    nyc-50.gprsystems.com
198.51.100.51    zrh51.dialog-semi.ch
198.51.100.52    pool.ntp-service.org
198.51.100.53    dynamic.company.com
198.51.100.54    client.wire.com
198.51.100.55    host.example.org
198.51.100.56    broadcast.example.edu
203.0.113.57     mail-203-0-113-57.gmx.de
203.0.113.57     smtp.203-0-113-57.ibm.fr
203.0.113.57     mta057.113.0.203.sap.io
203.0.113.57     mx-203-0-113-57.web.de
203.0.113.57     mx-203-0-113-57.acme.com.au
203.0.113.10     news-2024-11-30.publisher.com
203.0.113.11     www2.3com.com
203.0.113.12     163.com
203.0.113.13     mailer.1and1.example.com
203.0.113.14     alpha14.360buy.cn
203.0.113.15     s15.cust-service.io
203.0.113.16     eu-west-1.notify.bank.pl
203.0.113.17     k8s-node-17.prod.fra1.company.eu
203.0.113.18     rack3-u18.dc2.company.jp
203.0.113.19     cb007114.company.com.au
203.0.113.20     exchange2019.corp.com.br
203.0.113.21     00112233.invoice-mail.com
2001:db8::25     mail-v6.company.com
2001:db8:1:2::9  mx9.v6.university.edu
2001:db8::beef   beef.steakhouse.us
2001:db8::cafe   cafe.internet-cafe.de
2a00:1450:4864:20::22c mail-lj1-x22c.google.com
2607:f8b0:4864:20::b49 mail-yb1-xb49.google.com
`

// madeNames are names that access providers, hosting services and clouds make from
// addresses, in the styles of the world.
const madeNames = `
203.0.113.57     p5dc07139.dip0.t-ipconnect.de
203.0.113.57     pCB007139.dip0.t-ipconnect.de
203.0.113.57     dslb-203-000-113-057.203.000.pools.vodafone-ip.de
203.0.113.57     ipcb007139.dynamic.kabel-deutschland.de
203.0.113.57     ip-203-0-113-57.hsi03.unitymediagroup.de
203.0.113.57     x-cb007139.dyn.telefonica.de
203.0.113.57     cable-203-0-113-57.nc.de
203.0.113.57     HSI-KBW-203-0-113-57.hsi14.kabel-badenwuerttemberg.de
203.0.113.57     lfbn-par-1-57-113.w203-0.abo.wanadoo.fr
203.0.113.57     ABordeaux-653-1-57.w203-0.abo.wanadoo.fr
203.0.113.57     57.113.0.203.rev.sfr.net
203.0.113.57     203-0-113-57.subs.proxad.net
203.0.113.57     cpc1-leed12-2-0-cust57.cable.virginm.net
203.0.113.57     host203-0-113-57.range203-0.btcentralplus.com
203.0.113.57     host-203-0-113-57.as13285.net
203.0.113.57     203-0-113-57.static.enta.net
203.0.113.57     host-203-0-113-57.retail.telecomitalia.it
203.0.113.57     host57-113-static.0-203-b.business.telecomitalia.it
203.0.113.57     net-203-0-113-57.cust.vodafonedsl.it
203.0.113.57     dynamic-adsl-203-0-113-57.clienti.tiscali.it
203.0.113.57     57.red-203-0-113.dynamicip.rima-tde.net
203.0.113.57     57.113.0.203.dynamic.jazztel.es
203.0.113.57     bl1-113-57.dsl.telepac.pt
203.0.113.57     a203-0-113-57.cpe.netcabo.pt
203.0.113.57     203-0-113-57.cable.dynamic.v4.ziggo.nl
203.0.113.57     ip203-0-113-57.adsl2.static.versatel.nl
203.0.113.57     57-113-0-203.ftth.glasoperator.nl
203.0.113.57     57.113-0-203.adsl-dyn.isp.belgacom.be
203.0.113.57     d5152c039.access.telenet.be.57.113.0.203.example.be
203.0.113.57     57-113-0-203.dynamic.swisscom.ch
203.0.113.57     adsl-203-0-113-57.adslplus.ch
203.0.113.57     203-0-113-57.adsl.highway.telekom.at
203.0.113.57     chello203000113057.chello.at
203.0.113.57     h-203-0-113-57.na.cust.bahnhof.se
203.0.113.57     c-cb007139.012-34-6c6b701.bbcust.telenor.se
203.0.113.57     203-0-113-57-no2390.tbcn.telia.com
203.0.113.57     57.203-0-113.customer.lyse.net
203.0.113.57     dsl-hkibng42-cb0071-57.dhcp.inet.fi
203.0.113.57     mobile-access-cb0071-57.dhcp.inet.fi
203.0.113.57     0x53cb007139.virnxx.adsl-dhcp.tele.dk
203.0.113.57     public-gprs203057.centertel.pl
203.0.113.57     abcd57.neoplus.adsl.tpnet.pl
203.0.113.57     203-0-113-57.dynamic.chello.pl
203.0.113.57     ip-203-0-113-57.net.upcbroadband.cz
203.0.113.57     57.113.broadband3.iol.cz
203.0.113.57     adsl-dyn57.203-0-113.t-com.sk
203.0.113.57     cb007139.dsl.pool.telekom.hu
203.0.113.57     203-0-113-57.rdsnet.ro
203.0.113.57     ppp203-0-113-57.home.otenet.gr
203.0.113.57     adsl-57.203.0.113.tellas.gr
203.0.113.57     203.0.113.57.dynamic.ttnet.com.tr
203.0.113.57     broadband-203-0-113-57.ip.moscow.rt.ru
203.0.113.57     ppp-203-0-113-57.pppoe.mgts.by
203.0.113.57     57-113-0-203.pool.ukrtel.net
203.0.113.57     bzq-203-0-113-57.red.bezeqint.net
203.0.113.57     c-203-0-113-57.hsd1.ca.comcast.net
203.0.113.57     203-0-113-57-static.hfc.comcastbusiness.net
203.0.113.57     pool-203-0-113-57.nycmny.fios.verizon.net
203.0.113.57     cpe-203-0-113-57.socal.res.rr.com
203.0.113.57     syn-203-000-113-057.biz.spectrum.com
203.0.113.57     203-0-113-57.lightspeed.irvnca.sbcglobal.net
203.0.113.57     adsl-203-0-113-57.dsl.pltn13.pacbell.net
203.0.113.57     wsip-203-0-113-57.ph.ph.cox.net
203.0.113.57     ip203-0-113-57.om.om.cox.net
203.0.113.57     71-203-0-113-57.example-dsl.centurylink.net
203.0.113.57     CPE001122334455-CM001122334456.cpe.net.cable.rogers.com
203.0.113.57     bras-base-mtrlpq02-grc-01-203-0-113-57.dsl.bell.ca
203.0.113.57     modemcable057.113-0-203.mc.videotron.ca
203.0.113.57     203-0-113-57.user3p.v-tal.net.br
203.0.113.57     203.0.113.57.dynamic.adsl.gvt.net.br
203.0.113.57     bcb007139.virtua.com.br
203.0.113.57     dsl-203-0-113-57-dyn.prod-infinitum.com.mx
203.0.113.57     57-113-0-203.fibertel.com.ar
203.0.113.57     dynamic-ip-20301135757.cable.net.co
203.0.113.57     p3057-ipbf123marunouchi.tokyo.ocn.ne.jp
203.0.113.57     softbank203000113057.bbtec.net
203.0.113.57     KD203000113057.ppp-bb.dion.ne.jp
203.0.113.57     203-0-113-57.dynamic-ip.hinet.net
203.0.113.57     203-0-113-57.hinet-ip.hinet.net
203.0.113.57     n203-0-113-57.netvigator.com
203.0.113.57     static.vnpt.203-0-113-57.vn
203.0.113.57     ppp-203-0-113-57.revip2.asianet.co.th
203.0.113.57     abts-north-dynamic-057.113.0.203.airtelbroadband.in
203.0.113.57     203.0.113.57.static-bangalore.vsnl.net.in
203.0.113.57     cpe-203-0-113-57.vb01.vic.asp.telstra.net
203.0.113.57     203-0-113-57.tpgi.com.au
203.0.113.57     203-0-113-57.adsl.xtra.co.nz
203.0.113.57     dsl-203-0-113-57.telkomadsl.co.za
203.0.113.57     host-203.0.113.57.tedata.net
203.0.113.57     ec2-203-0-113-57.eu-central-1.compute.amazonaws.com
203.0.113.57     ec2-203-0-113-57.compute-1.amazonaws.com
203.0.113.57     57.113.0.203.bc.googleusercontent.com
203.0.113.57     myvm.westeurope.cloudapp.azure.com
203.0.113.57     203-0-113-57.ip.linodeusercontent.com
203.0.113.57     static.57.113.0.203.clients.your-server.de
203.0.113.57     vps-1a2b3c4d.vps.ovh.net
203.0.113.57     ip57.ip-203-0-113.eu
203.0.113.57     ns3012345.ip-203-0-113.eu
203.0.113.57     203.0.113.57.vultrusercontent.com
203.0.113.57     203-0-113-57.rev.poneytelecom.eu
203.0.113.57     vmi123456.contaboserver.net
203.0.113.57     57.113.0.203.in-addr.arpa
203.0.113.57     u203-0-113-57.nat.example-isp.com
2001:db8:1:2:3:4:5:6 2001-db8-1-2-3-4-5-6.ipv6.dyn.example-isp.net
2001:db8:1:2:3:4:5:6 6.0.0.0.5.0.0.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.example-isp.net
2001:db8:1:2:3:4:5:6 2001-0db8-0001-0002-0003-0004-0005-0006.customers.example-isp.net
2001:db8:1:2:3:4:5:6 20010db8000100020003000400050006.v6.example-isp.net
`

func pairs(t testing.TB, text string) (out []named) {
	t.Helper()
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 2 {
			out = append(out, named{ip: netip.MustParseAddr(f[0]), name: f[1]})
		}
	}
	return out
}

// TestChosenNames requires that nobody's chosen name is taken for a made one.
func TestChosenNames(t *testing.T) {
	names := pairs(t, chosenNames)
	require.GreaterOrEqual(t, len(names), 75)
	for _, n := range names {
		t.Run(n.name, func(t *testing.T) {
			c := rdns.Classify(n.ip, n.name)
			require.Equal(t, rdns.Custom, c.Kind, "%+v", c)
		})
	}
}

// TestMadeNames requires that nearly all made names are seen as such.
func TestMadeNames(t *testing.T) {
	names := pairs(t, madeNames)
	require.GreaterOrEqual(t, len(names), 75)
	var missed []string
	for _, n := range names {
		if c := rdns.Classify(n.ip, n.name); !c.Kind.Generic() {
			missed = append(missed, n.name)
		}
	}
	t.Logf("%d of %d seen; missed:\n%s", len(names)-len(missed), len(names), strings.Join(missed, "\n"))
	require.LessOrEqual(t, len(missed)*10, len(names), "%v", missed)
}

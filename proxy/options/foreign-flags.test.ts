import t from 'tap'
import { PROXY_FLAGS } from './options.ts'
import { problemsOf } from './testing/problems-of.ts'

const REFUSED: readonly (readonly [flag: string, sentence: string])[] = [
  [
    '--run-router=true',
    '--run-router=true is refused: Selvedge has no router, the network between nodes is flannel; say --run-router=false or leave it out',
  ],
  ['--run-firewall', '--run-firewall=true is refused: Selvedge does not enforce NetworkPolicy; say --run-firewall=false or leave it out'],
  [
    '--run-loadbalancer',
    '--run-loadbalancer=true is refused: Selvedge does not allocate load balancer addresses; say --run-loadbalancer=false or leave it out',
  ],
  ['--run-service-proxy=false', '--run-service-proxy=false is refused: nothing would be left to run'],
  ['--ipvs-permit-all=false', '--ipvs-permit-all=false is refused: the addresses of Services always answer on the ports of Services only'],
  ['--enable-pprof', '--enable-pprof=true is refused: this is not a Go program; use node --inspect'],
]

t.test('what is not there is refused by name', async (t) => {
  for (const [flag, sentence] of REFUSED) t.strictSame(problemsOf([flag]), [sentence], flag)
})

t.test('a node of IPv6 alone may be told so, as kube-router must be', async (t) => {
  t.strictSame(problemsOf(['--enable-ipv4=false', '--enable-ipv6=true', '--service-cluster-ip-range=fd00:96::/112']), [])
})

/** kube-router v1.0.1 to v2.11. */
const KUBE_ROUTER_FLAGS = `
  advertise-cluster-ip advertise-external-ip advertise-loadbalancer-ip advertise-pod-cidr auto-mtu bgp-graceful-restart
  bgp-graceful-restart-deferral-time bgp-graceful-restart-time bgp-holdtime bgp-port cache-sync-timeout cleanup-config cluster-asn
  cluster-cidr disable-source-dest-check enable-cni enable-ibgp enable-ipv4 enable-ipv6 enable-overlay enable-pod-egress enable-pprof
  excluded-cidrs gobgp-admin-address gobgp-admin-port hairpin-mode health-addr health-port help hostname-override
  injected-routes-sync-period iptables-sync-period ipvs-graceful-period ipvs-graceful-termination ipvs-permit-all ipvs-sync-period
  kubeconfig loadbalancer-default-class loadbalancer-ip-range loadbalancer-sync-period masquerade-all master metrics-addr metrics-path
  metrics-port netpol-default-deny nodeport-bindon-all-ip nodes-full-mesh nodes-full-mesh-password overlay-encap overlay-encap-port
  overlay-type override-nexthop peer-router-asns peer-router-ips peer-router-multihop-ttl peer-router-passwords
  peer-router-passwords-file peer-router-ports router-id routes-sync-period run-firewall run-loadbalancer run-router run-service-proxy
  runtime-endpoint service-cluster-ip-range service-external-ip-range service-node-port-range service-tcp-timeout
  service-tcpfin-timeout service-udp-timeout strict-external-ip-validation use-nftables-for-netpol v version`

const OURS = ['log-format', 'metrics-traffic-limit', 'nodeport-addresses', 'service-ping']

t.test("the flags are kube-router's, and a few that it has not", async (t) => {
  t.strictSame(Object.keys(PROXY_FLAGS).sort(), [...KUBE_ROUTER_FLAGS.trim().split(/\s+/), ...OURS].sort())
})

/**
 * kube-router's flags that are not effective here: those of parts that Selvedge does not have, and those whose behaviour it does not have.
 * A value that would ask for something is refused by name; only what changes nothing is accepted.
 */
import { durationFlag, integerFlag, listFlag, portFlag, switchFlag, textFlag } from '../../flags/kinds.ts'

const PARTS = 'Parts of kube-router'
const REFUSED = 'Only the default is possible'
const IDLE = 'Accepted for compatibility, no effect'

const only = (fallback: 'true' | 'false', group: string, help: string, refusal: string) => switchFlag({ group, fallback, help, refusal })
const idleSwitch = (fallback: 'true' | 'false', part: string) => switchFlag({ group: IDLE, fallback, help: `${part}.` })
const idleDuration = (fallback: string, part: string) => durationFlag({ group: IDLE, fallback, help: `${part}.` })
const idleText = (placeholder: string, fallback: string, part: string) => textFlag({ group: IDLE, placeholder, fallback, help: `${part}.` })
const idleList = (placeholder: string, part: string, pattern = /^/) =>
  listFlag({ group: IDLE, placeholder, fallback: '', pattern, legal: `${placeholder}, comma-separated`, help: `${part}.` })

const FAMILIES = 'Every family that both the Node and the Service have is served, as by kube-router'
const ROUTER = 'Router only'
const BALANCER = 'Load balancer address allocator only'

export const FOREIGN_FLAGS = {
  'run-service-proxy': only('true', PARTS, 'The service proxy: what this command is.', 'nothing would be left to run'),
  'run-router': only(
    'false',
    PARTS,
    "Routing between nodes. kube-router's default is true; here it is false, also when not given.",
    'Selvedge has no router, the network between nodes is flannel; say --run-router=false or leave it out',
  ),
  'run-firewall': only(
    'false',
    PARTS,
    "NetworkPolicy. kube-router's default is true; here it is false, also when not given.",
    'Selvedge does not enforce NetworkPolicy; say --run-firewall=false or leave it out',
  ),
  'run-loadbalancer': only(
    'false',
    PARTS,
    'Allocation of load balancer addresses.',
    'Selvedge does not allocate load balancer addresses; say --run-loadbalancer=false or leave it out',
  ),

  'ipvs-permit-all': only(
    'true',
    REFUSED,
    'Let only the ports of Services answer at their addresses.',
    'the addresses of Services always answer on the ports of Services only',
  ),
  'enable-pprof': only('false', REFUSED, "Go's profiler on port 6060.", 'this is not a Go program; use node --inspect'),

  'hairpin-mode': idleSwitch('false', 'A pod always reaches itself through its Service'),
  'enable-ipv4': idleSwitch('true', FAMILIES),
  'enable-ipv6': idleSwitch('false', FAMILIES),
  'iptables-sync-period': idleDuration('5m0s', 'NetworkPolicy only'),
  'netpol-default-deny': idleSwitch('false', 'NetworkPolicy only'),
  'use-nftables-for-netpol': idleSwitch('false', 'NetworkPolicy only'),
  'runtime-endpoint': idleText('SOCKET', '', 'Direct server return only'),
  'auto-mtu': idleSwitch('true', 'Router only; selvedge install writes the MTU'),
  'enable-cni': idleSwitch('true', 'Router only; selvedge install writes the conflist'),
  'loadbalancer-default-class': idleSwitch('true', BALANCER),
  'loadbalancer-sync-period': idleDuration('1m0s', BALANCER),
  'advertise-cluster-ip': idleSwitch('false', ROUTER),
  'advertise-external-ip': idleSwitch('false', ROUTER),
  'advertise-loadbalancer-ip': idleSwitch('false', ROUTER),
  'advertise-pod-cidr': idleSwitch('true', ROUTER),
  'bgp-graceful-restart': idleSwitch('false', ROUTER),
  'bgp-graceful-restart-deferral-time': idleDuration('6m0s', ROUTER),
  'bgp-graceful-restart-time': idleDuration('1m30s', ROUTER),
  'bgp-holdtime': idleDuration('1m30s', ROUTER),
  'bgp-port': portFlag({ group: IDLE, fallback: '179', help: `${ROUTER}.` }),
  'cluster-asn': idleInteger('ASN', 4_294_967_295),
  'disable-source-dest-check': idleSwitch('true', ROUTER),
  'enable-ibgp': idleSwitch('true', ROUTER),
  'enable-overlay': idleSwitch('true', ROUTER),
  'enable-pod-egress': idleSwitch('true', ROUTER),
  'gobgp-admin-address': idleText('ADDRESS', '127.0.0.1', ROUTER),
  'gobgp-admin-port': portFlag({ group: IDLE, fallback: '50051', help: `${ROUTER}.` }),
  'injected-routes-sync-period': idleDuration('1m0s', ROUTER),
  'nodes-full-mesh': idleSwitch('true', ROUTER),
  'nodes-full-mesh-password': idleText('PASSWORD', '', ROUTER),
  'overlay-encap': idleText('ipip|fou', 'ipip', ROUTER),
  'overlay-encap-port': portFlag({ group: IDLE, fallback: '5555', help: `${ROUTER}.` }),
  'overlay-type': idleText('subnet|full', 'subnet', ROUTER),
  'override-nexthop': idleSwitch('false', ROUTER),
  'peer-router-asns': idleList('ASN', ROUTER, /^[0-9]{1,10}$/),
  'peer-router-ips': idleList('ADDRESS', ROUTER, /^[0-9a-fA-F.:]+$/),
  'peer-router-multihop-ttl': idleInteger('TTL', 255),
  'peer-router-passwords': idleList('PASSWORD', ROUTER),
  'peer-router-passwords-file': idleText('FILE', '', ROUTER),
  'peer-router-ports': idleList('PORT', ROUTER, /^[0-9]{1,5}$/),
  'router-id': idleText('ID', '', ROUTER),
  'routes-sync-period': idleDuration('5m0s', ROUTER),
}

/** Of these flags, those that are accepted without effect. */
export const isIdle = (name: string): boolean =>
  Object.entries(FOREIGN_FLAGS).some(([known, { group }]) => known === name && group === IDLE)

function idleInteger(placeholder: string, most: number) {
  return integerFlag({ group: IDLE, placeholder, fallback: '0', least: 0, most, help: `${ROUTER}.` })
}

import t from 'tap'
import { type ProxyOptions, parseProxyOptions } from './options.ts'
import { problemsOf } from './testing/problems-of.ts'

const DEFAULTS: ProxyOptions = {
  kubeconfig: undefined,
  master: undefined,
  nodeName: undefined,
  cacheSyncMilliseconds: 60_000,
  auditMilliseconds: 300_000,
  graceMilliseconds: 30_000,
  masqueradeAll: false,
  clusterCidrs: [],
  excludedCidrs: [],
  nodePortAddresses: 'node',
  addressRules: { strict: true, external: [], balancer: [], cluster: [{ address: '10.96.0.0', prefixLength: 12 }] },
  nodePortRange: { first: 30_000, last: 32_767 },
  servicePing: true,
  cleanup: false,
  timeouts: { tcp: 0, tcpFin: 0, udp: 0 },
  metrics: { address: undefined, port: 0, path: '/metrics', trafficLimit: 5_000 },
  health: { address: undefined, port: 20_244 },
  log: { level: 'info', format: 'text' },
  idleFlags: [],
}

t.test("the seed's argument list means what it says", async (t) => {
  const argv = [
    '--run-router=false',
    '--run-firewall=false',
    '--run-service-proxy=true',
    '--kubeconfig=/var/lib/kube-router/kubeconfig',
    '--masquerade-all',
    '--ipvs-sync-period=5s',
    '--iptables-sync-period=10s',
    '--cluster-cidr=10.20.0.0/16',
    '--metrics-port=80',
  ]
  t.strictSame(parseProxyOptions(argv, { NODE_NAME: 'node-1' }), {
    ...DEFAULTS,
    kubeconfig: '/var/lib/kube-router/kubeconfig',
    nodeName: 'node-1',
    masqueradeAll: true,
    auditMilliseconds: 5_000,
    clusterCidrs: [{ address: '10.20.0.0', prefixLength: 16 }],
    metrics: { address: undefined, port: 80, path: '/metrics', trafficLimit: 5_000 },
    idleFlags: ['--iptables-sync-period'],
  })
})

t.test("no arguments at all give kube-router's defaults, without its router and firewall", async (t) => {
  t.strictSame(parseProxyOptions([], {}), DEFAULTS)
})

t.test('options cannot be changed afterwards', async (t) => {
  const options = parseProxyOptions(['--cluster-cidr=10.20.0.0/16'], {})
  for (const part of [options, options.metrics, options.health, options.log, options.timeouts, options.clusterCidrs]) {
    t.ok(Object.isFrozen(part))
  }
})

t.test('every effective flag arrives', async (t) => {
  const argv = [
    '--master=https://10.0.0.1:6443',
    '--hostname-override=worker-7.example',
    '--cache-sync-timeout=2m',
    '--cluster-cidr=10.20.0.0/16,fd00:20::/48',
    '--excluded-cidrs=10.96.0.10/32',
    '--nodeport-bindon-all-ip',
    '--service-node-port-range=20000:22000',
    '--service-ping=false',
    '--cleanup-config',
    '--ipvs-graceful-period=2m',
    '--service-tcp-timeout=15m',
    '--service-tcpfin-timeout=30s',
    '--service-udp-timeout=1m',
    '--metrics-addr=127.0.0.1',
    '--metrics-port=20244',
    '--metrics-path=/m',
    '--health-addr=::1',
    '-v=2',
    '--log-format=json',
  ]
  t.strictSame(parseProxyOptions(argv, { NODE_NAME: 'other' }), {
    ...DEFAULTS,
    master: 'https://10.0.0.1:6443',
    nodeName: 'worker-7.example',
    cacheSyncMilliseconds: 120_000,
    clusterCidrs: [
      { address: '10.20.0.0', prefixLength: 16 },
      { address: 'fd00:20::', prefixLength: 48 },
    ],
    excludedCidrs: [{ address: '10.96.0.10', prefixLength: 32 }],
    graceMilliseconds: 120_000,
    nodePortAddresses: 'all',
    nodePortRange: { first: 20_000, last: 22_000 },
    servicePing: false,
    cleanup: true,
    timeouts: { tcp: 900, tcpFin: 30, udp: 60 },
    metrics: { address: '127.0.0.1', port: 20_244, path: '/m', trafficLimit: 5_000 },
    health: { address: '::1', port: 20_244 },
    log: { level: 'trace', format: 'json' },
  })
})

t.test('without graceful termination nothing is kept, whatever its period', async (t) => {
  const argv = ['--ipvs-graceful-termination=false', '--ipvs-graceful-period=2m']
  t.strictSame(parseProxyOptions(argv, {}), { ...DEFAULTS, graceMilliseconds: 0 })
  t.strictSame(problemsOf(['--ipvs-graceful-period=600h']), [
    '--ipvs-graceful-period=600h is not legal: expected a duration such as 5s or 1m30s, from 0 to 596h',
  ])
})

t.test('flags that ask for nothing new are accepted with their default', async (t) => {
  const argv = ['--run-loadbalancer=false', '--cleanup-config=false', '--ipvs-permit-all', '--enable-ipv4', '--enable-pprof=false']
  t.strictSame(parseProxyOptions(argv, {}), { ...DEFAULTS, idleFlags: ['--enable-ipv4'] })
})

t.test('flags without effect are accepted, and checked all the same', async (t) => {
  t.strictSame(parseProxyOptions(['--advertise-cluster-ip', '--bgp-port=1179', '--peer-router-asns=64512,64513', '--hairpin-mode'], {}), {
    ...DEFAULTS,
    idleFlags: ['--advertise-cluster-ip', '--bgp-port', '--peer-router-asns', '--hairpin-mode'],
  })
  t.strictSame(problemsOf(['--bgp-port=70000', '--iptables-sync-period=10']), [
    '--iptables-sync-period=10 is not legal: expected a duration such as 5s or 1m30s, from 0 to 2400h',
    '--bgp-port=70000 is not legal: expected a whole number from 0 to 65535',
  ])
})

t.test('bad values name what is legal', async (t) => {
  t.strictSame(problemsOf(['--master=10.0.0.1:8080']), [
    '--master=10.0.0.1:8080 is not legal: expected http:// or https:// with a host and perhaps a port',
  ])
  t.strictSame(problemsOf(['--metrics-path=metrics']), ['--metrics-path=metrics is not legal: expected a path that begins with "/"'])
  t.strictSame(problemsOf(['--hostname-override=a/b']), [
    '--hostname-override=a/b is not legal: expected the name of a Node object: lower case letters, digits, "-" and "."',
  ])
  t.strictSame(problemsOf([], { NODE_NAME: '../x' }), [
    'NODE_NAME="../x" is not legal: expected the name of a Node object: lower case letters, digits, "-" and "."',
  ])
})

t.test('metrics and health need a port each, unless they listen on different addresses', async (t) => {
  const both = ['--metrics-port=9000', '--health-port=9000']
  const sentence = '--metrics-port and --health-port are both 9000: they need a port each'
  t.strictSame(problemsOf(both), [sentence])
  t.strictSame(problemsOf([...both, '--health-addr=127.0.0.1']), [sentence])
  t.strictSame(problemsOf([...both, '--health-addr=127.0.0.1', '--metrics-addr=127.0.0.2']), [])
  t.strictSame(problemsOf(['--metrics-port=0', '--health-port=0']), [])
})

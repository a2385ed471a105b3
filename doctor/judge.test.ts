import t from 'tap'
import type { CniFacts, Facts, KernelFacts } from './facts.ts'
import { isSound, judge } from './judge.ts'

const kernel: KernelFacts = {
  release: '6.1.0',
  modules: {
    ip_vs: 'loadable',
    ip_vs_rr: 'present',
    ip_vs_mh: 'present',
    ip_vs_sh: 'present',
    nf_conntrack: 'present',
    br_netfilter: 'present',
    dummy: 'present',
  },
  nft: { value: '1.0.6' },
  tables: { value: true },
  programs: { modprobe: '/sbin/modprobe', iptables: '/usr/sbin/iptables' },
  parameters: [
    { path: 'net/ipv4/ip_forward', wanted: '1', current: '1', writable: true },
    { path: 'net/ipv4/vs/conntrack', wanted: '1', current: undefined, writable: false },
  ],
  leftovers: { value: [] },
}
const cni: CniFacts = {
  podNetwork: { value: { podCidrs: [{ address: '10.20.3.0', prefixLength: 24 }], mtu: 1450 } },
  confDirectory: '/etc/cni/net.d',
  configurations: { value: ['10-kuberouter.conflist', '87-podman.conflist'] },
  subnets: ['10.20.3.0/24'],
  bridgeMtu: 1450,
  binDirectory: '/opt/cni/bin',
  executables: { value: { missing: [], ours: true } },
}
const sound: Facts = {
  netAdmin: true,
  proxyRuns: false,
  kernel,
  cni,
  api: {
    server: { value: 'https://192.0.2.1:6443' },
    node: 'node-a',
    lists: { services: { value: 1 }, endpointslices: { value: 0 }, nodes: { value: 1 } },
  },
  ports: [{ flag: '--health-port', port: 20_244, failure: undefined }],
}

/** `verdict check: found` of all that is not ok. */
const troubles = (facts: Partial<Facts>): string[] =>
  judge({ ...sound, ...facts })
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ verdict, check, found }) => `${verdict} ${check}: ${found}`)
const withKernel = (part: Partial<KernelFacts>): string[] => troubles({ kernel: { ...kernel, ...part } })
const withCni = (part: Partial<CniFacts>): string[] => troubles({ cni: { ...cni, ...part } })

t.test('a node that has everything is all ok, and so is a module that can be loaded', async (t) => {
  t.strictSame(troubles({}), [])
  t.equal(isSound(judge(sound)), true)
})

t.test('what is not ok says what to do', async (t) => {
  const findings = judge({ ...sound, netAdmin: false, kernel: { ...kernel, nft: { failure: 'nft is not installed' } } })
  t.equal(isSound(findings), false)
  for (const { verdict, advice } of findings) t.equal(advice === null, verdict === 'ok')
})

const KERNELS: readonly { readonly name: string; readonly part: Partial<KernelFacts>; readonly troubles: readonly string[] }[] = [
  {
    name: 'no IPVS',
    part: { modules: { ...kernel.modules, ip_vs: 'absent' } },
    troubles: ['problem module ip_vs: neither loaded nor in /lib/modules/6.1.0'],
  },
  {
    name: 'no br_netfilter',
    part: { modules: { ...kernel.modules, br_netfilter: 'absent' } },
    troubles: ['warning module br_netfilter: neither loaded nor in /lib/modules/6.1.0'],
  },
  {
    name: 'nothing tells',
    part: { modules: { ...kernel.modules, dummy: 'unknown' } },
    troubles: ['warning module dummy: not seen, and there is no /lib/modules to tell'],
  },
  {
    name: 'nobody to load it',
    part: { programs: { ...kernel.programs, modprobe: undefined } },
    troubles: ['problem module ip_vs: not loaded', 'warning modprobe: not installed'],
  },
  { name: 'an old nft', part: { nft: { value: '0.9.8' } }, troubles: ['problem nft: 0.9.8'] },
  {
    name: 'no nf_tables',
    part: { tables: { failure: 'Protocol not supported' } },
    troubles: ['problem nft: 1.0.6, but nftables cannot be read: Protocol not supported'],
  },
  {
    name: 'a read-only /proc/sys',
    part: { parameters: [{ path: 'net/ipv4/ip_forward', wanted: '1', current: '0', writable: false }] },
    troubles: ['problem parameters: read-only: net/ipv4/ip_forward 0 to 1'],
  },
  {
    name: 'leftovers',
    part: { leftovers: { value: ['41 addresses of kube-dummy-if'] } },
    troubles: ['warning other proxies: 41 addresses of kube-dummy-if'],
  },
]
for (const { name, part, troubles: expected } of KERNELS) t.test(`kernel: ${name}`, async (t) => t.strictSame(withKernel(part), expected))

t.test('parameters that the proxy will change are no trouble, and are one when it runs', async (t) => {
  const parameters = [{ path: 'net/ipv4/ip_forward', wanted: '1', current: '0', writable: true }]
  t.strictSame(withKernel({ parameters }), [])
  t.strictSame(troubles({ proxyRuns: true, kernel: { ...kernel, parameters } }), ['warning parameters: net/ipv4/ip_forward 0 to 1'])
})

const FILES: readonly { readonly name: string; readonly part: Partial<CniFacts>; readonly troubles: readonly string[] }[] = [
  {
    name: 'no flannel',
    part: { podNetwork: { failure: 'no such file' } },
    troubles: [
      'problem pod networks: no such file',
      "warning conflist: /etc/cni/net.d/10-kuberouter.conflist: nobody can tell whether its networks are this node's",
    ],
  },
  { name: 'no conflist', part: { configurations: { value: [] } }, troubles: ['problem conflist: /etc/cni/net.d has none'] },
  {
    name: 'somebody else’s comes first',
    part: { configurations: { value: ['05-a.conf', '10-kuberouter.conflist'] }, subnets: undefined },
    troubles: ['warning conflist: /etc/cni/net.d/05-a.conf has no bridge with host-local'],
  },
  {
    name: 'another node’s networks',
    part: { subnets: ['10.20.4.0/24'] },
    troubles: ['problem conflist: /etc/cni/net.d/10-kuberouter.conflist hands out 10.20.4.0/24, not 10.20.3.0/24'],
  },
  {
    name: 'another MTU',
    part: { bridgeMtu: undefined },
    troubles: ['warning conflist: /etc/cni/net.d/10-kuberouter.conflist has MTU of the kernel, flannel 1450'],
  },
  {
    name: 'the reference plugins',
    part: { executables: { value: { missing: [], ours: false } } },
    troubles: ["warning executables: /opt/cni/bin has others than this version's"],
  },
  {
    name: 'no executables',
    part: { executables: { value: { missing: ['bridge', 'portmap'], ours: false } } },
    troubles: ['problem executables: /opt/cni/bin lacks bridge, portmap'],
  },
]
for (const { name, part, troubles: expected } of FILES) t.test(`CNI: ${name}`, async (t) => t.strictSame(withCni(part), expected))

t.test('an API server that refuses is a problem of each list, with advice by its reason', async (t) => {
  const failure = '403 Forbidden endpointslices is forbidden'
  const api = { ...sound.api, lists: { services: { value: 1 }, endpointslices: { failure }, nodes: { value: 0 } } }
  const [trouble] = judge({ ...sound, api }).filter(({ verdict }) => verdict !== 'ok')
  t.match(trouble, { check: 'API server', found: `https://192.0.2.1:6443: endpointslices: ${failure}`, advice: /rbac\.yaml/ })
})

t.test('a certificate that is out of time is a matter of clocks, another one of the kubeconfig', async (t) => {
  const adviceFor = (text: string) => {
    const failure = { failure: text }
    const api = { ...sound.api, lists: { services: failure, endpointslices: failure, nodes: failure } }
    return judge({ ...sound, api }).find(({ verdict }) => verdict !== 'ok')?.advice
  }
  const early =
    'the certificate of 192.0.2.1 does not hold at 2020-01-01T00:00:00.000Z, the time of this machine: certificate is not yet valid'
  t.match(adviceFor(early), /^look at the clock of this machine/)
  t.match(adviceFor('the certificate of 192.0.2.1 is not trusted (…): self-signed certificate'), /certificate-authority/)
})

t.test('an API server that nobody reaches is one problem', async (t) => {
  const failure = { failure: 'connect ECONNREFUSED 192.0.2.1:6443' }
  t.strictSame(troubles({ api: { ...sound.api, lists: { services: failure, endpointslices: failure, nodes: failure } } }), [
    'problem API server: https://192.0.2.1:6443: services, endpointslices, nodes: connect ECONNREFUSED 192.0.2.1:6443',
  ])
})

t.test('a Node that does not exist, no configuration, a port that is taken', async (t) => {
  const lists = { services: { value: 1 }, endpointslices: { value: 0 }, nodes: { value: 0 } }
  t.strictSame(troubles({ api: { ...sound.api, lists } }), ['problem Node object: there is none called node-a'])
  t.strictSame(troubles({ api: { server: { failure: 'none is given' }, node: 'a', lists: undefined } }), [
    'problem API server: none is given',
  ])
  t.strictSame(troubles({ ports: [{ flag: '--metrics-port', port: 80, failure: 'address already in use' }] }), [
    'problem port 80: address already in use',
  ])
})

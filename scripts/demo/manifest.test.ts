import { readFileSync } from 'node:fs'
import t from 'tap'
import { readObjects } from '../../conflist/manifest.ts'
import { parseProxyOptions } from '../../proxy/options/options.ts'
import { readManifest } from './manifest.ts'

const read = (name: string): string => readFileSync(new URL(`../../examples/${name}`, import.meta.url), 'utf8')

const SEED_ARGUMENTS = [
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

const SEED_CONFLIST = {
  cniVersion: '0.3.0',
  name: 'mynet',
  plugins: [
    { name: 'kubernetes', type: 'bridge', bridge: 'kube-bridge', isDefaultGateway: true, ipam: { type: 'host-local' } },
    { type: 'portmap', capabilities: { snat: true, portMappings: true } },
  ],
}

for (const name of ['seed/kube-router.original.yaml', 'kube-router.yaml']) {
  t.test(`${name} has the conflist and the arguments of the seed`, async (t) => {
    const { conflist, proxyArguments } = readManifest(read(name), name)
    t.equal(conflist.fileName, '10-kuberouter.conflist')
    t.strictSame(conflist.value, SEED_CONFLIST)
    t.strictSame(proxyArguments, SEED_ARGUMENTS)
  })
}

t.test('the arguments of the example are taken by our proxy', async (t) => {
  const { proxyArguments } = readManifest(read('kube-router.yaml'), 'kube-router.yaml')
  const { kubeconfig, masqueradeAll, auditMilliseconds } = parseProxyOptions(proxyArguments, {})
  t.strictSame([kubeconfig, masqueradeAll, auditMilliseconds], ['/var/lib/kube-router/kubeconfig', true, 5_000])
})

t.test("the example uses today's API and selects its own pods", async (t) => {
  const [configMap, daemonSet, ...others] = readObjects(read('kube-router.yaml'), 'kube-router.yaml')
  t.equal(configMap?.kind, 'ConfigMap')
  t.match(daemonSet, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    spec: { selector: { matchLabels: { 'k8s-app': 'kube-router' } }, template: { metadata: { labels: { 'k8s-app': 'kube-router' } } } },
  })
  t.strictSame(others, [])
})

t.test('every volume that is mounted in the example is declared, and the other way round', async (t) => {
  const text = read('kube-router.yaml')
  const names = (pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].sort()
  const mounted = names(/- name: (\S+)\n\s+mountPath:/g)
  t.strictSame(mounted, names(/- name: (\S+)\n\s+(?:hostPath|configMap):/g))
  t.equal(mounted.length, 9)
})

t.test('the Service of the example has TCP and UDP, at its cluster IP and at NodePorts', async (t) => {
  const [service, ...others] = readObjects(read('service.yaml'), 'service.yaml')
  t.match(service, {
    kind: 'Service',
    metadata: { name: 'go-cloudmsg', namespace: 'default' },
    spec: {
      type: 'NodePort',
      ports: [
        { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30_080 },
        { name: 'notify', protocol: 'UDP', port: 5300, targetPort: 5300, nodePort: 30_053 },
      ],
    },
  })
  t.strictSame(others, [])
})

t.test('a manifest without a DaemonSet, or whose DaemonSet has no arguments, is refused', async (t) => {
  t.throws(() => readManifest('kind: Service', 'm.yaml'), { message: 'm.yaml: there is no DaemonSet in it' })
  t.throws(() => readManifest('kind: DaemonSet\nspec: {template: {spec: {containers: []}}}', 'm.yaml'), {
    message: 'm.yaml: DaemonSet: spec.template.spec.containers[0].args: missing: expected a list of texts',
  })
  t.throws(() => readManifest('kind: DaemonSet\nspec: {template: {spec: {containers: [{args: [1]}]}}}', 'm.yaml'), {
    message: 'm.yaml: DaemonSet: spec.template.spec.containers[0].args: [1] is not legal: expected a list of texts',
  })
})

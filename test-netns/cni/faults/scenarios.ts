/** The chains that are disturbed, and what they leave when nobody does. */
import type { Scenario } from './scene.ts'

const BRIDGE = {
  type: 'bridge',
  bridge: 'br0',
  isDefaultGateway: true,
  hairpinMode: true,
  ipam: { type: 'host-local', dataDir: 'DIR', ranges: [[{ subnet: '10.1.2.0/24' }], [{ subnet: 'fd00:1::/64' }]] },
}

const masquerading = (ipMasqBackend: string): Scenario['plugins'][number] => ({ ...BRIDGE, ipMasq: true, ipMasqBackend, macspoofchk: true })

const portmap = (backend: string): Scenario['plugins'][number] => ({
  type: 'portmap',
  backend,
  runtimeConfig: {
    portMappings: [
      { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
      { hostPort: 8053, containerPort: 53, protocol: 'udp' },
    ],
  },
})

export const SCENARIOS = {
  bridge: { title: 'bridge with host-local', plugins: [BRIDGE] },
  nftables: { title: 'portmap with nftables', plugins: [portmap('nftables')] },
  iptables: { title: 'portmap with iptables', plugins: [portmap('iptables')] },
  legacy: { title: 'portmap with legacy iptables', plugins: [portmap('iptables')], variant: 'legacy' },
  masquerade: { title: 'bridge that masquerades and checks sources', plugins: [masquerading('iptables')] },
  masqueradeNft: { title: 'bridge that masquerades with nftables', plugins: [masquerading('nftables')] },
  legacyChain: {
    title: 'the chain bridge, host-local, portmap with legacy iptables',
    plugins: [masquerading('iptables'), portmap('iptables')],
    variant: 'legacy',
  },
  chain: { title: 'the chain bridge, host-local, portmap', plugins: [BRIDGE, portmap('iptables')] },
} as const satisfies Readonly<Record<string, Scenario>>

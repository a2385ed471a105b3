/** What stands in two namespaces and a data folder after a CNI call, told by `ip`, `iptables-save`, `nft` and the file system. */
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'

export interface Scene {
  /** Names of the namespaces that play host and pod. */
  readonly host: string
  readonly pod: string
  /** The IPAM data folder. */
  readonly folder: string
}

/** The observation of one step, in the recording's words. */
export type Observation = Readonly<Record<string, unknown>>

export const observe = async ({ host, pod, folder }: Scene): Promise<Observation> => ({
  'links h': await linksOf(host),
  'routes h': await routesOf(host),
  'links p': await linksOf(pod),
  'routes p': await routesOf(pod),
  'iptables-save': await savedRules(host, 'iptables-save'),
  'ip6tables-save': await savedRules(host, 'ip6tables-save'),
  files: filesOf(folder),
  'net.ipv4.ip_forward': await sysctl(host, 'net/ipv4/ip_forward'),
  'net.ipv4.conf.kube-bridge.route_localnet': await sysctl(host, 'net/ipv4/conf/kube-bridge/route_localnet'),
  'net.ipv6.conf.all.forwarding': await sysctl(host, 'net/ipv6/conf/all/forwarding'),
})

const inside = async (namespace: string, ...command: string[]): Promise<string> => {
  const [program = '', ...parameters] = command
  return (await execa('ip', ['netns', 'exec', namespace, program, ...parameters], { reject: false })).stdout
}

interface IpLink {
  readonly ifname: string
  readonly mtu: number
  readonly flags: readonly string[]
  readonly master?: string
  readonly promiscuity: number
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_slave_data?: { readonly hairpin?: boolean; readonly isolated?: boolean }
  }
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number }[]
}

const linksOf = async (namespace: string): Promise<unknown[]> => {
  const links: readonly IpLink[] = JSON.parse((await inside(namespace, 'ip', '-j', '-d', 'addr')) || '[]')
  return links.map(describeLink).toSorted(byText)
}

const describeLink = ({ ifname, mtu, flags, master, promiscuity, linkinfo, addr_info }: IpLink): unknown[] => {
  const port = { hairpin: linkinfo?.info_slave_data?.hairpin ?? null, isolated: linkinfo?.info_slave_data?.isolated ?? null }
  const addresses = addr_info.filter(({ local }) => !local.startsWith('fe80')).map(({ local, prefixlen }) => `${local}/${prefixlen}`)
  const name = ifname.replace(/^veth[0-9a-f]{8}$/, 'vethX')
  return [name, mtu, flags.includes('UP'), master ?? null, linkinfo?.info_kind ?? null, port, promiscuity, addresses.toSorted()]
}

interface IpRoute {
  readonly dst: string
  readonly gateway?: string
  readonly dev: string
  readonly prefsrc?: string
}

const routesOf = async (namespace: string): Promise<unknown[]> => {
  const dumps = await Promise.all(['-4', '-6'].map((family) => inside(namespace, 'ip', '-j', family, 'route')))
  const routes: IpRoute[] = dumps.flatMap((dump) => JSON.parse(dump || '[]'))
  return routes
    .filter(({ dst }) => !dst.startsWith('fe80'))
    .map(({ dst, gateway, dev, prefsrc }) => [dst, gateway ?? null, dev.replace(/^veth[0-9a-f]{8}$/, 'vethX'), prefsrc ?? null])
    .toSorted(byText)
}

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)

const savedRules = async (namespace: string, program: string): Promise<string> =>
  (await inside(namespace, program, '-t', 'nat'))
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.replace(/\[\d+:\d+\]/, ''))
    .join('\n')

const filesOf = (folder: string): unknown[] =>
  globSync('**/*', { cwd: folder })
    .filter((path) => statSync(join(folder, path)).isFile())
    .toSorted()
    .map((path) => [path, `0o${(statSync(join(folder, path)).mode & 0o777).toString(8)}`, readFileSync(join(folder, path), 'utf8')])

/** A sysctl's value, empty when there is no such file. */
const sysctl = async (namespace: string, path: string): Promise<string> => (await inside(namespace, 'cat', `/proc/sys/${path}`)).trim()

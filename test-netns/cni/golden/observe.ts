/** What stands in two namespaces and a data folder after a CNI call, told by `ip`, `iptables-save`, `nft` and the file system. */
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Scene } from './scene.ts'

/** The observation of one step, in the recording's words. */
export type Observation = Readonly<Record<string, unknown>>

const SYSCTLS = ['net.ipv4.ip_forward', 'net.ipv4.conf.kube-bridge.route_localnet', 'net.ipv6.conf.all.forwarding'] as const

const LINKS_AND_ROUTES = ['ip -j -d addr', 'ip -j -4 route', 'ip -j -6 route']
const RULES_AND_SYSCTLS = ['iptables-save -t nat', 'ip6tables-save -t nat', 'nft list tables', `sysctl --ignore ${SYSCTLS.join(' ')}`]

export const observe = async ({ host, pod, folder }: Scene): Promise<Observation> => {
  const [[hostLinks, hostRoutes, hostRoutes6, iptables, ip6tables, tables, sysctls], [podLinks, podRoutes, podRoutes6]] = await Promise.all(
    [inside(host, [...LINKS_AND_ROUTES, ...RULES_AND_SYSCTLS]), inside(pod, LINKS_AND_ROUTES)],
  )
  return {
    'links h': linksOf(hostLinks),
    'routes h': routesOf(hostRoutes, hostRoutes6),
    'links p': linksOf(podLinks),
    'routes p': routesOf(podRoutes, podRoutes6),
    'iptables-save': withoutCounters(iptables),
    'ip6tables-save': withoutCounters(ip6tables),
    nft: lines(tables)
      .filter((table) => table.includes('cni'))
      .join('\n'),
    files: filesOf(folder),
    ...Object.fromEntries(
      SYSCTLS.map((name) => [
        name,
        lines(sysctls)
          .find((line) => line.startsWith(`${name} = `))
          ?.split(' = ')[1] ?? '',
      ]),
    ),
  }
}

const SEPARATOR = '-- next --\n'

/** The outputs of some commands in one namespace, all run by one shell: a process that enters a namespace costs as much as the command. */
const inside = async (namespace: string, commands: readonly string[]): Promise<string[]> => {
  const script = commands.map((command) => `${command}; printf '%s' "$1"`).join('\n')
  const command = [`--net=/run/netns/${namespace}`, 'sh', '-c', script, 'observe', SEPARATOR]
  const { stdout } = await execa('nsenter', command, { reject: false, stripFinalNewline: false })
  return stdout.split(SEPARATOR)
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

const linksOf = (dump = ''): unknown[] => {
  const links: readonly IpLink[] = JSON.parse(dump || '[]')
  return links.map(describeLink).toSorted(byText)
}

const describeLink = ({ ifname, mtu, flags, master, promiscuity, linkinfo, addr_info }: IpLink): unknown[] => {
  const port = { hairpin: linkinfo?.info_slave_data?.hairpin ?? null, isolated: linkinfo?.info_slave_data?.isolated ?? null }
  const addresses = addr_info.filter(({ local }) => !local.startsWith('fe80')).map(({ local, prefixlen }) => `${local}/${prefixlen}`)
  return [named(ifname), mtu, flags.includes('UP'), master ?? null, linkinfo?.info_kind ?? null, port, promiscuity, addresses.toSorted()]
}

interface IpRoute {
  readonly dst: string
  readonly gateway?: string
  readonly dev: string
  readonly prefsrc?: string
}

const routesOf = (...dumps: (string | undefined)[]): unknown[] => {
  const routes: IpRoute[] = dumps.flatMap((dump) => JSON.parse(dump || '[]'))
  return routes
    .filter(({ dst }) => !dst.startsWith('fe80'))
    .map(({ dst, gateway, dev, prefsrc }) => [dst, gateway ?? null, named(dev), prefsrc ?? null])
    .toSorted(byText)
}

const named = (device: string): string => device.replace(/^veth[0-9a-f]{8}$/, 'vethX')

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)

const lines = (text = ''): string[] => text.split('\n').filter((line) => line !== '')

const withoutCounters = (dump: string | undefined): string =>
  lines(dump)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.replace(/\[\d+:\d+\]/, ''))
    .join('\n')

const filesOf = (folder: string): unknown[] =>
  globSync('**/*', { cwd: folder })
    .filter((path) => statSync(join(folder, path)).isFile())
    .toSorted()
    .map((path) => [path, `0o${(statSync(join(folder, path)).mode & 0o777).toString(8)}`, readFileSync(join(folder, path), 'utf8')])

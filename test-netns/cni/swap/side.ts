/** A host and a pod for swap tests, used for one case after the other: what the last one left is removed, and what is there is told. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'
import { withVariant } from '../portmap-variant.ts'
import { BRIDGE, NETWORK } from './config.ts'
import { describeLinks } from './describe-links.ts'
import type { SwapCase } from './dimensions.ts'

export interface Side {
  readonly host: NetNamespace
  readonly pod: NetNamespace
  /** The leases, and resolv.conf. */
  readonly folder: string
  /** For each variant of iptables, the command line before a program that is to see it. */
  readonly variants: Readonly<Record<SwapCase['iptables'], readonly string[]>>
}

export const makeSide = (owner: Owner): Side => {
  const folder = mkdtempSync(join(tmpdir(), 'swap-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  return {
    host: makeNamespace(owner, 'swap-host'),
    pod: makeNamespace(owner, 'swap-pod'),
    folder,
    variants: { nft: withVariant(owner, 'nft'), legacy: withVariant(owner, 'legacy') },
  }
}

/** For iptables-restore, which drops the rules and chains of the tables it is given. */
const EMPTY_TABLES = ['nat', 'mangle', 'filter'].map((table) => `*${table}\\nCOMMIT\\n`).join('')

/** Makes the host as if nothing had ever happened there, but for the marks chain of somebody else and, with forceAddress, a bridge with another address. */
export const prepare = async ({ host, pod, folder }: Side, each: SwapCase): Promise<void> => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  writeFileSync(`${folder}/resolv.conf`, 'nameserver 192.0.2.53\nsearch example.com\noptions ndots:2\n')
  const commands = [
    `for program in iptables ip6tables; do printf '${EMPTY_TABLES}' | $program-legacy-restore; done`,
    'nft flush ruleset',
    'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0',
    `ip link del ${BRIDGE} 2>/dev/null; ip -netns ${pod.name} link del eth0 2>/dev/null`,
    ...(each.gateway === 'forceAddress'
      ? [`ip link add ${BRIDGE} type bridge`, `ip addr add 10.99.0.1/24 dev ${BRIDGE}`, `ip link set ${BRIDGE} up`]
      : []),
    ...(each.marking === 'external mark chain'
      ? [`for program in iptables ip6tables; do $program-${each.iptables} -t nat -N SOMEBODYS-MARK; done`]
      : []),
    'true',
  ]
  await execa('nsenter', [`--net=${host.path}`, 'sh', '-c', commands.join('\n')])
}

/** What there is, each kind as lines of text. */
export type Observed = Readonly<Record<string, readonly string[]>>

/** Links with their addresses, routes, rules of the case's variant of iptables, nftables tables, forwarding, and the files of IPAM. */
export const observe = async ({ host, pod, folder }: Side, each: SwapCase): Promise<Observed> => {
  const script = [
    ...section('host links', 'ip -j -d addr'),
    ...section('pod links', `ip -n ${pod.name} -j -d addr`),
    ...section('host routes', 'ip -4 route', 'ip -6 route'),
    ...section('pod routes', `ip -n ${pod.name} -4 route`, `ip -n ${pod.name} -6 route`),
    ...section('IPv4 rules', `iptables-${each.iptables}-save`),
    ...section('IPv6 rules', `ip6tables-${each.iptables}-save`),
    ...section('nftables', 'nft -s list ruleset bridge', 'nft -s list tables'),
    ...section('sysctls', ...SYSCTLS.map((name) => `read value </proc/sys/${name} && echo ${name} $value`)),
  ]
  const { stdout } = await execa('nsenter', [`--net=${host.path}`, 'sh', '-c', script.join('\n')], { reject: false, stderr: 'ignore' })
  return { ...Object.fromEntries(stdout.split(/^== /m).slice(1).map(sectionOf)), ...filesOf(folder) }
}

/** The files of IPAM: their content, and who may read them. */
const filesOf = (folder: string): Observed => {
  const paths = globSync(`${NETWORK}/*`, { cwd: folder }).toSorted()
  return {
    leases: paths.map((path) => `${path} ${JSON.stringify(readFileSync(join(folder, path), 'utf8'))}`),
    'lease modes': paths.map((path) => `${path} ${(statSync(join(folder, path)).mode & 0o777).toString(8)}`),
  }
}

const SYSCTLS = ['net/ipv4/ip_forward', 'net/ipv6/conf/all/forwarding', `net/ipv4/conf/${BRIDGE}/route_localnet`]

const section = (name: string, ...commands: string[]): string[] => [`echo; echo '== ${name}'`, ...commands]

const sectionOf = (part: string): [string, string[]] => {
  const [name = '', ...lines] = part.split('\n')
  const said = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (name.endsWith(' links')) return [name, describeLinks(said)]
  return [name, name.endsWith(' rules') ? withTables(said) : said.filter(isSteady)]
}

/** Chains and rules of iptables-save, each after its table's name. */
const withTables = (lines: readonly string[]): string[] => {
  let table = ''
  return lines.flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1)
    return /^[:-]/.test(line) ? [`${table} ${line}`] : []
  })
}

/** Link-local addresses come when they like. */
const isSteady = (line: string): boolean => !line.startsWith('fe80:')

/** What stands in two namespaces, as lines that can be compared between runs: what is random or follows the clock is replaced. */
import type { NetNamespace } from '../../rig/namespace.ts'

const SEPARATOR = '====='

/** A shell script, to be run on the host, whose output readLines understands. One process for each witness: this runs hundreds of times. */
export const hostScript = (pod: NetNamespace, variant?: 'legacy'): string =>
  [
    'ip -j address',
    'ip -j -4 route',
    'ip -j -6 route',
    `ip -n ${pod.name} -j address`,
    `ip -n ${pod.name} -j -4 route`,
    `ip -n ${pod.name} -j -6 route`,
    'nft --stateless list ruleset',
    ...(variant === 'legacy' ? ['iptables-legacy-save', "ip6tables-legacy-save | sed 's/^\\*/*ip6 /'"] : []),
  ].join(`; echo ${SEPARATOR}; `)

/** The lines of the script's output. */
export const readLines = (output: string): string[] => {
  const [hostLinks = '', host4 = '', host6 = '', podLinks = '', pod4 = '', pod6 = '', ...rules] = output.split(SEPARATOR)
  return [
    ...[...linkLines(hostLinks), ...routeLines(host4), ...routeLines(host6)].map((line) => `host ${line}`),
    ...[...linkLines(podLinks), ...routeLines(pod4), ...routeLines(pod6)].map((line) => `pod ${line}`),
    ...rules.flatMap(ruleLines),
  ].map(withoutRandom)
}

interface Device {
  readonly ifname: string
  readonly flags: readonly string[]
  readonly master?: string
  readonly mtu: number
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[]
}

const linkLines = (json: string): string[] =>
  (JSON.parse(json.trim() || '[]') as Device[]).flatMap(({ ifname, flags, master, mtu, addr_info }) => [
    `device ${ifname} ${flags.includes('UP') ? 'up' : 'down'} mtu ${mtu} master ${master ?? '-'}`,
    // A bridge gets and loses its link-local address by itself.
    ...addr_info.filter(({ scope }) => scope !== 'link').map(({ local, prefixlen }) => `address ${ifname} ${local}/${prefixlen}`),
  ])

interface Route {
  readonly dst: string
  readonly dev: string
  readonly gateway?: string
}

const routeLines = (json: string): string[] =>
  (JSON.parse(json.trim() || '[]') as Route[])
    .filter(({ dst }) => dst !== 'fe80::/64' && dst !== 'multicast')
    .map(({ dst, dev, gateway }) => `route ${dst} dev ${dev} via ${gateway ?? '-'}`)

/** Every rule with the table and chain it is in: nft tells by nesting, iptables-save by a line before a table's rules. */
const ruleLines = (text: string): string[] => {
  let around: string[] = []
  const lines: string[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line.startsWith('*')) around = [line]
    else if (line === '}') around.pop()
    else if (line !== '' && !line.startsWith('#')) lines.push(['rule', ...around, line.replace(/ ?\[\d+:\d+\]$/, '')].join(' '))
    if (line.endsWith('{')) around.push(line.slice(0, -2))
  }
  return lines
}

/** Pod addresses follow the cursor of the range. */
const withoutRandom = (line: string): string =>
  line
    .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC')
    .replaceAll(/\bveth[0-9a-f]{8}\b/g, 'vethX')
    .replaceAll(/\b10\.1\.2\.(?!1\b|0\b)\d+\b/g, 'POD4')
    .replaceAll(/\bfd00:1::(?!1\b|\/)[0-9a-f]+\b/g, 'POD6')

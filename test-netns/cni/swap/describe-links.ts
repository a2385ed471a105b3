/** Links as `ip -json -details address` tells them, one line each: what plugins set, and nothing that comes and goes by itself. */

interface IpLink {
  readonly ifname: string
  readonly mtu: number
  readonly flags: readonly string[]
  readonly address?: string
  readonly master?: string
  readonly promiscuity: number
  readonly linkinfo?: { readonly info_kind?: string; readonly info_slave_data?: Readonly<Record<string, unknown>> }
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly broadcast?: string; readonly scope: string }[]
}

/** @param text the program's output */
export const describeLinks = (text: readonly string[]): string[] =>
  (JSON.parse(text.join('\n') || '[]') as readonly IpLink[]).map(describe).toSorted()

const describe = ({ ifname, mtu, flags, address, master, promiscuity, linkinfo, addr_info }: IpLink): string => {
  const port = Object.entries(linkinfo?.info_slave_data ?? {}).filter(([name, value]) => PORT_FIELDS.includes(name) && value === true)
  const addresses = addr_info
    .filter(({ scope }) => scope !== 'link')
    .map(({ local, prefixlen, broadcast = '-' }) => `${local}/${prefixlen}/${broadcast}`)
  const given = address?.startsWith('02:00:00') === true ? 'chosen MAC' : ''
  const words = [ifname, linkinfo?.info_kind, `mtu ${mtu}`, flags.includes('UP') ? 'up' : 'down', master, ...port.map(([name]) => name)]
  return [...words, `promiscuity ${promiscuity}`, given, ...addresses].filter(Boolean).join(' ')
}

const PORT_FIELDS = ['hairpin', 'isolated', 'guard', 'neigh_suppress']

/**
 * Where our plugins and those of the Debian package (1.1.1) differ, and why. Ours follow the reference 1.9 and cure some of its faults.
 * An entry says in which cases it shows; there it must, in at least one line, and every line must be known.
 */
import type { SwapCase } from './dimensions.ts'

export interface KnownDifference {
  readonly reason: string
  readonly where: (each: SwapCase) => boolean
  /** A line of `differencesOf`. */
  readonly line: RegExp
}

const hasLeases = ({ ipam }: SwapCase): boolean => ipam !== 'layer 2'
const checks = ({ cniVersion }: SwapCase): boolean => cniVersion !== '0.3.1'
const maps = ({ ports, ipam }: SwapCase): boolean => ports !== 'no portmap' && ports !== 'no ports' && ipam !== 'layer 2'
/** Host addresses of IPv4 only map nothing for a container without IPv4. */
const hasRules = (each: SwapCase): boolean => maps(each) && !(each.ports === 'capital keys' && each.families === 'IPv6')
const isDual = ({ families }: SwapCase): boolean => families === 'dual stack'
const hasGateway = ({ gateway }: SwapCase): boolean => gateway !== 'no gateway'

/** Two IPv4 gateways on one bridge: the second one conflicts with the first, and ADD fails. */
export const addFails = (each: SwapCase): boolean =>
  each.ipam === 'two sets' && each.families !== 'IPv6' && hasGateway(each) && each.gateway !== 'forceAddress'

/** Two addresses of one family that are masqueraded share a chain. */
const sharesChain = (each: SwapCase): boolean => each.masquerade === 'ipMasq' && each.ipam === 'two sets' && !addFails(each)

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    reason: 'newer: the reference writes leases and cursors so that only root can read them (0600) since 1.9',
    where: hasLeases,
    line: /^lease modes: only (Go’s has .* 644|ours has .* 600)$/,
  },
  {
    reason: 'newer: results of version 1.0.0 leave an empty dns out',
    where: (each) => each.cniVersion === '1.0.0' && each.ipam !== 'routes and dns' && !addFails(each),
    line: /^(bridge|portmap) ADD printed dns: Go \{\}, ours undefined$/,
  },
  {
    reason: 'newer: the dns of IPAM counts where the bridge’s config has none; 1.1.1 loses it',
    where: (each) => each.ipam === 'routes and dns',
    line: /^(bridge|portmap) ADD printed dns (nameservers|search|options): Go undefined, ours \[/,
  },
  {
    // The table shows in a host's first case with macspoofchk only: it stays.
    reason: 'cured: an ADD that fails undoes everything it made; the reference leaves links, addresses, routes and table bridge nat to DEL',
    where: addFails,
    line: /^(host links|pod links|host routes|pod routes|sysctls): only (Go’s|ours) has |^nftables: only Go’s has (table bridge nat( \{)?|\tchain PREROUTING \{|\t\ttype filter hook prerouting priority dstnat; policy accept;|\t?\})$/,
  },
  {
    reason: 'newer: 1.1.1 does not know masqAll, and its CHECK wants the rules that are made without it',
    where: (each) => each.marking === 'masqAll' && hasRules(each) && !addFails(each),
    line: /^IPv[46] rules: only (Go’s has .* -s \S+ .*|ours has .*)--dport \d+ -j CNI-HOSTPORT-SETMARK$|^CHECK of (Go’s attachment: only ours|our attachment: only Go) says portmap: could not check ipv[46] dnat: rule /,
  },
  {
    reason: 'cured: where route_localnet is set, packets from elsewhere to 127.0.0.0/8 are dropped; the reference lets neighbours in',
    where: (each) => each.marking !== 'no snat' && maps(each) && each.families !== 'IPv6' && !addFails(each),
    line: /^(IPv4 rules: only ours has mangle |nftables: only ours has table ip mangle$)/,
  },
  {
    reason: 'newer: 1.1.1 does not find a route that got the gateway of its family, having none of its own',
    where: (each) => checks(each) && each.ipam === 'routes and dns',
    line: /^CHECK of (Go’s|our) attachment: only Go says bridge: Expected Route \{.* GW:<nil>\} not found in routing table$/,
  },
  {
    reason: 'newer: 1.1.1 looks for the other family’s chain too, where the container has one family',
    where: (each) => checks(each) && maps(each) && !isDual(each) && !addFails(each),
    line: /^CHECK of (Go’s|our) attachment: only Go says portmap: could not check ipv[46] dnat: chain CNI-DN-\w+ not found/,
  },
  {
    reason: 'newer: 1.1.1 looks for the rules of one family in the chain of the other, where the container has both',
    where: (each) => checks(each) && maps(each) && isDual(each) && !addFails(each),
    line: /^CHECK of (Go’s|our) attachment: only Go says portmap: could not check ipv6 dnat: rule /,
  },
  {
    reason: 'cured: CHECK without an IPAM plugin is about links; the reference asks an IPAM plugin without a name',
    where: (each) => checks(each) && each.ipam === 'layer 2',
    line: /^CHECK of (Go’s|our) attachment: only Go says bridge: no plugin name provided$/,
  },
  {
    reason:
      'cured: in a chain of two addresses each subnet is excepted before anything is masqueraded; in the reference’s the second comes too late',
    where: sharesChain,
    line: /^IPv[46] rules: in another order$/,
  },
  {
    reason:
      'cured: the reference’s DEL, also of its own attachment, cannot delete a chain of two addresses while the second one’s rule leads there',
    where: sharesChain,
    line: /^Go’s DEL of ours? (bridge: running .* -X CNI-|leaves IPv[46] rules: nat (:|-A |-A POSTROUTING -s \S+ .* -j )CNI-[0-9a-f]{24}( |$))/,
  },
  {
    reason:
      'cured: ip6tables-legacy 1.8.9 takes a rule of one port for that of another when it is asked whether there is one, and the reference then leaves the second out',
    where: (each) =>
      ['host addresses', 'twenty ports'].includes(each.ports) &&
      each.iptables === 'legacy' &&
      each.families !== 'IPv4' &&
      maps(each) &&
      !addFails(each),
    line: /^IPv6 rules: only ours has nat -A CNI-DN-\w+ .*--dport \d+ |^CHECK of Go’s attachment: only ours says portmap: could not check ipv6 dnat: rule /,
  },
]

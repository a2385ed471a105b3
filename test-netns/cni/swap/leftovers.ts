/** What an attachment leaves behind, beside what the reference means to stay: the bridge, chains that all share, the cursors and the lock. */
import { BRIDGE } from './config.ts'
import type { Observed } from './side.ts'

const SHARED = new RegExp(
  [
    '^(\\w+ :(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING|SOMEBODYS-MARK|CNI-HOSTPORT-\\w+) ',
    '\\w+ -A (PREROUTING|OUTPUT|POSTROUTING) .*-j CNI-HOSTPORT-\\w+$',
    '\\w+ -A CNI-HOSTPORT-(MASQ|SETMARK|LOCALNET) )',
  ].join('|'),
)

/** Each kind's lines that may stay. */
const MAY_STAY: Readonly<Record<string, RegExp>> = {
  'host links': new RegExp(`^(lo|${BRIDGE}) `),
  'pod links': /^lo /,
  'host routes': new RegExp(`^\\S+ dev ${BRIDGE} proto kernel `),
  'pod routes': /^$/,
  'IPv4 rules': SHARED,
  'IPv6 rules': SHARED,
  nftables: /^(table .*|\tchain PREROUTING \{|\t\ttype filter .*|\t?\})$/,
  sysctls: /^/,
  'lease modes': /^/,
  leases: /^mynet\/(lock|last_reserved_ip\.\d) /,
}

/** The lines that should be gone, each with its kind. */
export const leftovers = (left: Observed): string[] =>
  Object.entries(left).flatMap(([name, lines]) =>
    lines.filter((line) => MAY_STAY[name]?.test(line) !== true).map((line) => `${name}: ${line}`),
  )

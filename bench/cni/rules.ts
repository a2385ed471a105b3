/** Rules of others, for measuring beside them. */
import type { Host } from './host.ts'

/** Of a chain of its own in table nat, which no packet takes; kube-proxy's rules for some thousand Services look like this. */
export const fillIptables = (host: Host, count: number): void => {
  const rules = numbers(count).map((index) => `-A BENCH -d ${addressOf(index)}/32 -p tcp -m tcp --dport ${1 + (index % 60_000)} -j RETURN`)
  host.run(['*nat', ':BENCH - [0:0]', ...rules, 'COMMIT', ''].join('\n'), 'iptables-restore', '--noflush')
}

/** Of a table of its own, which iptables never looks at. */
export const fillNftables = (host: Host, count: number): void => {
  const rules = numbers(count).map((index) => `ip daddr ${addressOf(index)} tcp dport ${1 + (index % 60_000)} return`)
  host.run(['table ip bench {', 'chain bench {', ...rules, '}', '}', ''].join('\n'), 'nft', '-f', '-')
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const addressOf = (index: number): string => `172.16.${index >> 8}.${index & 255}`

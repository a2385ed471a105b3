/** Packet filters that drop or reject what they do not know, of every kind that people have on nodes. */

export interface Filter {
  readonly name: string
  /** A script of shell words that makes it in the router's namespace. */
  readonly make: string
  /** Another that lets it accept again. */
  readonly relent: string
  /** Where our rule goes. */
  readonly where: readonly string[]
  /** Who is asked, over the chain that it closes. */
  readonly through: readonly string[]
}

export const INPUT4 = '10.1.0.1'
export const FORWARD4 = '10.2.0.2'
export const INPUT6 = '[fd01::1]'
export const FORWARD6 = '[fd02::2]'
const ND = 'meta l4proto ipv6-icmp accept;'

export const FILTERS: readonly Filter[] = [
  {
    name: 'a plain table of any name, both families',
    make: `nft 'table inet Nine.lives { chain way_in { type filter hook input priority 5; policy drop; ${ND} }; chain through { type filter hook forward priority -5; policy drop; ${ND} }; }'`,
    relent: `nft 'chain inet Nine.lives way_in { policy accept; }; chain inet Nine.lives through { policy accept; }'`,
    where: ['nftables inet Nine.lives way_in', 'nftables inet Nine.lives through'],
    through: [INPUT4, FORWARD4, INPUT6, FORWARD6],
  },
  {
    name: 'iptables-nft',
    make: 'iptables-nft -P INPUT DROP; iptables-nft -P FORWARD DROP; iptables-nft -A INPUT -p tcp --dport 22 -j ACCEPT',
    relent: 'iptables-nft -P INPUT ACCEPT; iptables-nft -P FORWARD ACCEPT',
    where: ['nftables ip filter INPUT', 'nftables ip filter FORWARD'],
    through: [INPUT4, FORWARD4],
  },
  {
    name: 'ip6tables-nft',
    make: 'ip6tables-nft -A INPUT -p ipv6-icmp -j ACCEPT; ip6tables-nft -A FORWARD -p ipv6-icmp -j ACCEPT; ip6tables-nft -P INPUT DROP; ip6tables-nft -P FORWARD DROP',
    relent: 'ip6tables-nft -P INPUT ACCEPT; ip6tables-nft -P FORWARD ACCEPT',
    where: ['nftables ip6 filter INPUT', 'nftables ip6 filter FORWARD'],
    through: [INPUT6, FORWARD6],
  },
  {
    name: 'legacy iptables',
    make: 'iptables-legacy -P INPUT DROP; iptables-legacy -P FORWARD DROP; iptables-legacy -A INPUT -p tcp --dport 22 -j ACCEPT',
    relent: 'iptables-legacy -P INPUT ACCEPT; iptables-legacy -P FORWARD ACCEPT',
    where: ['legacy iptables INPUT', 'legacy iptables FORWARD'],
    through: [INPUT4, FORWARD4],
  },
  {
    name: 'legacy ip6tables',
    make: 'ip6tables-legacy -A INPUT -p ipv6-icmp -j ACCEPT; ip6tables-legacy -A FORWARD -p ipv6-icmp -j ACCEPT; ip6tables-legacy -P INPUT DROP; ip6tables-legacy -P FORWARD DROP',
    relent: 'ip6tables-legacy -P INPUT ACCEPT; ip6tables-legacy -P FORWARD ACCEPT',
    where: ['legacy ip6tables INPUT', 'legacy ip6tables FORWARD'],
    through: [INPUT6, FORWARD6],
  },
  {
    name: 'nothing leaves the node, by a table of any name, both families',
    make: `nft 'table inet out { chain way_out { type filter hook output priority 0; policy drop; ${ND} }; }'`,
    relent: `nft 'chain inet out way_out { policy accept; }'`,
    where: ['nftables inet out way_out'],
    through: [INPUT4, INPUT6],
  },
  {
    name: 'nothing leaves the node, by iptables, of both kinds',
    make: 'iptables-nft -P OUTPUT DROP; iptables-legacy -P OUTPUT DROP; iptables-legacy -A OUTPUT -p udp -j ACCEPT',
    relent: 'iptables-nft -P OUTPUT ACCEPT; iptables-legacy -P OUTPUT ACCEPT',
    where: ['nftables ip filter OUTPUT', 'legacy iptables OUTPUT'],
    through: [INPUT4],
  },
  {
    name: 'firewalld: policy accept, and a rule at the end that rejects the rest',
    make: `nft 'table inet firewalld { chain filter_INPUT { type filter hook input priority filter + 10; policy accept; ${ND} ct state invalid drop; jump zones; }; chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept; ${ND} jump zones; }; chain zones { log prefix "rejected"; counter reject with icmpx admin-prohibited; }; }'`,
    relent: 'nft flush chain inet firewalld zones',
    where: ['nftables inet firewalld filter_INPUT', 'nftables inet firewalld filter_FORWARD'],
    through: [INPUT4, FORWARD6],
  },
  {
    name: 'ufw: every packet is sent to a chain that rejects the rest',
    make: 'iptables-nft -N ufw-reject; iptables-nft -A ufw-reject -j REJECT; for chain in INPUT FORWARD; do iptables-nft -A $chain -j ufw-reject; done',
    relent: 'iptables-nft -F ufw-reject',
    where: ['nftables ip filter INPUT', 'nftables ip filter FORWARD'],
    through: [INPUT4, FORWARD4],
  },
]

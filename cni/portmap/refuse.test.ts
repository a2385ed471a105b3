import t from 'tap'
import type { BackendName } from './backend.ts'
import { refusalOf, refuseUnmappable } from './refuse.ts'
import { mapping, previousResult, testConfig } from './testing/call.ts'

const ports = (...portMappings: object[]): object => ({ runtimeConfig: { portMappings } })

const REFUSED: { readonly name: string; readonly fields: object; readonly refusal: string }[] = [
  {
    name: 'a host port above 65535',
    fields: ports(mapping(65536, 80)),
    refusal: 'Invalid host port number: 65536 (expected 1 to 65535)',
  },
  {
    name: 'a container port above 65535, which is looked at first',
    fields: ports(mapping(70000, 80000)),
    refusal: 'Invalid container port number: 80000 (expected 1 to 65535)',
  },
  {
    name: 'no protocol',
    fields: ports(mapping(8080, 80, '')),
    refusal: 'Invalid protocol "" of host port 8080 (expected tcp, udp, sctp)',
  },
  {
    name: 'an unknown protocol, which iptables would take for a number or a line of its script',
    fields: ports(mapping(8080, 80, 'all\n-F')),
    refusal: 'Invalid protocol "all\\n-f" of host port 8080 (expected tcp, udp, sctp)',
  },
  {
    name: 'the second mapping’s fault',
    fields: ports(mapping(8080, 80), mapping(8081, 80, 'icmp')),
    refusal: 'Invalid protocol "icmp" of host port 8081 (expected tcp, udp, sctp)',
  },
  {
    name: 'a host address that is none, for a container with IPv6',
    fields: { ...ports(mapping(8080, 80, 'tcp', '::1\nCOMMIT')), prevResult: previousResult(4, 6) },
    refusal: 'Invalid hostIP "::1\\nCOMMIT" of host port 8080 (expected an IP address)',
  },
  {
    name: 'a condition with a line break',
    fields: { conditionsV4: ['-m', 'comment', '--comment', 'x\n-F'] },
    refusal: 'Invalid token "x\\n-F" in conditionsV4 (expected no control characters, at most 1000 bytes)',
  },
  {
    name: 'a condition of another family with a NUL',
    fields: { conditionsV6: ['-s', 'a\0'] },
    refusal: 'Invalid token "a\\x00" in conditionsV6 (expected no control characters, at most 1000 bytes)',
  },
  {
    name: 'a word that iptables-restore would cut',
    fields: { conditionsV4: ['-s', 'x'.repeat(1001)] },
    refusal: `Invalid token "${'x'.repeat(100)}" in conditionsV4 (expected no control characters, at most 1000 bytes)`,
  },
  {
    name: 'a line that iptables-restore would cut',
    fields: { conditionsV4: Array.from({ length: 9 }, () => `-${'x'.repeat(900)}`) },
    refusal: 'Invalid conditionsV4: 8117 bytes (expected at most 8000)',
  },
  ...['', '-j', '!X', 'A B', 'A"B', 'A\\B', 'A\nB', 'Ä', 'A'.repeat(29)].map((chain) => ({
    name: `the chain name ${JSON.stringify(chain)}`,
    fields: { externalSetMarkChain: chain },
    refusal: `Invalid externalSetMarkChain ${JSON.stringify(chain)} (expected 1 to 28 printable characters, the first neither - nor !)`,
  })),
]

for (const { name, fields, refusal } of REFUSED) {
  t.test(`${name} is refused with its field, its value and what is legal`, async (t) => {
    const config = testConfig({ backend: 'iptables', ...fields })
    t.equal(refusalOf(config, 'iptables'), refusal)
    t.throws(() => refuseUnmappable(config, 'iptables'), { name: 'CniError', code: 7, message: `failed to parse config: ${refusal}` })
  })
}

const ACCEPTED: { readonly name: string; readonly backend: BackendName; readonly fields: object }[] = [
  { name: 'the first and the last port', backend: 'iptables', fields: ports(mapping(1, 65535), mapping(65535, 1, 'sctp')) },
  { name: 'a host address that is none, for a container without IPv6', backend: 'iptables', fields: ports(mapping(1, 1, 'tcp', 'x')) },
  { name: 'quotes and blanks', backend: 'iptables', fields: { conditionsV4: ['-m', 'comment', '--comment', 'a "b" \\c $d;#'] } },
  { name: 'a chain of 28 characters', backend: 'iptables', fields: { externalSetMarkChain: 'KUBE-MARK-MASQ'.padEnd(28, 'X') } },
  {
    name: 'sets, ranges and marks',
    backend: 'nftables',
    fields: { conditionsV4: ['ip daddr != { 10.0.0.0/8, 1.2.3.4-1.2.3.9 }', 'mark', '&', '0x1', '==', '0x1'] },
  },
  { name: 'device patterns', backend: 'nftables', fields: { conditionsV6: ['iifname', '"veth*"', 'ip6 saddr @trusted'] } },
]

for (const { name, backend, fields } of ACCEPTED) {
  t.test(`${name} can be mapped`, async (t) => {
    const config = testConfig({ backend, ...fields })
    t.equal(refusalOf(config, backend), undefined)
    refuseUnmappable(config, backend)
  })
}

for (const token of [
  'ip daddr 1.2.3.4; flush ruleset',
  'x\nflush ruleset',
  'x # y',
  '$x',
  'x \\',
  '"open',
  'iifname "a;b"',
  '`x`',
  'a\rb',
]) {
  t.test(`nftables conditions must stay inside their rule: ${JSON.stringify(token)} is refused`, async (t) => {
    const config = testConfig({ backend: 'nftables', conditionsV4: ['meta', token] })
    t.equal(
      refusalOf(config, 'nftables'),
      `Invalid token ${JSON.stringify(token)} in conditionsV4 (expected no control characters, no ; # $ \\ \` and quotes in pairs, at most 1000 bytes)`,
    )
  })
}

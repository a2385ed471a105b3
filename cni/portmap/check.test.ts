import t from 'tap'
import type { NftRule } from '#kernel/nftables-rule-messages.ts'
import { createPortmap } from './plugin.ts'
import { mapping, previousResult, testCall } from './testing/call.ts'
import { type SimulatedHost, simulatedHost } from './testing/simulated-host.ts'
import { nftRule } from './testing/simulated-nftables.ts'

const DUAL = { prevResult: previousResult(4, 6) }

const add = (host: SimulatedHost, fields: object = {}): void => void createPortmap(host).add(testCall(fields))
const check = (host: SimulatedHost, fields: object = {}): void => createPortmap(host).check?.(testCall(fields))

t.test('CHECK passes after ADD by iptables, with one process for each family', async (t) => {
  for (const fields of [{}, DUAL, { snat: false }, { masqAll: true }, { externalSetMarkChain: 'X' }]) {
    const host = simulatedHost()
    add(host, fields)
    const before = host.iptables.ran.length
    check(host, fields)
    t.equal(host.iptables.ran.length - before, fields === DUAL ? 2 : 1)
  }
})

t.test('a config without mappings has nothing to check', async (t) => {
  const host = simulatedHost()
  check(host, { runtimeConfig: {} })
  t.equal(host.iptables.ran.length, 0)
})

t.test('faults of the config are told without the words that ADD puts before them', async (t) => {
  t.throws(() => check(simulatedHost(), { prevResult: undefined }), { message: 'Required prevResult missing' })
  t.throws(() => check(simulatedHost(), { markMasqBit: 40 }), { message: 'MasqMarkBit must be between 0 and 31' })
  t.throws(() => check(simulatedHost(), { runtimeConfig: { portMappings: [mapping(70000, 80)] } }), { code: 7 })
})

const OWN = 'CNI-DN-a631aa8e1549a3b129110'

const MISSING: { readonly what: string; readonly script: string; readonly message: string }[] = [
  {
    what: 'a rule of the attachment',
    script: `-D ${OWN} -p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK`,
    message: `could not check ipv4 dnat: rule [[-p tcp --dport 8080 -s 10.20.3.2/24 -j CNI-HOSTPORT-SETMARK] [-p tcp --dport 8080 -s 127.0.0.1 -j CNI-HOSTPORT-SETMARK] [-p tcp --dport 8080 -j DNAT --to-destination 10.20.3.2:80]] in chain ${OWN} not found in table nat`,
  },
  {
    what: 'its entry',
    script: '-F CNI-HOSTPORT-DNAT',
    message:
      'could not check ipv4 dnat: rule [[-m comment --comment dnat name: "mynet" id: "cid1" -m multiport -p tcp --destination-ports 8080 ! -d 1.2.3.4]] in chain CNI-HOSTPORT-DNAT not found in table nat',
  },
  {
    what: 'its chain',
    script: `-F CNI-HOSTPORT-DNAT\n-F ${OWN}\n-X ${OWN}`,
    message: `could not check ipv4 dnat: chain ${OWN} not found in iptables table nat`,
  },
  {
    what: 'what leads to all attachments, which the reference does not look at,',
    script: '-F OUTPUT',
    message: 'could not check ipv4 dnat: rule [[-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT]] in chain OUTPUT not found in table nat',
  },
]

for (const chainsAreKnown of [true, false]) {
  for (const { what, script, message } of MISSING) {
    t.test(`${what} missing is told in the reference’s words (${chainsAreKnown ? 'nf_tables' : 'legacy'})`, async (t) => {
      const fields = { conditionsV4: ['!', '-d', '1.2.3.4'] }
      const host = simulatedHost({ chainsAreKnown })
      add(host, fields)
      host.iptables.disturb(4, script)
      t.throws(() => check(host, fields), { message })
    })
  }
}

/** What ADD makes by nftables for a container, as the kernel tells it. */
const completeFor = (address: string): NftRule[] => [
  nftRule(1, '', { address, chain: 'hostports_all', jump: 'hostports' }),
  nftRule(2, '', { address, chain: 'prerouting', jump: 'hostports_all' }),
  nftRule(3, '', { address, chain: 'output', jump: 'hostports_all' }),
  nftRule(4, 'cid1', { address }),
  nftRule(5, 'cid1', { address, chain: 'masquerading' }),
  nftRule(6, 'cid1', { address, chain: 'masquerading' }),
]
const COMPLETE = completeFor('10.20.3.2')

const checkNft = (present: readonly NftRule[], fields: object = {}): void => {
  const host = simulatedHost({ nft: { present } })
  check(host, { backend: 'nftables', ...fields })
  t.equal(host.ran.length, 0, 'no process')
}

t.test('[portmap 15] by nftables: complete passes, with and without snat; without rules it fails', async (t) => {
  checkNft(COMPLETE)
  checkNft(
    COMPLETE.filter(({ chain }) => chain !== 'masquerading'),
    { snat: false },
  )
  for (const snat of [true, false]) {
    t.throws(() => checkNft([], { snat }), { message: 'missing hostport rules in "hostports" chain' })
  }
  t.throws(() => checkNft(COMPLETE.filter(({ handle }) => handle !== 4)), { message: 'missing hostport rules in "hostports" chain' })
  t.throws(() => checkNft(COMPLETE.filter(({ handle }) => handle !== 5)), { message: 'missing hostport rules in "masquerading" chain' })
})

t.test('[portmap 20] with masqAll one masquerading rule is enough, for each family', async (t) => {
  const one = COMPLETE.filter(({ handle }) => handle !== 6)
  checkNft(one, { masqAll: true })
  t.throws(
    () =>
      checkNft(
        one.filter(({ handle }) => handle !== 5),
        { masqAll: true },
      ),
    {
      message: 'missing hostport rules in "masquerading" chain',
    },
  )
  const six = completeFor('fd00:20:3::2').filter(({ handle }) => handle !== 6)
  checkNft(six, { masqAll: true, prevResult: previousResult(6) })
  checkNft(six, { prevResult: previousResult(6) })
})

t.test('rules that lead elsewhere, or that nothing leads to, are not what was made; the reference only counts', async (t) => {
  const elsewhere = COMPLETE.map((rule) => (rule.handle === 4 ? nftRule(4, 'cid1', { address: '10.20.3.9' }) : rule))
  t.throws(() => checkNft(elsewhere), { message: 'missing hostport rules in "hostports" chain' })
  t.throws(() => checkNft(COMPLETE.filter(({ handle }) => handle !== 3)), { message: 'missing hostport rules in "output" chain' })
})

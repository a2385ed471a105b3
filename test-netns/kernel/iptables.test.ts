import t from 'tap'
import { requires } from '../rig/requires.ts'
import { makeIptablesHost, VARIANTS } from './iptables-host.ts'

const ready = requires('root', 'iptables-nft-save', 'iptables-legacy-save')

for (const variant of VARIANTS) {
  t.test(`${variant}: a script is carried out as a whole, or, when one line is refused, not at all`, ready, async (t) => {
    const { iptables, inside, natRules } = makeIptablesHost(t, variant)
    inside(() => iptables.restore(4, '*nat\n-N ONE\n-A ONE -p tcp --dport 80 -j RETURN\nCOMMIT\n'))
    t.strictSame(natRules(), [':ONE -', '-A ONE -p tcp -m tcp --dport 80 -j RETURN'])
    const refused = (script: string): void => void t.throws(() => inside(() => iptables.restore(4, script)), { name: 'IptablesError' })
    refused('*nat\n-N TWO\n-N ONE\nCOMMIT\n')
    // As a program that was started early reads it when its script comes to nothing.
    refused('*nat\n-N TWO\n')
    refused('*nat\n-N TWO\n-C ONE -j RETURN\nCOMMIT\n')
    refused('*nat\n-N TWO\n-A TWO -j NOWHERE\nCOMMIT\n')
    refused('*nat\n-N TWO\n-F THREE\nCOMMIT\n')
    refused('*nat\n-N TWO\n-D ONE -j RETURN\nCOMMIT\n')
    t.strictSame(natRules(), [':ONE -', '-A ONE -p tcp -m tcp --dport 80 -j RETURN'])
  })

  t.test(`${variant}: checks of rules that are there let a script pass`, ready, async (t) => {
    const { iptables, inside, natRules } = makeIptablesHost(t, variant)
    inside(() => iptables.restore(4, '*nat\n-N ONE\n-A ONE -p tcp --dport 80 -j RETURN\nCOMMIT\n'))
    inside(() => iptables.restore(4, '*nat\n-C ONE -p tcp --dport 80 -j RETURN\n-N TWO\nCOMMIT\n'))
    t.strictSame(natRules(), [':ONE -', ':TWO -', '-A ONE -p tcp -m tcp --dport 80 -j RETURN'])
  })

  t.test(`${variant}: a table is listed as the program prints it, and the families are apart`, ready, async (t) => {
    const { iptables, inside, natRules } = makeIptablesHost(t, variant)
    inside(() => iptables.restore(6, '*nat\n-N SIX\nCOMMIT\n'))
    const listed = (family: 4 | 6): string[] => inside(() => iptables.save(family, 'nat')).match(/^:\S+ -/gm) ?? []
    t.strictSame([listed(4), listed(6)], [[], [':SIX -']])
    t.strictSame([natRules(4), natRules(6)], [[], [':SIX -']])
  })

  t.test(`${variant}: whether a chain is there is told without a process, where it can be told`, ready, async (t) => {
    const { iptables, inside, commands } = makeIptablesHost(t, variant)
    const asked = (): (boolean | undefined)[] =>
      inside(() => ['ONE', 'TWO', 'PREROUTING'].map((chain) => iptables.hasChain({ family: 4, table: 'nat', chain })))
    t.strictSame(asked(), [false, false, false], 'no table yet')
    inside(() => iptables.restore(4, '*nat\n-N ONE\n-A PREROUTING -j ONE\nCOMMIT\n'))
    t.strictSame(asked(), variant === 'nft' ? [true, false, true] : [undefined, undefined, undefined])
    t.equal(
      inside(() => iptables.hasChain({ family: 6, table: 'nat', chain: 'ONE' })),
      false,
      'the other family has no table still',
    )
    t.equal(commands.counters.started, 1)
  })

  t.test(`${variant}: the variant can be used, which is found out with at most one process`, ready, async (t) => {
    const { iptables, inside, commands } = makeIptablesHost(t, variant)
    const why = (): string | undefined => inside(() => iptables.whyUnusable(4))
    t.equal(why(), undefined)
    // A kernel that has the legacy variant as a module must be made to load it.
    t.ok(commands.counters.started <= (variant === 'nft' ? 0 : 1))
    inside(() => iptables.restore(4, '*nat\nCOMMIT\n'))
    const { started } = commands.counters
    t.equal(why(), undefined)
    t.equal(commands.counters.started, started, 'where it is in use this is known without a process')
  })
}

t.test('tables of nftables are told apart by family, and all are absent in an empty namespace', ready, async (t) => {
  const { presence, exec } = makeIptablesHost(t, 'nft')
  const tables = (): boolean[] => ([4, 6] as const).map((family) => presence.hasTable({ family, table: 'cni_hostport' }))
  t.strictSame(tables(), [false, false])
  exec('nft', 'add', 'table', 'ip6', 'cni_hostport')
  t.strictSame(tables(), [false, true])
  exec('nft', 'add', 'table', 'ip', 'cni_hostport')
  exec('nft', 'delete', 'table', 'ip6', 'cni_hostport')
  t.strictSame(tables(), [true, false])
  t.equal(presence.available(), true)
})

import t from 'tap'
import type { Iptables } from './iptables.ts'
import { changeNatTable, changeNftables } from './netfilter-change.ts'
import type { Nftables } from './nftables.ts'

/** Fails with these codes in turn, then succeeds; `undefined` is success. */
const failing = (...codes: string[]): { ran: string[]; restore: (script: string) => void } => {
  const ran: string[] = []
  return {
    ran,
    restore: (script) => {
      ran.push(script)
      const code = codes.shift()
      if (code !== undefined) throw Object.assign(new Error('refused'), { code })
    },
  }
}

const iptablesOf = (restore: (script: string) => void, saves: string[]): Iptables => ({
  whyUnusable: () => undefined,
  hasChain: () => undefined,
  save: () => saves.shift() ?? '',
  restore: (_, script) => restore(script),
  announce: () => {},
  expectRestore: () => {},
  settle: () => {},
})

const listing = (...rules: string[]): string => ['*nat', ...rules, 'COMMIT', ''].join('\n')
const plan = ({ rules }: { rules: readonly string[] }): string | undefined => (rules.length > 0 ? rules.join() : undefined)

t.test('what is supposed saves a listing; without it the table is listed first', (t) => {
  const { ran, restore } = failing()
  const saves = [listing('-A listed')]
  changeNatTable({ iptables: iptablesOf(restore, saves), family: 4 }, { supposed: { chains: new Set(), rules: ['supposed'] }, plan })
  t.strictSame([ran, saves.length], [['supposed'], 1])
  changeNatTable({ iptables: iptablesOf(restore, saves), family: 4 }, { supposed: undefined, plan })
  t.strictSame([ran, saves.length], [['supposed', '-A listed'], 0])
  t.end()
})

t.test('what fails is planned again on a listing, until nothing is to be done', (t) => {
  const { ran, restore } = failing('EIPTABLES', 'EIPTABLES')
  const iptables = iptablesOf(restore, [listing('-A one'), listing('-A two'), listing()])
  changeNatTable({ iptables, family: 4 }, { supposed: undefined, plan })
  t.strictSame(ran, ['-A one', '-A two'])
  t.end()
})

t.test('the same plan fails for good, unless the kernel was only busy; other failures are not looked into', (t) => {
  const same = (): string[] => Array.from({ length: 30 }, () => listing('-A one'))
  const attempt = (...codes: string[]): string[] => {
    const { ran, restore } = failing(...codes)
    try {
      changeNatTable({ iptables: iptablesOf(restore, same()), family: 4 }, { supposed: undefined, plan })
    } catch (error) {
      return [...ran, String(error)]
    }
    return ran
  }
  t.strictSame(attempt('EIPTABLES'), ['-A one', 'Error: refused'])
  t.strictSame(attempt('EAGAIN', 'EAGAIN'), ['-A one', '-A one', '-A one'])
  t.strictSame(attempt('ENOENT'), ['-A one', 'Error: refused'])
  t.equal(attempt(...Array.from({ length: 40 }, () => 'EAGAIN')).length, 21, 'twenty tries')
  t.end()
})

t.test('nftables: what is gone is planned again; nothing to do starts nothing', (t) => {
  const { ran, restore } = failing('ENOENT')
  const nftables = { transaction: restore } as Nftables
  const plans = [['delete 1', 'delete 2'], ['delete 2']]
  changeNftables(nftables, () => plans.shift() ?? [])
  t.strictSame(ran, ['delete 1\ndelete 2\n', 'delete 2\n'])
  changeNftables(nftables, () => [])
  t.equal(ran.length, 2)
  t.throws(() => changeNftables({ transaction: failing('ENOENT').restore } as Nftables, () => ['delete 1']), { code: 'ENOENT' })
  t.throws(() => changeNftables({ transaction: failing('EPERM').restore } as Nftables, () => ['delete 1']), { code: 'EPERM' })
  t.end()
})

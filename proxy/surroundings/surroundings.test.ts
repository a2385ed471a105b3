import t from 'tap'
import { inOneGo, waitFor } from '../services/steps.ts'
import type { FilterChange } from './foreign-filters.ts'
import { createSurroundings, withSurroundings } from './surroundings.ts'

const scene = (changes: () => FilterChange[], ephemeral = '32768\t60999') => {
  const lines: string[] = []
  const note = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    lines.push([message, ...Object.values(fields).map((value) => (value instanceof Error ? value.message : String(value)))].join('; '))
  }
  const values: Record<string, string> = { 'net/ipv4/ip_local_port_range': ephemeral, 'net/ipv4/ip_local_reserved_ports': '' }
  const surroundings = createSurroundings({
    filters: { ensure: changes, remove: () => [] },
    sysctls: {
      read: (path) => values[path] ?? '',
      write: (path, value) => {
        values[path] = value
      },
      ensure: () => false,
    },
    record: { noteSetting: () => {}, notePorts: () => {} },
    nodePorts: { first: 30_000, last: 32_767 },
    log: { info: note, warn: note },
  })
  return { lines, surroundings, values }
}

t.test('nothing is told where nothing is to be done', async (t) => {
  const { surroundings, lines } = scene(() => [])
  t.equal(surroundings.ensure(), false)
  t.same(lines, [])
})

t.test('a rule that was put is told', async (t) => {
  const { surroundings, lines } = scene(() => [{ where: 'nftables ip filter INPUT', verb: 'add' }])
  t.equal(surroundings.ensure(), true)
  t.same(lines, ['accepting packets of Services in a packet filter that drops the rest; nftables ip filter INPUT'])
})

t.test('a failure is told once, not at every look, and does not keep the rest from being done', async (t) => {
  const { surroundings, lines, values } = scene(() => {
    throw new Error('no nft')
  }, '20000\t60999')
  surroundings.ensure()
  surroundings.ensure()
  t.equal(values['net/ipv4/ip_local_reserved_ports'], '30000-32767')
  t.same(lines, [
    'could not be made ready for Services; will be tried again; packet filters; no nft',
    'reserved NodePorts that the kernel would give to connections of this node; 30000; 32767',
  ])
})

t.test('a data plane with surroundings says that something changed when either did', async (t) => {
  const base = (changed: boolean) => ({ ensureBase: () => waitFor(changed) })
  const around = (changed: boolean) => ({ ensure: () => changed })
  t.equal(inOneGo(withSurroundings(base(false), around(false)).ensureBase()), false)
  t.equal(inOneGo(withSurroundings(base(true), around(false)).ensureBase()), true)
  t.equal(inOneGo(withSurroundings(base(false), around(true)).ensureBase()), true)
})

t.test('its own tables come first: what others write while their filters are looked at must not be taken for known', async (t) => {
  const order: string[] = []
  const plane = { ensureBase: () => waitFor(order.push('tables') > 0) }
  inOneGo(withSurroundings(plane, { ensure: () => order.push('surroundings') > 0 }).ensureBase())
  t.same(order, ['tables', 'surroundings'])
})

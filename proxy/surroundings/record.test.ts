import t from 'tap'
import type { Sysctls } from '#kernel/sysctl.ts'
import { createChangeRecord, notingSysctls, parseChanges } from './record.ts'
import { ensureReservedPorts, releaseReservedPorts } from './reserved-ports.ts'

const fakeFile = (text?: string) => {
  const file = {
    text,
    read: () => file.text,
    write: (written: string) => {
      file.text = written
    },
  }
  return file
}
const fakeSysctls = (values: Record<string, string>): Sysctls & { readonly writes: string[] } => {
  const writes: string[] = []
  const read = (path: string): string => values[path] ?? ''
  const write = (path: string, value: string): void => {
    writes.push(`${path}=${value}`)
    values[path] = value.trim()
  }
  const ensure = (path: string, value: string): boolean => {
    if (read(path) === value) return false
    write(path, value)
    return true
  }
  return { writes, read, write, ensure }
}
const unexpected = (error: Error): never => {
  throw error
}

t.test('what is right already is neither written nor noted', async (t) => {
  const [file, sysctls] = [fakeFile(), fakeSysctls({ 'net/ipv4/vs/conntrack': '1' })]
  t.equal(notingSysctls(sysctls, createChangeRecord(file, unexpected)).ensure('net/ipv4/vs/conntrack', '1'), false)
  t.same([file.text, sysctls.writes], [undefined, []])
})

t.test('the value before our first write is kept, whatever others write later', async (t) => {
  const [file, sysctls] = [fakeFile(), fakeSysctls({ 'net/ipv4/vs/conntrack': '0' })]
  const noting = notingSysctls(sysctls, createChangeRecord(file, unexpected))
  t.equal(noting.ensure('net/ipv4/vs/conntrack', '1'), true)
  sysctls.write('net/ipv4/vs/conntrack', '2')
  noting.ensure('net/ipv4/vs/conntrack', '1')
  t.same(parseChanges(file.text), { settings: [{ path: 'net/ipv4/vs/conntrack', before: '0', written: '1' }], ports: [] })
})

t.test('a record that cannot be kept is told, and the change is made all the same', async (t) => {
  const failures: string[] = []
  const file = { read: () => undefined, write: () => unexpected(new Error('read-only file system')) }
  const sysctls = fakeSysctls({ 'net/ipv4/ip_forward': '0' })
  notingSysctls(
    sysctls,
    createChangeRecord(file, ({ message }) => failures.push(message)),
  ).ensure('net/ipv4/ip_forward', '1')
  t.same([failures, sysctls.writes], [['read-only file system'], ['net/ipv4/ip_forward=1']])
})

t.test('a record that was tampered with is refused', async (t) => {
  for (const text of [
    '',
    '[]',
    'null',
    '{"settings":[],"reservedPorts":"x"}',
    '{"settings":[{"path":"net/../kernel/core_pattern","before":"x","written":"y"}],"reservedPorts":""}',
    '{"settings":[{"path":"kernel/core_pattern","before":"x","written":"y"}],"reservedPorts":""}',
    '{"settings":[{"path":"net/ipv4/ip_forward","before":0,"written":"1"}],"reservedPorts":""}',
  ])
    t.throws(() => parseChanges(text), text)
})

const ports = (ephemeral: string, reserved: string) =>
  fakeSysctls({ 'net/ipv4/ip_local_port_range': ephemeral, 'net/ipv4/ip_local_reserved_ports': reserved })
const NODE_PORTS = { first: 30_000, last: 32_767 }

t.test('NodePorts outside the ephemeral range need no reservation', async (t) => {
  const sysctls = ports('32768\t60999', '8080')
  t.equal(ensureReservedPorts(sysctls, createChangeRecord(fakeFile(), unexpected), NODE_PORTS), false)
  t.same(sysctls.writes, [])
})

t.test('those inside are added to what is reserved, once, and only they are taken back', async (t) => {
  const [file, sysctls] = [fakeFile(), ports('10000\t31999', '8080,30500-30600')]
  const record = createChangeRecord(file, unexpected)
  t.equal(ensureReservedPorts(sysctls, record, NODE_PORTS), true)
  t.equal(sysctls.read('net/ipv4/ip_local_reserved_ports'), '8080,30000-31999')
  t.equal(ensureReservedPorts(sysctls, record, NODE_PORTS), false)
  sysctls.write('net/ipv4/ip_local_reserved_ports', '8080,9100,30000-31999')
  const { ports: added } = parseChanges(file.text)
  t.same(added, [
    { first: 30_000, last: 30_499 },
    { first: 30_601, last: 31_999 },
  ])
  releaseReservedPorts(sysctls, added)
  t.equal(sysctls.read('net/ipv4/ip_local_reserved_ports'), '8080,9100,30500-30600')
  t.same(releaseReservedPorts(sysctls, added), [])
})

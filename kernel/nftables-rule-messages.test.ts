import t from 'tap'
import type { NetlinkReply, NetlinkRequest } from './netlink/message.ts'
import { decodeRule, encodeRemovals, encodeRulesDump } from './nftables-rule-messages.ts'
import { hex } from './testing/bytes.ts'

const bytes = ({ payload }: NetlinkRequest): Buffer => Buffer.concat([payload].flat())

t.test('a dump asks for one table, and one chain of it', async (t) => {
  const request = encodeRulesDump({ family: 6, table: 'nat', chain: 'X' })
  t.match(request, { type: 0x0a07, operation: 'list rules of nftables table nat' })
  t.strictSame(bytes(request), hex('0a 00 0000  0800 0100 6e617400  0600 0200 58000000'))
})

t.test('removals stand between begin and end, and a chain is emptied before it is removed', async (t) => {
  const id = { family: 4, table: 'nat', chain: 'X' } as const
  const requests = encodeRemovals([{ rule: { ...id, handle: 258 } }, { chain: id }])
  t.strictSame(
    requests.map(({ type }) => type),
    [0x10, 0x0a08, 0x0a08, 0x0a05, 0x11],
  )
  const [begin, rule, rules, chain] = requests.map(bytes)
  t.strictSame(begin, hex('00 00 000a'))
  t.strictSame(rule, hex('02 00 0000  0800 0100 6e617400  0600 0200 58000000  0c00 0300 0000000000000102'))
  t.strictSame(rules, hex('02 00 0000  0800 0100 6e617400  0600 0200 58000000'))
  t.strictSame(chain, hex('02 00 0000  0800 0100 6e617400  0600 0300 58000000'))
})

const reply = (payload: string, type = 0x0a06): NetlinkReply => ({ type, flags: 0, sequence: 1, payload: hex(payload) })
const HEAD = '02 00 0000  0800 0100 6e617400  0600 0200 58000000  0c00 0300 0000000000000102'

t.test('a rule tells its comment, where it jumps to, and what it compares with', async (t) => {
  const comment = '0a00 0700 0004 6f6e6500 0000'
  t.match(decodeRule(reply(`${HEAD}  ${comment}`), 4), { comment: 'one', handle: 258, chain: 'X', values: [] })
  const comparison = '2800 0480  2400 0180  0800 0100 636d7000  1800 0280  0800 0100 00000001  0c00 0380  0600 0100 1f900000'
  t.strictSame(decodeRule(reply(`${HEAD}  ${comparison}`), 4)?.values, [hex('1f90')])
  const jump = '2c00 0480  2800 0180  0e00 0100 696d6d65646961746500 0000  1400 0280  1000 0280  0c00 0280  0600 0200 59000000'
  t.match(decodeRule(reply(`${HEAD}  ${jump}`), 4), { jump: 'Y' })
})

t.test('other messages are no rules', async (t) => {
  t.equal(decodeRule(reply(HEAD, 0x0a0f), 4), undefined)
})

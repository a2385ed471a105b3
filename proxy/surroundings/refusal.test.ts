import t from 'tap'
import { type FilterRule, refusesTheRest } from './refusal.ts'

const rule = (tweaks: Partial<FilterRule>): FilterRule => ({ conditional: false, refuses: false, ...tweaks })
const refuses = (policy: 'accept' | 'drop', chains: Readonly<Record<string, readonly FilterRule[]>>): boolean =>
  refusesTheRest({ chain: 'INPUT', policy, rulesOf: (chain) => chains[chain] ?? [] })

t.test('a chain with policy drop refuses, whatever its rules are', async (t) => {
  t.equal(refuses('drop', {}), true)
  t.equal(refuses('drop', { INPUT: [rule({ conditional: true })] }), true)
})

t.test('a chain with policy accept refuses when a rule without condition does', async (t) => {
  t.equal(refuses('accept', { INPUT: [rule({ conditional: true }), rule({ refuses: true })] }), true)
  t.equal(refuses('accept', { INPUT: [rule({ conditional: true, refuses: true })] }), false)
  t.equal(refuses('accept', {}), false)
})

t.test('and when every packet is sent to a chain that does, as with ufw', async (t) => {
  const input = [rule({ jump: 'ufw-reject-input' }), rule({ jump: 'ufw-track-input' })]
  t.equal(refuses('accept', { INPUT: input, 'ufw-reject-input': [rule({ refuses: true })], 'ufw-track-input': [] }), true)
  t.equal(refuses('accept', { INPUT: input, 'ufw-reject-input': [], 'ufw-track-input': [] }), false)
  t.equal(refuses('accept', { INPUT: [rule({ jump: 'some', conditional: true })], some: [rule({ refuses: true })] }), false)
})

t.test('chains that lead to each other end the search', async (t) => {
  t.equal(
    refuses('accept', { INPUT: [rule({ jump: 'a' })], a: [rule({ jump: 'b' })], b: [rule({ jump: 'a' }), rule({ jump: 'INPUT' })] }),
    false,
  )
})

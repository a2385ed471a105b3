import t from 'tap'
import { FileFaults } from './fault.ts'
import { readNode } from './node.ts'

const node = (spec: unknown): string => JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec })

const faultOf = (text: string): string => {
  try {
    readNode(text, 'node.json')
  } catch (error) {
    if (error instanceof FileFaults) return error.message
    throw error
  }
  return ''
}

t.test('podCIDRs are taken in their order', async (t) => {
  t.strictSame(readNode(node({ podCIDR: '10.20.1.0/24', podCIDRs: ['10.20.1.0/24', 'fd00:20::/64'] }), 'node.json'), {
    podCidrs: [
      { address: '10.20.1.0', prefixLength: 24 },
      { address: 'fd00:20::', prefixLength: 64 },
    ],
    mtu: undefined,
  })
})

t.test('a node of old has podCIDR alone', async (t) => {
  t.strictSame(readNode(node({ podCIDR: '10.20.1.0/24' }), 'node.json').podCidrs, [{ address: '10.20.1.0', prefixLength: 24 }])
})

t.test('what is not one network per family is refused', async (t) => {
  const expected = 'expected one network, or one of each family, such as ["10.20.0.0/24"]'
  t.equal(faultOf(node({})), `node.json: spec.podCIDRs: missing: ${expected}`)
  t.equal(faultOf('{"kind":"Node"}'), `node.json: spec.podCIDRs: missing: ${expected}`)
  t.equal(faultOf('[]'), `node.json: spec.podCIDRs: missing: ${expected}`)
  t.equal(faultOf(node({ podCIDR: '' })), `node.json: spec.podCIDR: [""] is not legal: ${expected}`)
  for (const podCIDRs of [[], ['10.20.1.1/24'], ['10.20.1.0'], [7], ['10.20.1.0/24', '10.20.2.0/24'], ['10.20.1.0/24', 'x']]) {
    t.equal(faultOf(node({ podCIDRs })), `node.json: spec.podCIDRs: ${JSON.stringify(podCIDRs)} is not legal: ${expected}`)
  }
})

t.test('syntax errors name line and column', async (t) => {
  t.equal(faultOf('{"kind": Node}'), 'node.json: line 1, column 10: no JSON: expected a value, found "Node"')
})

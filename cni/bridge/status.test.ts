import t from 'tap'
import { CniError } from '../protocol/error.ts'
import { simulatedCall } from './simulated-call.ts'
import { simulatedEdges } from './simulated-edges.ts'
import { status } from './status.ts'

const L3 = { ipam: { type: 'ipam' } }

/** STATUS of a config whose IPAM plugin answers with this error, or well. */
const statusOf = (config: object, error?: Error): void => {
  const answer = (): void => {
    if (error !== undefined) throw error
  }
  status({ ...simulatedCall(simulatedEdges(), config, { status: answer }), cniVersion: '1.1.0' })
}

t.test('a network is ready when its IPAM plugin is; layer 2 always is', (t) => {
  t.doesNotThrow(() => statusOf(L3))
  t.doesNotThrow(() => statusOf({}, new Error('not asked')))
  t.end()
})

t.test('what the IPAM plugin answers is passed on unchanged', (t) => {
  const full = new CniError(51, 'no addresses left')
  t.equal(t.throws(() => statusOf(L3, full)) as unknown, full)
  t.end()
})

t.test('an IPAM plugin that is missing is 50, not available, where the reference says 999', (t) => {
  const missing = new Error('failed to find plugin "ipam" in path [/opt/cni/bin]')
  t.throws(() => statusOf(L3, missing), { code: 50, message: 'failed to find plugin "ipam" in path [/opt/cni/bin]' })
  t.end()
})

t.test('a config that no ADD accepts is not ready, where the reference only reads it', (t) => {
  t.throws(() => statusOf({ vlan: 5000 }), { message: 'invalid VLAN ID 5000 (must be between 0 and 4094)' })
  t.throws(() => statusOf({ mtu: 'big' }), {
    message: 'failed to load netconf: json: cannot unmarshal string into Go struct field NetConf.mtu of type int',
  })
  t.throws(() => statusOf({ hairpinMode: true, promiscMode: true }), {
    message: 'cannot set hairpin mode and promiscuous mode at the same time',
  })
  t.end()
})

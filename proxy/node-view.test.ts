import t from 'tap'
import { isExcluded, viewWithAllAddresses } from './node-view.ts'
import { node } from './services/testing/builders.ts'

const on = (address: string) => ({ address, prefixLength: 32, link: 2, scope: 0, flags: 0x80 })

t.test('--nodeport-bindon-all-ip adds the addresses of all links, but neither loopback nor link-local ones', async (t) => {
  const links = ['198.51.100.7', '192.0.2.1', '127.0.0.1', '::1', 'fe80::1', '169.254.1.1', '2001:db8::7'].map(on)
  t.same(viewWithAllAddresses(node(), links).nodePortAddresses, ['192.0.2.1', '198.51.100.7', '2001:db8::7'])
})

t.test('an excluded network covers virtual servers, their destinations and routes, and nothing else', async (t) => {
  const excluded = [{ address: '10.100.0.0', prefixLength: 16 }]
  const server = { protocol: 'tcp', address: '10.100.0.1', port: 80 } as const
  t.equal(isExcluded({ kind: 'server', server: { ...server, scheduler: 'rr', schedulerFlags: 0, persistenceSeconds: 0 } }, excluded), true)
  t.equal(isExcluded({ kind: 'destination', server, destination: { address: '10.1.0.1', port: 1, weight: 1 } }, excluded), true)
  t.equal(isExcluded({ kind: 'route', address: '10.100.0.1', source: '' }, excluded), true)
  t.equal(isExcluded({ kind: 'route', address: '10.96.0.1', source: '' }, excluded), false)
  t.equal(isExcluded({ kind: 'element', set: 'vip4', element: '10.100.0.1 . tcp . 80' }, excluded), false)
})

import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { startActor } from './actor.ts'
import { startAgent } from './agent.ts'
import type { FlowReply } from './agent-protocol.ts'
import { join } from './link.ts'
import { makeNamespace } from './namespace.ts'
import { requires } from './requires.ts'

t.test('agents', requires('root', 'ip'), async (t) => {
  const [one, other] = [makeNamespace(t, 'one'), makeNamespace(t, 'other')]
  join(
    { namespace: one, device: 'eth0', addresses: ['192.0.2.1/24', '2001:db8::1/64'] },
    { namespace: other, device: 'eth0', addresses: ['192.0.2.2/24', '2001:db8::2/64'] },
  )
  const [client, server] = [startAgent(t, one, 'client'), startAgent(t, other, 'server')]
  await server.serve([80, 81])
  await server.serve([82], 'another')

  await t.test('a server tells its name, who asked, and how much it was sent, over TCP and UDP and both families', async (t) => {
    const found = { name: 'server', client: '192.0.2.1', bytes: 16 }
    t.match(await client.ask({ address: '192.0.2.2', port: 80 }), found)
    t.match(await client.ask({ protocol: 'udp', address: '192.0.2.2', port: 81 }), found)
    t.match(await client.ask({ address: '2001:db8::2', port: 80 }), { ...found, client: '2001:db8::1' })
    t.match(await client.ask({ protocol: 'udp', address: '2001:db8::2', port: 80, bytes: 3000 }), { client: '2001:db8::1', bytes: 3000 })
    t.match(await client.ask({ address: '192.0.2.2', port: 82 }), { name: 'another' })
  })

  await t.test('a client may have a port of its own, and ask more than once', async (t) => {
    for (const protocol of ['tcp', 'udp'] as const) {
      const answers = await client.askMany({ protocol, address: '192.0.2.2', port: 80, times: 2, sourcePort: 4000 })
      t.match(answers, [{ clientPort: 4000 }, { clientPort: 4000 }], protocol)
    }
  })

  await t.test('a connection stays open between messages, and says when it is over', async (t) => {
    await server.serve([83])
    const talk = await client.open({ address: '192.0.2.2', port: 83 })
    t.match(await talk.say(), { name: 'server', bytes: 5 })
    t.match(await talk.say(), { name: 'server', bytes: 10 })
    await server.close(83)
    t.equal(await talk.say(), 'reset')
    await t.rejects(client.open({ address: '192.0.2.2', port: 83 }), /ECONNREFUSED/)
  })

  await t.test('a flow sends from one port until it is ended', async (t) => {
    const flow = await client.flow({ address: '192.0.2.2', port: 80, sourcePort: 4001 }, 10)
    const replies: FlowReply[] = []
    while (replies.length < 5) replies.push(...(await flow.heard()))
    t.match(replies[0], { name: 'server', client: '192.0.2.1', from: '192.0.2.2', sent: 1 })
    await flow.end()
    await flow.heard()
    await setTimeout(50)
    t.same(await flow.heard(), [])
  })

  await t.test('why there is no answer', async (t) => {
    await server.close(82)
    t.equal(await client.ask({ address: '192.0.2.2', port: 82 }), 'refused')
    t.equal(await client.ask({ protocol: 'udp', address: '192.0.2.2', port: 82 }), 'refused')
    t.equal(await client.ask({ address: '198.51.100.1', port: 80 }), 'unreachable')
    other.exec('nft', 'add table inet f; add chain inet f c { type filter hook input priority 0; tcp dport 80 drop; udp dport 80 drop; }')
    for (const protocol of ['tcp', 'udp'] as const) {
      t.equal(await client.ask({ protocol, address: '192.0.2.2', port: 80, timeout: 0.2 }), 'timeout')
    }
  })
})

t.test('actors do the same without a thread', requires('root', 'ip'), async (t) => {
  const [one, other] = [makeNamespace(t, 'one'), makeNamespace(t, 'other')]
  join(
    { namespace: one, device: 'eth0', addresses: ['192.0.2.1/24', '2001:db8::1/64'] },
    { namespace: other, device: 'eth0', addresses: ['192.0.2.2/24', '2001:db8::2/64'] },
  )
  const [client, server] = [startActor(t, one, 'client'), startActor(t, other, 'server')]
  await server.serve([80])

  await t.test('they ask and answer inside their own namespaces', async (t) => {
    const found = { name: 'server', client: '192.0.2.1', bytes: 16 }
    for (const protocol of ['tcp', 'udp'] as const) {
      t.match(await client.ask({ protocol, address: '192.0.2.2', port: 80 }), found)
      t.match(await client.ask({ protocol, address: '2001:db8::2', port: 80, bytes: 3000 }), { client: '2001:db8::1', bytes: 3000 })
      t.match(await client.askMany({ protocol, address: '192.0.2.2', port: 80, times: 2, sourcePort: 4000 }), [
        { clientPort: 4000 },
        { clientPort: 4000 },
      ])
      t.equal(await client.ask({ protocol, address: '192.0.2.2', port: 81 }), 'refused')
      t.equal(await client.ask({ protocol, address: '198.51.100.1', port: 80 }), 'unreachable')
    }
    const talk = await client.open({ address: '192.0.2.2', port: 80 })
    t.match([await talk.say(), await talk.say()], [{ bytes: 5 }, { bytes: 10 }])
    await server.close(80)
    t.equal(await talk.say(), 'reset')
    t.equal(await client.ask({ address: '192.0.2.2', port: 80 }), 'refused')
    await t.rejects(client.get('http://192.0.2.2:80/'), { code: 'ECONNREFUSED' })
  })
})

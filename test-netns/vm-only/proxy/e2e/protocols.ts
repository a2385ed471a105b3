/** Several protocols at one port, and SCTP. */
import { readFileSync } from 'node:fs'
import { reaches, refuses, untilSo } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService, TCP, UDP } from './service.ts'

export const protocols: Cases = async (t, scene) => {
  const { a1, a2, b1, node1 } = scene

  await t.test('[e2e Services] should serve endpoints on same port and different protocols', async (t) => {
    const service = await makeService(scene, 'protocols', { spec: { ports: [TCP, UDP] }, endpoints: [a1, b1] })
    const at = (protocol: 'tcp' | 'udp') => ({ protocol, address: service.vip, port: 80 })
    for (const protocol of ['tcp', 'udp'] as const) await reaches(t, a2.agent, at(protocol), ['a1', 'b1'])
    await service.patch({ spec: { ports: [TCP] } }, 'merge')
    await service.endpoints([a1, b1])
    await refuses(t, a2.agent, at('udp'))
    await reaches(t, a2.agent, at('tcp'), ['a1', 'b1'])
    await service.patch({ spec: { ports: [UDP] } }, 'merge')
    await service.endpoints([a1, b1])
    await refuses(t, a2.agent, at('tcp'))
    await reaches(t, a2.agent, at('udp'), ['a1', 'b1'])
  })

  await t.test(
    '[e2e Services] should serve endpoints on same port and different protocol for internal traffic on Type LoadBalancer',
    async (t) => {
      const service = await makeService(scene, 'balanced-protocols', {
        spec: { type: 'LoadBalancer', ports: [TCP, UDP] },
        endpoints: [a1, b1],
      })
      for (const protocol of ['tcp', 'udp'] as const) {
        await reaches(t, a2.agent, { protocol, address: service.vip, port: 80 }, ['a1', 'b1'])
      }
    },
  )

  await t.test('[e2e Services] should allow creating a basic SCTP service with pod and endpoints', async (t) => {
    const ports = [{ name: 'sctp', protocol: 'SCTP', port: 5060, targetPort: 5060 }]
    const service = await makeService(scene, 'sctp', { spec: { ports }, endpoints: [a1] })
    const line = `-A --sctp-service ${service.vip}:5060 -s rr`
    const table = (): string => node1.namespace.exec('ipvsadm', '--save', '--numeric')
    const seen = await untilSo(
      async () => table(),
      (text) => text.includes(line),
    )
    t.match(seen, line, 'the virtual server is there')
    t.notMatch(readFileSync('/proc/modules', 'utf8'), /^sctp /m, 'and the module sctp is not loaded')
  })
}

/** Services of both families, and pods without any. */
import { reaches, seenAs } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService } from './service.ts'

const KINDS = [
  { title: 'should create a single stack service with cluster ip from primary service range', spec: {}, families: [4] },
  { title: 'should create service with ipv4 cluster ip', spec: { ipFamilies: ['IPv4'] }, families: [4] },
  { title: 'should create service with ipv6 cluster ip', spec: { ipFamilies: ['IPv6'] }, families: [6] },
  {
    title: 'should create service with ipv4,v6 cluster ip',
    spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
    families: [4, 6],
  },
  {
    title: 'should create service with ipv6,v4 cluster ip',
    spec: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
    families: [6, 4],
  },
] as const

export const dualStack: Cases = async (t, scene) => {
  const { a1, a2, b1, b2, client } = scene
  const pods = [a1, a2, b1, b2]

  await t.test('[e2e DualStack] should create pod, add ipv6 and ipv4 ip to pod ips', async (t) => {
    for (const { address, address6 } of pods) t.match([address, address6], [/^10\.20\.[01]\.\d+$/, /^fd00:10:20:/])
  })

  await t.test('[e2e DualStack] should be able to reach pod on ipv4 and ipv6 ip', async (t) => {
    for (const { name, address, address6 } of [a1, b1]) {
      for (const to of [address, address6]) await reaches(t, a2.agent, { address: to, port: 8080 }, [name])
    }
  })

  for (const [index, { title, spec, families }] of KINDS.entries()) {
    await t.test(`[e2e DualStack] ${title}`, async (t) => {
      const { vips } = await makeService(scene, `families-${index}`, { spec, endpoints: [a1, b1] })
      t.same(
        vips.map((vip) => (vip.includes(':') ? 6 : 4)),
        families,
      )
      for (const address of vips) {
        for (const from of [a2.agent, client]) await reaches(t, from, { address, port: 80 }, ['a1', 'b1'])
      }
      for (const address of vips) {
        const [answer] = await reaches(t, b2.agent, { address, port: 80 }, ['a1', 'b1'])
        t.equal(answer?.client, address.includes(':') ? b2.address6 : b2.address, 'a pod keeps its own address')
      }
    })
  }

  await t.test('[e2e NoSNAT] Should be able to send traffic between Pods without SNAT', async (t) => {
    for (const from of pods) {
      for (const to of pods) {
        if (to === from) continue
        await seenAs(t, from.agent, { address: to.address, port: 8080 }, from.address)
      }
    }
    await seenAs(t, a1.agent, { address: b1.address6, port: 8080 }, a1.address6)
  })
}

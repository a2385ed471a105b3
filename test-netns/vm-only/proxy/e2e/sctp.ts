/** SCTP with real traffic. Last of all: it loads the kernel's module, which the proxy never does. */
import { attempt } from '../../../rig/run.ts'
import { askSctp, startSctpServer } from '../../../rig/sctp.ts'
import { untilSo } from './expect.ts'
import type { Cases } from './scene.ts'
import { makeService } from './service.ts'

const PORT = 5060

export const sctp: Cases = async (t, scene) => {
  const { a1, a2, b1 } = scene
  attempt('modprobe', 'sctp')
  for (const { name, namespace } of [a1, b1]) await startSctpServer(t, namespace, name, PORT)
  const service = await makeService(scene, 'sctp-traffic', {
    spec: {
      ports: [{ name: 'sctp', protocol: 'SCTP', port: 80, targetPort: PORT }],
      ...{ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
    },
    endpoints: [a1, b1],
  })
  for (const [suite, address = ''] of [
    ['Networking', service.vips[0]],
    ['DualStack', service.vips[1]],
  ] as const) {
    for (const [kind, { name, namespace }] of [
      ['pod-Service', a2],
      ['endpoint-Service', a1],
    ] as const) {
      await t.test(`[e2e ${suite}] should function for ${kind}: sctp`, async (t) => {
        const seen = await untilSo(
          async () => [...new Set(askSctp(namespace, { address, port: 80, times: 4 }))].toSorted(),
          (names) => names.join() === 'a1,b1',
        )
        t.same(seen, ['a1', 'b1'], `${name} reaches both`)
      })
    }
  }
}

import t from 'tap'
import { forwardsByFamily } from './forwards.ts'
import { mapping, previousResult, testConfig } from './testing/call.ts'

const TO_80 = { protocol: 'tcp', hostPort: 8080, containerPort: 80 }

const forwards = (families: (4 | 6)[], hostIP?: string) =>
  forwardsByFamily(
    testConfig({ prevResult: previousResult(...families), runtimeConfig: { portMappings: [mapping(8080, 80, 'tcp', hostIP)] } }),
  ).map(({ family, forwards }) => [family, forwards])

t.test('a mapping without a host address is made in every family of the container', async (t) => {
  t.same(forwards([4, 6]), [
    [4, [TO_80]],
    [6, [TO_80]],
  ])
  t.same(forwards([6], ''), [[6, [TO_80]]])
  t.same(forwards([]), [])
})

const HOST_ADDRESSES = [
  { hostIP: '192.0.2.9', four: [{ ...TO_80, hostAddress: '192.0.2.9' }], six: [] },
  { hostIP: '2001:DB8::9', four: [], six: [{ ...TO_80, hostAddress: '2001:db8::9' }] },
  { hostIP: '0.0.0.0', four: [TO_80], six: [] },
  { hostIP: '::', four: [], six: [TO_80] },
  { hostIP: '127.0.0.1', four: [{ ...TO_80, hostAddress: '127.0.0.1' }], six: [] },
  { hostIP: '::ffff:192.0.2.9', four: [{ ...TO_80, hostAddress: '192.0.2.9' }], six: [] },
  { hostIP: 'localhost', four: [], six: [] },
]

for (const { hostIP, four, six } of HOST_ADDRESSES) {
  t.test(`host address ${hostIP} concerns its own family only`, async (t) => {
    t.same(forwards([4, 6], hostIP), [
      [4, four],
      [6, six],
    ])
  })
}

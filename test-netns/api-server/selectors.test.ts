import t from 'tap'
import type { KubeObject } from './objects.ts'
import { resourceAt } from './resources.ts'
import { selection } from './selectors.ts'

const pods = resourceAt('v1', 'pods')
if (pods === undefined) throw new Error('pods are known')

const pod = (labels: Record<string, string>, spec = {}): KubeObject => ({ metadata: { name: 'p', namespace: 'default', labels }, spec })
const selects = (query: Record<string, string>, object: KubeObject, namespace?: string): boolean =>
  selection(pods, namespace, new URLSearchParams(query))(object)

t.test('label selectors know existence, equality and sets', async (t) => {
  const object = pod({ app: 'web', 'example.org/tier': 'front' })
  const cases: readonly (readonly [labelSelector: string, selected: boolean])[] = [
    ['', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['app=web', true],
    ['app==web', true],
    ['app=api', false],
    ['app!=web', false],
    ['other!=web', true],
    ['app in (api, web)', true],
    ['app notin (api,web)', false],
    ['other notin (web)', true],
    ['example.org/tier in (front),app', true],
    ['!service.kubernetes.io/service-proxy-name,!service.kubernetes.io/headless', true],
    ['app=web,!example.org/tier', false],
  ]
  for (const [labelSelector, selected] of cases) t.equal(selects({ labelSelector }, object), selected, labelSelector)
})

t.test('field selectors know names, and the fields that each kind offers', async (t) => {
  const object = pod({}, { nodeName: 'node1' })
  t.equal(selects({ fieldSelector: 'metadata.name=p' }, object), true)
  t.equal(selects({ fieldSelector: 'metadata.name!=p' }, object), false)
  t.equal(selects({ fieldSelector: 'spec.nodeName=node1,metadata.namespace=default' }, object), true)
  t.equal(selects({ fieldSelector: 'spec.nodeName=' }, object), false)
  t.throws(() => selects({ fieldSelector: 'spec.hostNetwork=true' }, object), {
    code: 400,
    message: 'field label not supported: spec.hostNetwork',
  })
})

t.test('a namespace selects too', async (t) => {
  t.equal(selects({}, pod({}), 'default'), true)
  t.equal(selects({}, pod({}), 'other'), false)
})

t.test('what is no selector is refused', async (t) => {
  for (const labelSelector of ['=web', 'app web', 'app in web', 'app=we b'])
    t.throws(() => selects({ labelSelector }, pod({})), { code: 400 }, labelSelector)
  t.throws(() => selects({ fieldSelector: 'metadata.name' }, pod({})), { code: 400 })
})

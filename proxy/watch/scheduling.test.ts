import t from 'tap'
import { reduceService } from './reduce-service.ts'

const unexpected = (message: string): never => {
  throw new Error(`unexpected report: ${message}`)
}

const annotated = (annotations: Record<string, unknown>): unknown => ({
  metadata: { name: 'web', namespace: 'default', annotations },
  spec: { clusterIP: '10.96.0.10', ports: [{ port: 80 }] },
})

t.test('the schedulers of IPVS are taken from the annotation; anything else is round robin, with a warning', async (t) => {
  for (const scheduler of ['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'mh', 'sed', 'nq']) {
    t.equal(reduceService(annotated({ 'kube-router.io/service.scheduler': scheduler }), unexpected)?.scheduler, scheduler)
  }
  for (const scheduler of ['', 'LC', 'lblc', 'rr ', 'constructor', 7, null]) {
    const reduced = reduceService(annotated({ 'kube-router.io/service.scheduler': scheduler }), unexpected)
    t.equal(reduced?.scheduler, 'rr', String(scheduler))
    const [{ type, reason, message } = {}, ...more] = reduced?.notices ?? []
    t.same([type, reason, more], ['Warning', 'InvalidAnnotation', []], `the owner of ${scheduler} is told`)
    t.match(message, /^annotation kube-router\.io\/service\.scheduler: .* is none of rr, wrr, lc, wlc, sh, dh, mh, sed, nq; rr is used$/)
  }
})

t.test('sh and mh fall back to another endpoint when theirs is on its way out; other schedulers have no such flag', async (t) => {
  const flags = (scheduler: string) =>
    reduceService(annotated({ 'kube-router.io/service.scheduler': scheduler }), unexpected)?.schedulerFlags
  t.strictSame(['sh', 'mh', 'dh', 'rr', 'wlc'].map(flags), [0x08, 0x08, 0, 0, 0])
})

t.test('scheduler flags count with mh only', async (t) => {
  const flags = { 'kube-router.io/service.schedflags': 'flag-1,flag-2' }
  t.equal(reduceService(annotated({ ...flags, 'kube-router.io/service.scheduler': 'mh' }), unexpected)?.schedulerFlags, 0x18)
  t.equal(reduceService(annotated({ ...flags, 'kube-router.io/service.scheduler': 'sh' }), unexpected)?.schedulerFlags, 0x08)
  t.equal(reduceService(annotated(flags), unexpected)?.schedulerFlags, 0)
  const odd = annotated({ 'kube-router.io/service.scheduler': 'mh', 'kube-router.io/service.schedflags': 'flag-9,flag-3,constructor' })
  const reduced = reduceService(odd, unexpected)
  t.equal(reduced?.schedulerFlags, 0x28)
  const message = 'annotation kube-router.io/service.schedflags: "flag-9", "constructor": none of flag-1, flag-2, flag-3'
  t.strictSame(reduced?.notices, [{ type: 'Warning', reason: 'InvalidAnnotation', message }])
})

t.test('client affinity lasts three hours unless a time is given', async (t) => {
  const affinity = (config: unknown) => ({
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.0.10', sessionAffinity: 'ClientIP', sessionAffinityConfig: config },
  })
  t.equal(reduceService(affinity(undefined), unexpected)?.affinitySeconds, 10_800)
  t.equal(reduceService(affinity({ clientIP: { timeoutSeconds: 1 } }), unexpected)?.affinitySeconds, 1)
  for (const timeoutSeconds of [0, -1, 86_401, 1.5, '60', {}]) {
    const reports: string[] = []
    const reduced = reduceService(affinity({ clientIP: { timeoutSeconds } }), (message) => reports.push(message))
    t.equal(reduced?.affinitySeconds, 10_800, JSON.stringify(timeoutSeconds))
    t.equal(reports.length, 1)
  }
})

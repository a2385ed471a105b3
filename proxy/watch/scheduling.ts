/** The scheduler of a Service, from kube-router's annotations (reference: kube-router user guide, "Load balancing Scheduling Algorithms"). */
import { type Fields, type Report, shown, textOf } from './fields.ts'

export const SCHEDULER_ANNOTATION = 'kube-router.io/service.scheduler'
export const SCHEDULER_FLAGS_ANNOTATION = 'kube-router.io/service.schedflags'

const SCHEDULERS: readonly string[] = ['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'mh', 'sed', 'nq']

/**
 * Schedulers that hash clients to endpoints. Without their fallback flag (IP_VS_SVC_F_SCHED1) what is hashed to an endpoint of weight 0,
 * which one on its way out has, is dropped; with it the client goes to another one.
 */
const HASHING: readonly string[] = ['sh', 'mh']
const FALLBACK = 0x08

/** IP_VS_SVC_F_SCHED1, 2 and 3 (include/uapi/linux/ip_vs.h). */
const FLAGS: Readonly<Record<string, number>> = { 'flag-1': 0x08, 'flag-2': 0x10, 'flag-3': 0x20 }

export interface Scheduling {
  readonly scheduler: string
  readonly schedulerFlags: number
}

/** The scheduler that annotations ask for; round robin without one, or when it is unknown. Flags count with mh only, as in kube-router; sh and mh always fall back. */
export const schedulingOf = (annotations: Fields, report: Report): Scheduling => {
  const asked = annotations[SCHEDULER_ANNOTATION]
  if (asked === undefined) return { scheduler: 'rr', schedulerFlags: 0 }
  const scheduler = SCHEDULERS.find((each) => each === asked)
  if (scheduler === undefined) report(`annotation ${SCHEDULER_ANNOTATION}: ${shown(asked)} is none of ${SCHEDULERS.join(', ')}; rr is used`)
  const given = scheduler === 'mh' ? flagsOf(annotations[SCHEDULER_FLAGS_ANNOTATION], report) : 0
  return { scheduler: scheduler ?? 'rr', schedulerFlags: HASHING.includes(scheduler ?? '') ? given | FALLBACK : given }
}

const flagsOf = (value: unknown, report: Report): number =>
  textOf(value)
    .split(',')
    .map((flag) => flag.trim())
    .filter((flag) => flag !== '')
    .reduce((flags, name) => {
      const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined
      if (flag === undefined) report(`annotation ${SCHEDULER_FLAGS_ANNOTATION}: ${shown(name)} is none of ${Object.keys(FLAGS).join(', ')}`)
      return flags | (flag ?? 0)
    }, 0)

/** The scheduler of a Service, from kube-router's annotations (reference: kube-router user guide, "Load balancing Scheduling Algorithms"). */
import { listed, warning } from '../services/notice.ts'
import type { ServiceNotice } from '../services/types.ts'
import { type Fields, shown, textOf } from './fields.ts'

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
  /** What of the annotations is not obeyed. */
  readonly notices: readonly ServiceNotice[]
}

/** The scheduler that annotations ask for; round robin without one, or when it is unknown. Flags count with mh only, as in kube-router; sh and mh always fall back. */
export const schedulingOf = (annotations: Fields): Scheduling => {
  const asked = annotations[SCHEDULER_ANNOTATION]
  if (asked === undefined) return { scheduler: 'rr', schedulerFlags: 0, notices: [] }
  const scheduler = SCHEDULERS.find((each) => each === asked)
  if (scheduler === undefined) return { scheduler: 'rr', schedulerFlags: 0, notices: [unknownScheduler(asked)] }
  const { flags, notices } = scheduler === 'mh' ? flagsOf(annotations[SCHEDULER_FLAGS_ANNOTATION]) : NO_FLAGS
  return { scheduler, schedulerFlags: HASHING.includes(scheduler) ? flags | FALLBACK : flags, notices }
}

const NO_FLAGS = { flags: 0, notices: [] }

const unknownScheduler = (asked: unknown): ServiceNotice =>
  warning('InvalidAnnotation', `annotation ${SCHEDULER_ANNOTATION}: ${shown(asked)} is none of ${SCHEDULERS.join(', ')}; rr is used`)

const flagsOf = (value: unknown): { readonly flags: number; readonly notices: readonly ServiceNotice[] } => {
  const names = textOf(value)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const unknown = names.filter((name) => !Object.hasOwn(FLAGS, name))
  const complaint = `annotation ${SCHEDULER_FLAGS_ANNOTATION}: ${listed(unknown.map(shown))}: none of ${Object.keys(FLAGS).join(', ')}`
  return {
    flags: names.reduce((flags, name) => flags | (Object.hasOwn(FLAGS, name) ? (FLAGS[name] ?? 0) : 0), 0),
    notices: unknown.length === 0 ? [] : [warning('InvalidAnnotation', complaint)],
  }
}

/** Making notices: what a Service asks for and does not get, in bounded sentences. */
import type { NoticeReason, ServiceNotice } from './types.ts'

/** Somebody has to mend it. */
export const warning = (reason: NoticeReason, message: string): ServiceNotice => ({ type: 'Warning', reason, message })

/** Worth knowing; it may be meant so. */
export const remark = (reason: NoticeReason, message: string): ServiceNotice => ({ type: 'Normal', reason, message })

/** `a, b, c and 4 more` */
export const listed = (texts: readonly string[]): string =>
  texts.length <= SHOWN ? texts.join(', ') : `${texts.slice(0, SHOWN).join(', ')} and ${texts.length - SHOWN} more`

/** A hostile object may hold thousands of faults; an Event holds 1024 characters (API documentation of core/v1 Event). */
const SHOWN = 3

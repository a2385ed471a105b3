/** Notices that hold at present, by Service: each is told once, and again only after it was gone for a while. */
import type { NoticeReason, Service, ServiceKey, ServiceNotice } from './types.ts'

export interface NoticeBoard {
  /** What holds for a Service from now on; a Service that is gone has no notices. */
  post(key: ServiceKey, service: Service | undefined, notices: readonly ServiceNotice[]): void
}

/** @param withdraw told of each reason that a Service has no notice for any more */
export const createNoticeBoard = (
  tell: (service: Service, notice: ServiceNotice) => void,
  withdraw: (service: ServiceKey, reason: NoticeReason) => void = () => {},
): NoticeBoard => {
  /** The reason of each notice, by its text. */
  const posted = new Map<ServiceKey, ReadonlyMap<string, NoticeReason>>()
  return {
    post: (key, service, notices) => {
      const before = posted.get(key)
      // A Service that was deleted and made anew has an owner who has not been told.
      const texts = notices.map(({ reason, message }) => `${service?.uid ?? ''} ${reason} ${message}`)
      const reasons = new Set(service === undefined ? [] : notices.map(({ reason }) => reason))
      for (const reason of new Set(before?.values())) if (!reasons.has(reason)) withdraw(key, reason)
      if (service === undefined || notices.length === 0) {
        posted.delete(key)
        return
      }
      posted.set(key, new Map(notices.map(({ reason }, index) => [texts[index] ?? '', reason])))
      for (const [index, notice] of notices.entries()) {
        const text = texts[index] ?? ''
        if (before?.has(text) !== true && texts.indexOf(text) === index) tell(service, notice)
      }
    },
  }
}

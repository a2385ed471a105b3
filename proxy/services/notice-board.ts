/** Notices that hold at present, by Service: each is told once, and again only after it was gone for a while. */
import type { Service, ServiceKey, ServiceNotice } from './types.ts'

export interface NoticeBoard {
  /** What holds for a Service from now on; a Service that is gone has no notices. */
  post(key: ServiceKey, service: Service | undefined, notices: readonly ServiceNotice[]): void
}

export const createNoticeBoard = (tell: (service: Service, notice: ServiceNotice) => void): NoticeBoard => {
  const posted = new Map<ServiceKey, ReadonlySet<string>>()
  return {
    post: (key, service, notices) => {
      const before = posted.get(key)
      if (service === undefined || notices.length === 0) {
        posted.delete(key)
        return
      }
      // A Service that was deleted and made anew has an owner who has not been told.
      const texts = notices.map(({ reason, message }) => `${service.uid} ${reason} ${message}`)
      posted.set(key, new Set(texts))
      for (const [index, notice] of notices.entries()) {
        const text = texts[index] ?? ''
        if (before?.has(text) !== true && texts.indexOf(text) === index) tell(service, notice)
      }
    },
  }
}

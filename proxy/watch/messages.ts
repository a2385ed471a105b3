/** The lines of a watch (Kubernetes API reference, WatchEvent). */
import { Failure, failureOfStatus } from './failure.ts'
import { type Fields, fieldsOf, isFields, shown, textOf } from './fields.ts'

export type WatchMessage =
  | { readonly type: 'present'; readonly object: Fields; readonly version: string }
  | { readonly type: 'gone'; readonly object: Fields; readonly version: string }
  /** Nothing changed up to `version`; `listed` when it ends the initial events of a streaming list. */
  | { readonly type: 'bookmark'; readonly version: string; readonly listed: boolean }
  | { readonly type: 'failure'; readonly failure: Failure }

/** @throws Failure `garbage` for what is no watch event */
export const parseMessage = (line: Buffer): WatchMessage => {
  const { type, object } = fieldsOf(parseJson(line.toString('utf8')))
  if (!isFields(object)) throw new Failure('garbage', `a line is no watch event: ${shown(line.toString('utf8', 0, 80))}`)
  const { resourceVersion, annotations } = fieldsOf(object.metadata)
  const version = textOf(resourceVersion)
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'present', object, version }
    case 'DELETED':
      return { type: 'gone', object, version }
    case 'BOOKMARK':
      return { type: 'bookmark', version, listed: fieldsOf(annotations)[INITIAL_EVENTS_END] === 'true' }
    case 'ERROR':
      return { type: 'failure', failure: failureOfStatus(object) }
    default:
      throw new Failure('garbage', `a watch event has the type ${shown(type)}`)
  }
}

/** @throws Failure `garbage` */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Failure('garbage', `not JSON: ${shown(text.slice(0, 80))}`, { cause })
  }
}

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

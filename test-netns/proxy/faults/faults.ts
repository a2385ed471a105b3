/** Every way for one change of the kernel to fail. */
import type { Random } from '../../cni/faults/random.ts'
import type { Change, Fault } from './faulty-plane.ts'

const EPERM = 1
const ENOENT = 2
const ESRCH = 3
const EINTR = 4
const EBADF = 9
const EEXIST = 17
const EINVAL = 22
const ENOBUFS = 105

const refused = (errno: number): Fault => ({ errno, done: false, breaks: false })

export const FAULTS: readonly Fault[] = [
  ...[EPERM, ENOENT, ESRCH, EINTR, EEXIST, EINVAL, ENOBUFS].map(refused),
  // Done, but nobody knows: the acknowledgement, or those of the whole batch, are lost.
  { errno: EINTR, done: true, breaks: false },
  { errno: ENOBUFS, done: true, breaks: true },
  // The socket is gone in the middle.
  { errno: EBADF, done: false, breaks: true },
]

/** Refusals that say nothing about whether the object exists. */
export const REFUSALS: readonly Fault[] = [EPERM, EINVAL, ENOBUFS].map(refused)

/**
 * Whether a fault says what is not so and no kernel says: that a route is gone, which leaves nothing to look for, or that a virtual server's
 * scheduler does not exist, which has another one take its place.
 */
export const isLie = ({ kind, verb }: Change, { errno, done }: Fault): boolean => {
  if (verb === 'addServer' || verb === 'setServer') return errno === ENOENT
  return kind === 'route' && verb === 'delete' && !done && (errno === ENOENT || errno === ESRCH)
}

/** A fault for this change. */
export const anyFault = (change: Change, random: Random): Fault => random.pick(FAULTS.filter((fault) => !isLie(change, fault)))

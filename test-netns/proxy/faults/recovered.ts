/** Whether a scene is as it must be once nothing fails any more. */
import type { Test } from 'tap'
import { LONG, type Scene } from './scene.ts'

/** Fails the test, once, unless a scene that had time enough to recover is as it must be. */
export const recovered = (t: Test, scene: Scene, what: string): boolean => {
  scene.time.advance(LONG)
  const found = complaintsOf(scene)
  if (found.length > 0) t.same(found, [], what)
  return found.length === 0
}

const complaintsOf = ({ controller, laws, deviations }: Scene): string[] => [
  ...deviations(),
  ...laws.broken,
  ...[...controller.status().failures].map(([key, { message }]) => `failing: ${key}: ${message}`),
  ...(controller.status().pendingSince === undefined ? [] : ['still pending']),
]

/** Many pods at once, each with a host port of its own, and then none. */
import type { Test } from 'tap'
import type { RuntimeNode } from './node.ts'
import { NODE_ADDRESS } from './node.ts'

export interface Crowd {
  readonly node: RuntimeNode
  /** At most 200. */
  readonly pods: number
  /** Starts a pod that answers at port 80 with its name. */
  start(name: string, hostPort: number): Promise<void>
  remove(name: string): Promise<void>
}

const FIRST_PORT = 20_000
/** As many as a kubelet starts at once, more or less. */
const AT_ONCE = 5

/** Starts all pods, some at a time; each has an address and answers at its host port; removes them; nothing is left. */
export const upAndDown = async (t: Test, { node, pods, start, remove }: Crowd): Promise<void> => {
  const numbers = Array.from({ length: pods }, (_, index) => index)
  await someAtOnce(numbers, (number) => start(`pod${number}`, FIRST_PORT + number))
  t.equal(new Set(node.leases()).size, pods, 'an address for each')
  for (const number of numbers)
    t.equal(await node.hostnameAt(NODE_ADDRESS, FIRST_PORT + number), `pod${number}`, `pod${number} at its host port`)
  await someAtOnce(numbers, (number) => remove(`pod${number}`))
  t.same(node.leftovers(), [], 'nothing is left')
}

const someAtOnce = async (numbers: readonly number[], work: (number: number) => Promise<void>): Promise<void> => {
  const waiting = [...numbers]
  const worker = async (): Promise<void> => {
    for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) await work(number)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** What tests say of traffic. Each waits until it is so, as users do after a change, and is one point of the test. */
import { setTimeout as after } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Actor } from '../../../rig/actor.ts'
import type { AgentReply, Answer, Question } from '../../../rig/agent-protocol.ts'

/** Seconds to wait for a change to take effect, as upstream does. */
const PATIENCE = 30
/** Seconds without any answer that count as dropped. */
const SILENCE = 1

/** Every one of these servers answers, and no other: a run of requests, two for each, without any failure. Returns the last answers. */
export const reaches = async (
  t: Test,
  from: Actor,
  to: Question,
  names: readonly string[],
  timeout = SILENCE,
): Promise<readonly AgentReply[]> => {
  const wanted = names.toSorted()
  const seen = await untilSo(
    () => askWhile(from, { timeout, ...to }, 2 * names.length, (answer) => typeof answer !== 'string' && wanted.includes(answer.name)),
    (answers) => same(namesOf(answers), wanted),
  )
  t.same(namesOf(seen), wanted, `${from.name} reaches ${names.join(', ')} at ${whereTo(to)}`)
  return seen.filter((answer) => typeof answer !== 'string')
}

/** So many answers, or those until the first that is not so: the others would only take time. */
const askWhile = async (from: Actor, to: Question, times: number, isSo: (answer: Answer) => boolean): Promise<readonly Answer[]> => {
  const answers: Answer[] = []
  for (let more = true; more && answers.length < times; ) {
    const answer = await from.ask(to)
    answers.push(answer)
    more = isSo(answer)
  }
  return answers
}

/** The server sees this address as its client's. */
export const seenAs = async (t: Test, from: Actor, to: Question, client: string): Promise<void> => {
  const seen = await untilSo(
    () => from.ask({ timeout: SILENCE, ...to }),
    (answer) => typeof answer !== 'string' && answer.client === client,
  )
  t.match(seen, { client }, `${from.name} is seen as ${client} at ${whereTo(to)}`)
}

/** Refused at once: a reset or an ICMP error, and not a silence. */
export const refuses = async (t: Test, from: Actor, to: Question): Promise<void> => {
  t.equal(await untilAnswer(from, to, 'refused'), 'refused', `${from.name} is refused at ${whereTo(to)}`)
}

/** Silence: neither an answer nor an error. */
export const drops = async (t: Test, from: Actor, to: Question): Promise<void> => {
  t.equal(await untilAnswer(from, to, 'timeout'), 'timeout', `${from.name} gets no answer at ${whereTo(to)}`)
}

/** No server answers, in whatever way it fails. */
export const fails = async (t: Test, from: Actor, to: Question): Promise<void> => {
  const seen = await untilSo(
    () => from.ask({ timeout: SILENCE, ...to }),
    (answer) => typeof answer === 'string',
  )
  t.type(seen, 'string', `${from.name} does not reach anybody at ${whereTo(to)}`)
}

const untilAnswer = (from: Actor, to: Question, wanted: Answer): Promise<Answer> =>
  untilSo(
    () => from.ask({ timeout: SILENCE, ...to }),
    (answer) => answer === wanted,
  )

/** The first thing seen that is so, or the last one when time is up. */
export const untilSo = async <T>(look: () => Promise<T>, isSo: (seen: T) => boolean, seconds = PATIENCE): Promise<T> => {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const seen = await look()
    if (isSo(seen) || performance.now() > deadline) return seen
    await after(100)
  }
}

const namesOf = (answers: readonly Answer[]): string[] =>
  [...new Set(answers.map((answer) => (typeof answer === 'string' ? `(${answer})` : answer.name)))].toSorted()

const same = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join()

const whereTo = ({ protocol = 'tcp', address, port }: Question): string => `${protocol} ${address} ${port}`

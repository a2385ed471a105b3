/** The demo's output: numbered steps, what was done, what was seen, and what must hold. */
import process from 'node:process'

/** Something that must hold does not: the demo ends with it. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure'
}

let steps = 0
const started = performance.now()

/** Announces the next step. */
export const step = (title: string): void => {
  steps += 1
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  process.stdout.write(`\n${steps}. ${title}  [${seconds} s]\n`)
}

/** One line of what was done or seen. */
export const say = (text: string): void => {
  process.stdout.write(`   ${text}\n`)
}

/** Text of another program, as it is. */
export const show = (text: string): void => {
  for (const line of text.trimEnd().split('\n')) process.stdout.write(`     | ${line}\n`)
}

/** Prints what must hold with what was seen. @throws DemoFailure when it does not hold */
export const check = (claim: string, holds: boolean, seen: unknown = ''): void => {
  const detail = seen === '' ? '' : `: ${typeof seen === 'string' ? seen : JSON.stringify(seen)}`
  if (!holds) throw new DemoFailure(`${claim} does not hold${detail}`)
  say(`ok  ${claim}${detail}`)
}

/** Random numbers that a seed repeats, for tests that try what nobody thought of. */

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below(limit: number): number
  /** One of the items. @throws RangeError when there is none */
  pick<T>(items: readonly T[]): T
  /** Whether something of this probability happens. */
  chance(probability: number): boolean
  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[]
}

/** Mulberry32: enough for choosing, not for secrets. */
export const makeRandom = (seed: number): Random => {
  let state = seed >>> 0
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(fraction() * limit)
  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError('nothing to pick from')
    return items[below(items.length)] as T
  }
  const shuffled = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => [fraction(), item] as const)
      .toSorted(([one], [other]) => one - other)
      .map(([, item]) => item)
  return { below, pick, chance: (probability) => fraction() < probability, shuffled }
}

/** SOAK_SEED, or a new seed every time. Print it. */
export const chooseSeed = (): number => Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Whether a case's differences are exactly those that are known. */
import type { SwapCase } from './dimensions.ts'
import { KNOWN_DIFFERENCES, type KnownDifference } from './known-differences.ts'

export interface Verdict {
  /** Lines that no entry knows. */
  readonly unknown: readonly string[]
  /** Reasons of entries that should have shown here and did not. */
  readonly gone: readonly string[]
}

/** @param lines what `differencesOf` found */
export const accept = (each: SwapCase, lines: readonly string[], known: readonly KnownDifference[] = KNOWN_DIFFERENCES): Verdict => {
  const expected = known.filter(({ where }) => where(each))
  return {
    unknown: lines.filter((text) => !expected.some(({ line }) => line.test(text))),
    gone: expected.filter(({ line }) => !lines.some((text) => line.test(text))).map(({ reason }) => reason),
  }
}

/** The entries that no case of these needs. */
export const unused = (cases: readonly SwapCase[]): string[] =>
  KNOWN_DIFFERENCES.filter(({ where }) => !cases.some(where)).map(({ reason }) => reason)

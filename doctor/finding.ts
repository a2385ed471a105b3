/** What a look at a node says about one thing. */

/** `warning` = the proxy runs, and somebody may miss something; `problem` = it does not run, or pods get no network. */
export type Verdict = 'ok' | 'warning' | 'problem'

export interface Finding {
  readonly check: string
  readonly verdict: Verdict
  /** What was seen; one line. */
  readonly found: string
  /** What to do about it; null when nothing is to be done. */
  readonly advice: string | null
}

export const ok = (check: string, found: string): Finding => ({ check, verdict: 'ok', found, advice: null })
export const warning = (check: string, found: string, advice: string): Finding => ({ check, verdict: 'warning', found, advice })
export const problem = (check: string, found: string, advice: string): Finding => ({ check, verdict: 'problem', found, advice })

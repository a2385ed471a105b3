/** Durations as Go writes them: `5s`, `1m30s`, `300ms`, `0`. @see https://pkg.go.dev/time#ParseDuration */

const MILLISECONDS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const PART = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)/g

/** Milliseconds of a duration text, or undefined when it is none. A number without a unit is none, except `0`. */
export const parseDuration = (text: string): number | undefined => {
  const negative = text.startsWith('-')
  const body = /^[-+]/.test(text) ? text.slice(1) : text
  if (body === '0') return 0
  const parts = [...body.matchAll(PART)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== body) return undefined
  const total = parts.reduce((sum, [, amount = '', unit = '']) => sum + Number(amount) * (MILLISECONDS[unit] ?? 0), 0)
  return negative ? -total : total
}

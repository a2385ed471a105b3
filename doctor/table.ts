/** Findings as text for people, and as JSON for programs. Pure. */
import type { Finding, Verdict } from './finding.ts'

const COUNTED: readonly Verdict[] = ['problem', 'warning']

/** A row for each finding, and below it what to do. */
export const findingsText = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const rows = findings.flatMap(({ check, verdict, found, advice }) => [
    `${verdict.padEnd(7)}  ${check.padEnd(width)}  ${printable(found)}`,
    ...(advice === null ? [] : [`${' '.repeat(9 + width)}  -> ${advice}`]),
  ])
  const counts = COUNTED.map((verdict) => `${verdict}s: ${count(findings, verdict)}`).join(', ')
  return `${[...rows, '', counts].join('\n')}\n`
}

export const findingsJson = (findings: readonly Finding[]): string => {
  const data = { problems: count(findings, 'problem'), warnings: count(findings, 'warning'), findings }
  return `${JSON.stringify(data, undefined, 2)}\n`
}

const count = (findings: readonly Finding[], verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length

/** Files and servers of others are quoted. */
const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ')

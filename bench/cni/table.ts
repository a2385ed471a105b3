/** Rows as a table for a terminal. */
import { isMet, type Row } from './report.ts'
import type { Summary } from './statistics.ts'

const HEADINGS = ['', 'ours: median [quartiles]', 'Go: median [quartiles]', 'ratio', 'CPU', 'target', '']

/** With a heading, and a line feed at the end. */
export const renderTable = (rows: readonly Row[]): string => {
  const cells = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const lines = cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  )
  return lines.map((line) => `${line.join('  ').trimEnd()}\n`).join('')
}

const cellsOf = (row: Row): string[] => {
  const { title, ours, go, ratio, cpuRatio, target, unit } = row
  const met = isMet(row)
  return [
    title,
    `${spread(ours)} ${unit}`,
    `${spread(go)} ${unit}`,
    ratio?.toFixed(2) ?? '',
    cpuRatio?.toFixed(2) ?? '',
    target === undefined ? '' : `${target.of === 'ratio' ? '' : 'ours '}<= ${target.most}`,
    met === undefined ? '' : met ? 'met' : 'NOT MET',
  ]
}

const spread = ({ median, q1, q3 }: Summary): string => (q1 === q3 ? short(median) : `${short(median)} [${short(q1)} ${short(q3)}]`)

/** Three digits say all that such numbers are good for. */
const short = (value: number): string => (Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2))

/** Rows as a table for a terminal. */
import { inColumns } from '../columns.ts'
import { isMet, type Row } from './report.ts'
import type { Summary } from './statistics.ts'

const HEADINGS = ['', 'ours: median [quartiles]', 'Go: median [quartiles]', 'ratio', 'CPU', 'target', '']

/** With a heading, and a line feed at the end. */
export const renderTable = (rows: readonly Row[]): string => inColumns([HEADINGS, ...rows.map(cellsOf)])

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

/** Rows as a table for a terminal. */
import { inColumns } from '../columns.ts'
import { isMet, type Row } from './report.ts'

const HEADINGS = ['', 'value', '99th percentile', 'target', '']

/** With a heading, and a line feed at the end. */
export const renderTable = (rows: readonly Row[]): string => inColumns([HEADINGS, ...rows.map(cellsOf)])

const UNITS: Readonly<Record<Row['unit'], string>> = { ms: ' ms', ratio: '', count: '', MiB: ' MiB', '%': ' %' }

const cellsOf = (row: Row): string[] => {
  const met = isMet(row)
  return [
    row.title,
    `${short(row.value)}${UNITS[row.unit]}`,
    row.p99 === undefined ? '' : `${short(row.p99)}${UNITS[row.unit]}`,
    row.most === undefined ? '' : `<= ${row.most}`,
    met === undefined ? '' : met ? 'met' : 'NOT MET',
  ]
}

/** Three digits say all that such numbers are good for. */
const short = (value: number): string => (Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2))

/** Texts in columns, the first one to the left and the others to the right: lines for a terminal, each with a line feed. */
export const inColumns = (cells: readonly (readonly string[])[]): string => {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const lines = cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  )
  return lines.map((line) => `${line.join('  ').trimEnd()}\n`).join('')
}

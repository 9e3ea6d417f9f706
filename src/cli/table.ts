/** A column of a table for a person. */
export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

/** Returns the lines of a table, two spaces indented, each column as wide as its widest cell; `none` when there are no rows. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return ['  none']
  const widths = columns.map((column, index) => Math.max(column.title.length, ...rows.map((row) => row[index]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align ?? 'left')).join('  ')}`.trimEnd()
  return [line(columns.map((column) => column.title)), ...rows.map(line)]
}

function pad(text: string, width: number, align: Column['align']): string {
  return align === 'left' ? text.padEnd(width) : text.padStart(width)
}

export function left(title: string): Column {
  return { title, align: 'left' }
}

export function right(title: string): Column {
  return { title, align: 'right' }
}

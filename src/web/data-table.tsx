import type { ReactNode } from 'react'

/** One column. The first one is the row's header. */
export interface Column<Row> {
  readonly header: string
  readonly render: (row: Row) => ReactNode
  /** Figures stand at the end, so that their digits align. */
  readonly isFigure?: boolean
  /** Takes the whole width of a card on narrow screens, without its label. */
  readonly isWide?: boolean
}

interface DataTableProps<Row> {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** Said instead of an empty table. */
  readonly empty: string
}

function cellProps<Row>(column: Column<Row>) {
  return { 'data-label': column.header, 'data-figure': column.isFigure === true, 'data-wide': column.isWide === true }
}

/** A table that turns into cards on narrow screens. The roles are spelled out, since CSS that makes blocks of rows takes them away. */
export function DataTable<Row>({ caption, columns, rows, rowKey, empty }: DataTableProps<Row>) {
  if (rows.length === 0) return <p className="empty">{empty}</p>
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: display: block removes the native roles on narrow screens.
    <table className="table" role="table">
      <caption className="hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.header} scope="col" role="columnheader" data-figure={column.isFigure === true}>
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row">
            {columns.map((column, index) =>
              index === 0 ? (
                <th key={column.header} scope="row" role="rowheader" {...cellProps(column)}>
                  {column.render(row)}
                </th>
              ) : (
                <td key={column.header} role="cell" {...cellProps(column)}>
                  {column.render(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above.
  )
}

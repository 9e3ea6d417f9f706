import { useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from './data-table'
import { money, price, quantity, shortInstrument, signedMoney, signOf } from './format'
import { Panel } from './panel'
import { type Position, queries } from './queries'

const COLUMNS: readonly Column<Position>[] = [
  {
    header: 'Instrument',
    isWide: true,
    render: (position) => (
      <>
        <span className="cell-title">{shortInstrument(position.instrumentId)}</span>
        <span className="cell-note">{position.botId}</span>
      </>
    ),
  },
  {
    header: 'Quantity',
    isFigure: true,
    render: (position) => (
      <>
        <span className="cell-figure">{quantity(position.netQuantity)}</span>
        <span className="cell-note">worth {money(position.notional)}</span>
      </>
    ),
  },
  {
    header: 'Mark',
    isFigure: true,
    render: (position) => (
      <>
        <span className="cell-figure">
          {price(position.markPrice)}
          {position.isStale ? <span data-tone="warn"> stale</span> : null}
        </span>
        <span className="cell-note">entry {price(position.entryPrice)}</span>
        {position.protection === null ? null : <span className="cell-note">{protectionText(position.protection)}</span>}
      </>
    ),
  },
  {
    header: 'PnL',
    isFigure: true,
    render: (position) => (
      <>
        <span className="cell-figure" data-sign={signOf(position.unrealizedPnl)}>
          {signedMoney(position.unrealizedPnl)}
        </span>
        <span className="cell-note">realised {signedMoney(position.realizedPnl)}</span>
      </>
    ),
  },
]

/** Where a position is given up; while an exit runs, what set it off. */
function protectionText({ kind, stopPrice, trailingPrice, targetPrice }: NonNullable<Position['protection']>): string {
  if (kind !== null) return `exiting (${kind})`
  const levels = [
    ['stop', stopPrice],
    ['trail', trailingPrice],
    ['target', targetPrice],
  ] as const
  return levels.flatMap(([name, level]) => (level === null ? [] : [`${name} ${price(level)}`])).join(', ')
}

/** Open positions, one a bot and instrument. */
export function PositionsPanel() {
  const { data, isPending } = useQuery(queries.positions)
  return (
    <Panel title="Positions" area="positions" note={data === undefined ? '' : String(data.length)}>
      <DataTable
        caption="Open positions by bot and instrument"
        columns={COLUMNS}
        rows={data ?? []}
        rowKey={(position) => `${position.botId} ${position.instrumentId}`}
        empty={isPending ? 'Loading…' : 'No position is open.'}
      />
    </Panel>
  )
}

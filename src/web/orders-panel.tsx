import { useQuery } from '@tanstack/react-query'
import { api, read } from './client'
import { CommandButton } from './command-button'
import { type Column, DataTable } from './data-table'
import { price, quantity, shortInstrument, span, utcClock } from './format'
import { useMarketNow } from './hooks'
import { CloseIcon } from './icons'
import { Panel } from './panel'
import { type Order, queries } from './queries'
import { StateBadge } from './state-badge'
import { runCommand, useAsk } from './use-command'

/** The instrument, side and bot, and how old the order is where that matters. */
function instrument(nowMs: number | null): Column<Order> {
  return {
    header: 'Instrument',
    isWide: true,
    render: (order) => (
      <>
        <span className="cell-title cell-line">
          {shortInstrument(order.instrumentId)} <span data-side={order.side}>{order.side}</span>
        </span>
        <span className="cell-note" title={order.clientOrderId}>
          {order.botId}
          {nowMs === null ? '' : ` · ${span(nowMs - order.createdAtMs)}`}
        </span>
      </>
    ),
  }
}

const status: Column<Order> = {
  header: 'Status',
  isWide: true,
  render: (order) => (
    <>
      <StateBadge state={order.status} />
      {order.reason === null ? null : <span className="cell-note">{order.reason}</span>}
    </>
  ),
}
const filled: Column<Order> = {
  header: 'Filled',
  isFigure: true,
  render: (order) => (
    <>
      <span className="cell-figure">
        {quantity(order.filledQuantity)} / {quantity(order.quantity)}
      </span>
      {order.averageFillPrice === null ? null : <span className="cell-note">at {price(order.averageFillPrice)}</span>}
    </>
  ),
}
const limit: Column<Order> = {
  header: 'Price',
  isFigure: true,
  render: (order) => (
    <>
      <span className="cell-figure">{order.limitPrice === null ? 'market' : price(order.limitPrice)}</span>
      <span className="cell-note">
        {order.type === 'stop' ? `stop, ${order.timeInForce}` : order.timeInForce}
        {order.postOnly ? ', post-only' : ''}
      </span>
    </>
  ),
}

function CancelButton({ order }: { readonly order: Order }) {
  const target = `${order.side} ${order.quantity} ${shortInstrument(order.instrumentId)}`
  const refusal = order.status === 'CANCELING' ? 'A cancel is on its way' : null
  const cancel = (): void =>
    runCommand(`Cancel ${target}`, () =>
      read(api.orders[':clientOrderId'].cancel.$post({ param: { clientOrderId: order.clientOrderId }, json: {} })),
    )
  return <CommandButton label="Cancel" target={target} icon={<CloseIcon />} isCompact refusal={refusal} onPress={cancel} />
}

function CancelAllButton({ count }: { readonly count: number }) {
  const ask = useAsk()
  return (
    <CommandButton
      label="Cancel all"
      target="working orders"
      icon={<CloseIcon />}
      isDanger
      refusal={count === 0 ? 'No working orders' : null}
      onPress={() =>
        ask({
          title: 'Cancel every working order',
          text: 'Also protective orders are canceled. Bots that run may place new ones: pause them first if that is not wanted.',
          word: 'CANCEL ALL',
          action: 'Cancel all orders',
          hasReason: false,
          choices: null,
          onConfirm: () => runCommand('Cancel all', () => read(api.orders['cancel-all'].$post({ json: { confirm: 'CANCEL ALL' } }))),
        })
      }
    />
  )
}

/** Orders that can still fill, each with its cancel. */
export function OpenOrdersPanel() {
  const { data, isPending } = useQuery(queries.openOrders)
  const nowMs = useMarketNow()
  const action: Column<Order> = { header: 'Cancel', isWide: true, render: (order) => <CancelButton order={order} /> }
  return (
    <Panel
      title="Open orders"
      area="open"
      note={data === undefined ? '' : String(data.length)}
      actions={<CancelAllButton count={data?.length ?? 0} />}
    >
      <DataTable
        caption="Orders that can still fill"
        columns={[instrument(nowMs), status, limit, filled, action]}
        rows={data ?? []}
        rowKey={(order) => order.clientOrderId}
        empty={isPending ? 'Loading…' : 'No order is working.'}
      />
    </Panel>
  )
}

/** The newest finished orders. */
export function RecentOrdersPanel() {
  const { data, isPending } = useQuery(queries.recentOrders)
  const time: Column<Order> = { header: 'Time, UTC', isFigure: true, render: (order) => utcClock(order.updatedAtMs) }
  return (
    <Panel title="Recent orders" area="recent">
      <DataTable
        caption="The newest finished orders"
        columns={[instrument(null), status, limit, filled, time]}
        rows={data ?? []}
        rowKey={(order) => order.clientOrderId}
        empty={isPending ? 'Loading…' : 'No order has finished yet.'}
      />
    </Panel>
  )
}

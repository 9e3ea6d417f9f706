import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { money, percent, signedMoney, signOf } from './format'
import { queries } from './queries'

function Figure({
  label,
  value,
  sign = 0,
  note,
}: {
  readonly label: string
  readonly value: ReactNode
  readonly sign?: number
  readonly note?: string
}) {
  return (
    <div className="figure">
      <dt>{label}</dt>
      <dd data-sign={sign}>{value}</dd>
      {note === undefined ? null : <dd className="figure-note">{note}</dd>}
    </div>
  )
}

/** The row of figures under the header. */
export function Figures() {
  const portfolio = useQuery(queries.portfolio).data
  const health = useQuery(queries.health).data
  const bots = useQuery(queries.bots).data
  const active = bots?.filter((bot) => bot.state === 'ACTIVE').length ?? 0
  if (portfolio === undefined) return <dl className="figures" aria-busy="true" />
  const unvalued = portfolio.assets.filter((asset) => asset.isUnvalued).map((asset) => asset.asset)
  return (
    <dl className="figures">
      <Figure
        label="Realised PnL"
        value={signedMoney(portfolio.realizedPnl)}
        sign={signOf(portfolio.realizedPnl)}
        note={`fees ${money(portfolio.fees)}`}
      />
      <Figure label="Unrealised PnL" value={signedMoney(portfolio.unrealizedPnl)} sign={signOf(portfolio.unrealizedPnl)} />
      <Figure
        label="Cash"
        value={money(portfolio.cash)}
        note={unvalued.length === 0 ? `in ${portfolio.valuationAsset}` : `no price: ${unvalued.join(', ')}`}
      />
      <Figure label="Exposure, gross" value={money(portfolio.exposureGross)} note={`net ${money(portfolio.exposureNet)}`} />
      <Figure label="Drawdown" value={percent(portfolio.drawdownRatio)} note="from the peak" />
      <Figure label="Active bots" value={`${active} of ${bots?.length ?? 0}`} note={`${health?.ordersOpen ?? 0} working orders`} />
      {portfolio.hasDrift ? (
        <Figure
          label="Drift"
          value="Ledger and venue differ"
          sign={-1}
          note={portfolio.driftDetails.map((drift) => `${drift.asset} ${drift.ledger} / ${drift.venue}`).join('; ')}
        />
      ) : null}
    </dl>
  )
}

import { useQuery } from '@tanstack/react-query'
import { money, span } from './format'
import { useMarketNow } from './hooks'
import { Panel } from './panel'
import { type Breaker, queries, type Risk } from './queries'
import { StateBadge } from './state-badge'

function BreakerLine({ breaker, nowMs }: { readonly breaker: Breaker; readonly nowMs: number }) {
  const rearms = breaker.rearmsAtMs === null ? '' : `re-arms in ${span(breaker.rearmsAtMs - nowMs)}`
  return (
    <li>
      <span className="line-main">
        <span className="cell-title">{breaker.kind}</span>
        <span className="cell-note">{breaker.scope}</span>
      </span>
      <span className="line-figures">
        {breaker.value} of {breaker.threshold}
        {rearms === '' ? null : <span className="cell-note">{rearms}</span>}
      </span>
      <StateBadge state={breaker.state} />
    </li>
  )
}

/** For the bar alone, where a double is enough; the figures beside it stay text. */
function share(exposure: Risk['exposures'][number]): number {
  const limit = Number(exposure.limit)
  return limit > 0 ? Math.min(1, Number(exposure.current) / limit) : 0
}

function ExposureLine({ exposure }: { readonly exposure: Risk['exposures'][number] }) {
  const used = share(exposure)
  return (
    <li>
      <span className="line-main">{exposure.scope}</span>
      <span className="line-figures">
        {money(exposure.current)} <span className="quiet">of {money(exposure.limit)}</span>
      </span>
      <meter
        className="meter"
        min={0}
        max={1}
        high={0.8}
        optimum={0}
        value={used}
        aria-label={`${exposure.scope}: ${Math.round(used * 100)} % of its limit`}
      />
    </li>
  )
}

/** Breakers and exposures against their limits. */
export function RiskPanel() {
  const { data } = useQuery(queries.risk)
  const nowMs = useMarketNow()
  const tripped = data?.breakers.filter((breaker) => breaker.state !== 'ARMED').length ?? 0
  return (
    <Panel title="Risk" area="risk" note={tripped === 0 ? '' : `${tripped} tripped`}>
      <h3>Breakers</h3>
      <ul className="lines">
        {data?.breakers.map((breaker) => (
          <BreakerLine key={breaker.breakerId} breaker={breaker} nowMs={nowMs} />
        ))}
      </ul>
      {data?.breakers.length === 0 ? <p className="empty">No breakers are configured.</p> : null}
      <h3>Exposure</h3>
      <ul className="lines lines-meter">
        {data?.exposures.map((exposure) => (
          <ExposureLine key={exposure.scope} exposure={exposure} />
        ))}
      </ul>
    </Panel>
  )
}

import { useQuery } from '@tanstack/react-query'
import { contactStore } from './contact'
import { money, utcTime } from './format'
import { HealthBadge } from './health-badge'
import { useStore } from './hooks'
import { BrandMark } from './icons'
import { KillSwitchButton } from './kill-switch'
import { queries } from './queries'
import { StateBadge } from './state-badge'

/** What an owner wants to see without scrolling: mode, state, health, the market's time, equity, and the kill switch. */
export function Masthead() {
  const health = useQuery(queries.health).data
  const portfolio = useQuery(queries.portfolio).data
  const isAway = useStore(contactStore).kind === 'away'
  return (
    <header className="masthead" data-away={isAway}>
      <div className="brand">
        <BrandMark />
        <h1>Troupe</h1>
      </div>
      <div className="masthead-badges">
        {health === undefined ? null : (
          <>
            <span className="badge badge-mode" data-mode={health.mode}>
              {health.mode.replaceAll('_', ' ').toUpperCase()}
            </span>
            <StateBadge state={health.state.toUpperCase()} />
          </>
        )}
        <HealthBadge health={health} />
      </div>
      <dl className="masthead-figures">
        <div>
          <dt>Market time</dt>
          <dd>{health === undefined ? '–' : utcTime(health.nowMs)}</dd>
        </div>
        <div>
          <dt>Equity</dt>
          <dd data-testid="equity">
            {portfolio === undefined ? '–' : `${money(portfolio.equity)} ${portfolio.valuationAsset}`}
            {portfolio?.isPartial ? <abbr title="Some assets have no price and count as 0">*</abbr> : null}
          </dd>
        </div>
      </dl>
      <KillSwitchButton />
    </header>
  )
}

import { Popover } from '@mantine/core'
import { utcClock } from './format'
import type { Health } from './queries'
import { stateTone } from './state-badge'

const PARTS = {
  marketData: 'Market data',
  portfolio: 'Portfolio',
  strategies: 'Strategies',
  execution: 'Execution',
  journal: 'Journal',
} as const

function Details({ health }: { readonly health: Health }) {
  const names = Object.keys(PARTS) as (keyof typeof PARTS)[]
  return (
    <div className="health-details">
      {health.problems.length === 0 ? <p>Nothing is wrong.</p> : null}
      <ul className="problems">
        {health.problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <dl className="facts">
        {names.map((name) => (
          <div key={name}>
            <dt>{PARTS[name]}</dt>
            <dd data-tone={health.ok[name] ? 'good' : 'bad'}>{health.ok[name] ? 'ok' : 'not ok'}</dd>
          </div>
        ))}
        <div>
          <dt>Sockets up</dt>
          <dd>
            {health.sockets.up} of {health.sockets.total}
          </dd>
        </div>
      </dl>
      {health.recentErrors.length === 0 ? null : <h3>Recent errors</h3>}
      <ul className="problems">
        {health.recentErrors.map((error) => (
          <li key={`${error.atMs}${error.code}`}>
            <span className="quiet">{utcClock(error.atMs)}</span> {error.code}: {error.text}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Overall health as a button that opens what keeps it from HEALTHY. */
export function HealthBadge({ health }: { readonly health: Health | undefined }) {
  const status = health?.status ?? 'WAITING'
  const count = health?.problems.length ?? 0
  return (
    <Popover width={340} position="bottom-start" withArrow shadow="md" trapFocus={false} disabled={health === undefined}>
      <Popover.Target>
        <button type="button" className="badge badge-button" data-tone={stateTone(status)}>
          <span className="hidden">Health </span>
          {status}
          {count === 0 ? null : <span className="badge-count">{count}</span>}
          <span className="hidden">{count === 1 ? ' problem' : ' problems'}, show details</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown>{health === undefined ? null : <Details health={health} />}</Popover.Dropdown>
    </Popover>
  )
}

import { useQuery } from '@tanstack/react-query'
import { EquityChart } from './equity-chart'
import { money, utcTime } from './format'
import { Panel } from './panel'
import { queries } from './queries'

/** The equity curve. */
export function EquityPanel() {
  const { data, isPending } = useQuery(queries.equity)
  const asset = useQuery(queries.portfolio).data?.valuationAsset ?? ''
  const first = data?.[0]
  const last = data?.at(-1)
  if (data === undefined || first === undefined || last === undefined) {
    return (
      <Panel title="Equity" area="equity">
        <p className="empty">{isPending ? 'Loading…' : 'No equity has been recorded yet.'}</p>
      </Panel>
    )
  }
  const summary = `Equity from ${money(first.equity)} at ${utcTime(first.atMs)} to ${money(last.equity)} ${asset} at ${utcTime(last.atMs)}, ${data.length} points`
  return (
    <Panel title="Equity" area="equity" note={asset}>
      <EquityChart points={data} summary={summary} />
    </Panel>
  )
}

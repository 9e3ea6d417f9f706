import { useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from './data-table'
import { money, NONE, shortInstrument, span } from './format'
import { useMarketNow } from './hooks'
import { Meter } from './meter'
import { Panel } from './panel'
import { queries, type Universe } from './queries'

type Tier = Universe['tiers'][number]
type Member = Universe['instruments'][number]

function tierNote({ admitted, instruments, exposure, exposureMax }: Tier, currency: string): string {
  const cap = exposureMax === null ? '' : ` of ${money(exposureMax)}`
  return `${admitted} of ${instruments} admitted, exposure ${money(exposure)}${cap} ${currency}`
}

function columns(tiers: readonly Tier[], nowMs: number): readonly Column<Member>[] {
  return [
    {
      header: 'Instrument',
      isWide: true,
      render: ({ instrumentId, tier, themes }) => (
        <>
          <span className="cell-title">{shortInstrument(instrumentId)}</span>
          <span className="cell-note">{[tier, ...themes].join(', ')}</span>
        </>
      ),
    },
    {
      header: 'May be entered',
      isWide: true,
      render: ({ isAdmitted, exclusionReason, text, sinceMs }) => (
        <>
          <span className="cell-title">
            {isAdmitted ? 'yes' : exclusionReason} <span className="quiet">{span(nowMs - sinceMs)}</span>
          </span>
          {text === '' ? null : (
            <span className="cell-note" data-tone="warn">
              {text}
            </span>
          )}
        </>
      ),
    },
    {
      header: 'Volume 24 h',
      isFigure: true,
      render: ({ volume24h, tier }) => {
        const least = tiers.find(({ name }) => name === tier)?.volume24hMin ?? null
        return (
          <>
            <span className="cell-figure">{volume24h === null ? NONE : money(volume24h)}</span>
            {least === null ? null : <span className="cell-note">least {money(least)}</span>}
          </>
        )
      },
    },
    {
      header: 'Spread, bps',
      isFigure: true,
      render: ({ spreadBps, tier }) => {
        const most = tiers.find(({ name }) => name === tier)?.spreadBpsMax ?? null
        return (
          <>
            <span className="cell-figure">{spreadBps ?? NONE}</span>
            {most === null ? null : <span className="cell-note">most {most}</span>}
          </>
        )
      },
    },
    { header: 'Bots', render: ({ bots }) => (bots.length === 0 ? NONE : bots.join(', ')) },
  ]
}

/** Tiers of the universe with what is in them, and each instrument with why it is kept out; nothing where no tier is configured. */
export function UniversePanel() {
  const { data } = useQuery(queries.universe)
  const nowMs = useMarketNow()
  if (data === undefined || data.tiers.length === 0) return null
  const admitted = data.instruments.filter(({ isAdmitted }) => isAdmitted).length
  return (
    <Panel title="Universe" area="universe" note={`${admitted} of ${data.instruments.length} may be entered`}>
      {data.tiers.map((tier) => (
        <p key={tier.name} className="empty">
          <strong>{tier.name}</strong>: {tierNote(tier, data.currency)}
          {tier.exposureMax === null || Number(tier.exposureMax) === 0 ? null : (
            <Meter what={`The tier ${tier.name}`} share={Number(tier.exposure) / Number(tier.exposureMax)} />
          )}
        </p>
      ))}
      <DataTable
        caption="Instruments of the universe"
        columns={columns(data.tiers, nowMs)}
        rows={data.instruments}
        rowKey={({ instrumentId }) => instrumentId}
        empty="The universe has not been looked at yet."
      />
    </Panel>
  )
}

import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, read } from './client'
import { CommandButton } from './command-button'
import { money, span } from './format'
import { useMarketNow } from './hooks'
import { Meter } from './meter'
import { Panel } from './panel'
import { type Breaker, queries, type Risk } from './queries'
import { StateBadge } from './state-badge'
import { ReducingLines, ThrottleLines } from './scope-lines'
import { runCommand, useAsk } from './use-command'

/** When a breaker that holds lets go: by itself, with what caused it, or when an operator says so. */
function endOf({ state, rearm, rearmsAtMs }: Breaker, nowMs: number): string {
  if (state === 'ARMED') return ''
  if (rearmsAtMs !== null) return `re-arms in ${span(rearmsAtMs - nowMs)}`
  return rearm === 'operator' ? 'until an operator signs it off' : 'until its cause is gone'
}

function BreakerLine({ breaker, nowMs }: { readonly breaker: Breaker; readonly nowMs: number }) {
  const ask = useAsk()
  const end = endOf(breaker, nowMs)
  const isHolding = breaker.state !== 'ARMED'
  const reset = (reason: string): void =>
    runCommand(`Re-arm ${breaker.breakerId}`, () =>
      read(api.risk.breakers[':breakerId'].reset.$post({ param: { breakerId: breaker.breakerId }, json: { reason, confirm: true } })),
    )
  const press = (): void =>
    ask({
      title: `Re-arm ${breaker.breakerId}`,
      text: 'What it holds trades again, unless something else holds it. It counts anew from here.',
      word: null,
      choices: null,
      action: 'Re-arm',
      hasReason: true,
      onConfirm: reset,
    })
  return (
    <li>
      <span className="line-main">
        <span className="cell-title">{breaker.kind}</span>
        <span className="cell-note">{breaker.scope}</span>
        {isHolding && breaker.reason !== null ? <span className="cell-note">{breaker.reason}</span> : null}
      </span>
      <span className="line-figures">
        {breaker.value} of {breaker.threshold}
        {end === '' ? null : <span className="cell-note">{end}</span>}
        {isHolding ? <CommandButton label="Re-arm" target={breaker.breakerId} refusal={null} onPress={press} /> : null}
      </span>
      <StateBadge state={breaker.state} />
    </li>
  )
}

/** For the order of the list alone. */
function nearness({ value, threshold }: Breaker): number {
  return Number(threshold) > 0 ? Number(value) / Number(threshold) : 0
}

/** Those that hold come first, then those that are nearest to it. */
function sorted(breakers: readonly Breaker[]): readonly Breaker[] {
  const rank = (breaker: Breaker) => (breaker.state === 'ARMED' ? nearness(breaker) : Number.MAX_VALUE)
  return breakers.toSorted((a, b) => rank(b) - rank(a))
}

/** Besides those that hold, so many of the nearest are shown at first. */
const SHOWN = 6

/** Every breaker with its figure: a company of a hundred bots has hundreds, so the far ones wait behind a button. */
function BreakerLines({ breakers, nowMs }: { readonly breakers: readonly Breaker[]; readonly nowMs: number }) {
  const [isWhole, setIsWhole] = useState(false)
  const all = sorted(breakers)
  const first = all.slice(0, breakers.filter(({ state }) => state !== 'ARMED').length + SHOWN)
  const toggle = isWhole ? 'Show the nearest' : `Show all ${all.length} breakers`
  return (
    <>
      <h3>Breakers</h3>
      <ul className="lines">
        {(isWhole ? all : first).map((breaker) => (
          <BreakerLine key={breaker.breakerId} breaker={breaker} nowMs={nowMs} />
        ))}
      </ul>
      {all.length === 0 ? <p className="empty">No breakers are configured.</p> : null}
      {all.length > first.length ? <CommandButton label={toggle} target="" refusal={null} onPress={() => setIsWhole(!isWhole)} /> : null}
    </>
  )
}

/** For the bar alone, where a double is enough; the figures beside it stay text. */
function share(exposure: Risk['exposures'][number]): number {
  const limit = Number(exposure.limit)
  return limit > 0 ? Math.min(1, Number(exposure.current) / limit) : 0
}

function ExposureLine({ exposure }: { readonly exposure: Risk['exposures'][number] }) {
  return (
    <li>
      <span className="line-main">{exposure.scope}</span>
      <span className="line-figures">
        {money(exposure.current)} <span className="quiet">of {money(exposure.limit)}</span>
      </span>
      <Meter what={exposure.scope} share={share(exposure)} />
    </li>
  )
}

/** Breakers and exposures against their limits. */
export function RiskPanel() {
  const { data } = useQuery(queries.risk)
  const nowMs = useMarketNow()
  const tripped = data?.breakers.filter((breaker) => breaker.state !== 'ARMED').length ?? 0
  const throttled = data?.throttles.length ?? 0
  const notes = [
    ...(data?.mode === 'reducing' ? ['only reducing orders pass'] : []),
    ...(tripped + throttled === 0 ? [] : [`${tripped + throttled} tripped`]),
  ]
  return (
    <Panel title="Risk" area="risk" note={notes.join(', ')}>
      <BreakerLines breakers={data?.breakers ?? []} nowMs={nowMs} />
      <ThrottleLines throttles={data?.throttles ?? []} nowMs={nowMs} />
      <ReducingLines reducing={data?.reducing ?? []} nowMs={nowMs} />
      <h3>Exposure</h3>
      <ul className="lines lines-meter">
        {data?.exposures.map((exposure) => (
          <ExposureLine key={exposure.scope} exposure={exposure} />
        ))}
      </ul>
    </Panel>
  )
}

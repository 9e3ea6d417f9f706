import { add, type Decimal, subtract, ZERO } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import { heldWhere } from './held'
import type { Judgement } from './judgement'

/** What a position and a working order have in common. */
type Row = Parameters<Parameters<Judgement['book']['manualWhere']>[0]>[0] | Judgement['view']['positions'][number]

/**
 * What budgets leave out of an exposure: positions and working orders without a strategy, where the limits say so (RSK-12). Hard caps
 * take nothing off: asset, venue, window, total exposure, the instrument's amount and the portfolio's risk.
 */
export function manualPart(judgement: Judgement, matches: (row: Row) => boolean): Decimal {
  if (judgement.limits.manualPositions === 'count') return ZERO
  return add(manualHeld(judgement, matches), judgement.book.manualWhere(matches))
}

/** The filled part of it. */
export function manualHeld({ limits, view }: Judgement, matches: (row: Row) => boolean): Decimal {
  if (limits.manualPositions === 'count') return ZERO
  return heldWhere(view.positions, (position) => position.strategyId === null && matches(position))
}

/** Returns the exposure that budgets count. */
export function budgetExposure(judgement: Judgement): Decimal {
  return subtract(
    judgement.exposure,
    manualPart(judgement, () => true),
  )
}

/** What of it is filled. */
export function budgetHeld(judgement: Judgement): Decimal {
  return subtract(
    judgement.view.held.total,
    manualHeld(judgement, () => true),
  )
}

/** The exposure that budgets count on the order's instrument alone. */
export function budgetExposureOfInstrument(judgement: Judgement): Decimal {
  const { instrumentId } = judgement.proposal
  return subtract(
    judgement.exposureOfInstrument,
    manualPart(judgement, (row) => row.instrumentId === instrumentId),
  )
}

/** What of that is filled. */
export function budgetHeldOfInstrument(judgement: Judgement): Decimal {
  const { instrumentId } = judgement.proposal
  return subtract(
    judgement.view.held.instrument,
    manualHeld(judgement, (row) => row.instrumentId === instrumentId),
  )
}

/** Returns the instruments that count as open. */
export function budgetInstruments({ limits, view }: Judgement): ReadonlySet<InstrumentId> {
  if (limits.manualPositions === 'count') return view.openInstruments
  return new Set(view.positions.filter(({ strategyId }) => strategyId !== null).map(({ instrumentId }) => instrumentId))
}

import type { InstrumentId } from '#domain/ids'
import { budgetInstruments } from '../budget'
import { blocked, type CheckResult, type Judgement, passedWith } from '../judgement'

/** Caps the count of instruments held or about to be; adding to one that is held already does not count again (RSK-02). */
export function openPositionsMax(judgement: Judgement): CheckResult {
  const { limits, proposal, addsRisk } = judgement
  const open = budgetInstruments(judgement)
  const current = open.size + openingBeyond(judgement, open, proposal.instrumentId)
  const opens = addsRisk && !open.has(proposal.instrumentId)
  const proposed = opens ? current + 1 : current
  const figures = { current: String(current), proposed: String(proposed), limit: String(limits.openPositionsMax) }
  if (!opens || proposed <= limits.openPositionsMax) return passedWith('open_positions_max', 'portfolio', figures)
  const message = `${proposed} positions would be open or opening, above the limit of ${limits.openPositionsMax}`
  return blocked('open_positions_max', 'portfolio', figures, message)
}

/** Count of instruments, but for one, that working orders may open beyond those that are. */
export function openingBeyond({ limits, book }: Judgement, open: ReadonlySet<InstrumentId>, except: InstrumentId | null): number {
  return book.openersBeyond(open, except, limits.manualPositions === 'ignore')
}

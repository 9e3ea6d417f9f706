import type { Approved, Proposal } from './order'
import type { Decimal } from './decimal'

/** What a check guards: the scope of a cap, or the kind of fact that it looks at. */
export type CapType =
  | 'order'
  | 'instrument'
  | 'asset'
  | 'theme'
  | 'tier'
  | 'strategy'
  | 'venue'
  | 'window'
  | 'portfolio'
  | 'daily'
  | 'risk'
  | 'intent'
  | 'throttle'
  | 'cost'
  | 'state'
  | 'data'
  | 'instrumentRule'

/** What one check of the gate saw and said. Figures are text so that a ratio and an amount read alike in the journal. */
export interface CheckFigure {
  /** The check's name, which is also the reason code when it blocks: `order_notional_max`, `shorting_disallowed`… */
  readonly check: string
  readonly outcome: 'pass' | 'downsize' | 'block'
  readonly capType: CapType
  /** The figure before this order, with it, and the limit; null where the check has no figure. */
  readonly current: string | null
  readonly proposed: string | null
  readonly limit: string | null
  /** One sentence for a person; null when the check passed. */
  readonly message: string | null
}

/** The gate's answer to one proposal, with the figure of every check that ran. A reservation goes with a pass. */
export type Verdict =
  | {
      readonly kind: 'pass'
      readonly approved: Approved
      readonly figures: readonly CheckFigure[]
      readonly downsizedFrom: Decimal | null
      readonly epoch: number
      readonly atMs: number
    }
  | {
      readonly kind: 'block'
      readonly proposal: Proposal
      readonly code: string
      readonly figures: readonly CheckFigure[]
      readonly epoch: number
      readonly atMs: number
    }

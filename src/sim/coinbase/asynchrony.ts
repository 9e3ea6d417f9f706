import { z } from 'zod'

const ms = z.number().int().min(0).max(600_000)

/** Body of `POST /emulator/asynchrony`: what is named changes. */
export const asynchronySchema = z.strictObject({
  openAfterMs: ms.optional(),
  visibleAfterMs: ms.optional(),
  cancelAfterMs: ms.optional(),
  editAfterMs: ms.optional(),
  fillsAfterMs: ms.optional(),
  settledAfterMs: ms.optional(),
})

/** How far what the venue shows lags behind what it does, in ms (protocol sheet §2.6, §2.10, §2.13). */
export interface Asynchrony {
  /** An order that has not traded shows PENDING for so long. */
  readonly openAfterMs: number
  /** Get and list do not know an order for so long after its creation. */
  readonly visibleAfterMs: number
  /** From a cancel's answer to its effect; a fill may win meanwhile. */
  readonly cancelAfterMs: number
  readonly editAfterMs: number
  /** The fills' list does not know an execution for so long. */
  readonly fillsAfterMs: number
  /** A filled order is not `settled` for so long. */
  readonly settledAfterMs: number
}

export const DEFAULT_ASYNCHRONY: Asynchrony = {
  openAfterMs: 0,
  visibleAfterMs: 0,
  cancelAfterMs: 25,
  editAfterMs: 25,
  fillsAfterMs: 100,
  settledAfterMs: 1_000,
}

/** Returns the figures with those that a command names. */
export function withChanges(present: Asynchrony, change: z.infer<typeof asynchronySchema>): Asynchrony {
  return {
    openAfterMs: change.openAfterMs ?? present.openAfterMs,
    visibleAfterMs: change.visibleAfterMs ?? present.visibleAfterMs,
    cancelAfterMs: change.cancelAfterMs ?? present.cancelAfterMs,
    editAfterMs: change.editAfterMs ?? present.editAfterMs,
    fillsAfterMs: change.fillsAfterMs ?? present.fillsAfterMs,
    settledAfterMs: change.settledAfterMs ?? present.settledAfterMs,
  }
}

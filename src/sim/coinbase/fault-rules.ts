import { z } from 'zod'
import { commonFaults, faultScope, faultWhen, reorderedFault } from '#sim/emulator/fault-rules'

const reason = z.string().regex(/^[A-Z_]{3,80}$/)

/**
 * Faults that only this venue has. Labels are REST operations (`createOrder`, `cancelOrders`, `listOrders`: see `rest-router.ts`),
 * `subscribe` and `unsubscribe`, and channels by their subscription names (`level2`, `user`, `heartbeats`, `subscriptions`).
 */
const coinbaseFaults = [
  reorderedFault,
  /** A good token is answered 401, or on a socket with an authentication failure. */
  z.strictObject({ kind: z.literal('unauthorized'), ...faultScope }),
  /** The gateway's own form of an error, such as `resource_exhausted` with code 8. */
  z.strictObject({
    kind: z.literal('gatewayError'),
    ...faultScope,
    status: z.number().int().min(400).max(599).default(503),
    code: z.number().int().min(0).max(16).default(14),
    text: z.string().min(1).max(200).default('unavailable'),
    when: faultWhen,
  }),
  /** Create, edit or each row of a cancel is refused for this reason, HTTP 200, and nothing is done. */
  z.strictObject({ kind: z.literal('refusal'), ...faultScope, reason }),
  /** A limit order is accepted and then fails without having traded. */
  z.strictObject({ kind: z.literal('failedOrder'), ...faultScope, reason: reason.default('HOLD_FAILURE') }),
  /** A client order id that is known is refused as a duplicate instead of being answered with its order. */
  z.strictObject({ kind: z.literal('duplicateRefused'), ...faultScope }),
  /** A channel of a socket says nothing more; its numbers go on without it. */
  z.strictObject({ kind: z.literal('silentChannel'), ...faultScope }),
  /** A ticker frame has every field empty. */
  z.strictObject({ kind: z.literal('emptyTicker'), ...faultScope }),
  /** Heartbeats carry their counter as text. */
  z.strictObject({ kind: z.literal('stringHeartbeat'), ...faultScope }),
  /** A level2 snapshot is padded with far levels to at least so many bytes. */
  z.strictObject({
    kind: z.literal('oversizedSnapshot'),
    ...faultScope,
    bytes: z.number().int().min(1).max(20_000_000).default(5_000_000),
  }),
  /** User frames spell `reject_Reason`. */
  z.strictObject({ kind: z.literal('rejectReasonSpelling'), ...faultScope }),
  /** A fill gets no frame of its own: the next one of its order shows both, after `holdMs` at the latest. */
  z.strictObject({ kind: z.literal('mergedFills'), ...faultScope, holdMs: z.number().int().min(0).max(60_000).default(250) }),
] as const

/** Everything that can be made to go wrong, by `kind`. */
export const faultRuleSchema = z.discriminatedUnion('kind', [...commonFaults, ...coinbaseFaults])

/** A fault as it is kept: the parsed rule. */
export type FaultRule = z.infer<typeof faultRuleSchema>
/** A fault as a caller writes it: everything with a default may be left out. */
export type FaultInput = z.input<typeof faultRuleSchema>

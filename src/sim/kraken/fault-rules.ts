import { z } from 'zod'
import { commonFaults, faultScope, faultWhen } from '#sim/emulator/fault-rules'

/** Faults that only this venue has. Labels are REST methods, WebSocket methods and channels: `AddOrder`, `add_order`, `executions`. */
const krakenFaults = [
  /** An API-level error text such as `EService:Busy`, `EAPI:Rate limit exceeded`, `EGeneral:Temporary lockout`. */
  z.strictObject({ kind: z.literal('apiError'), ...faultScope, text: z.string().min(3).max(200), when: faultWhen }),
  /** A book frame carries a wrong checksum. */
  z.strictObject({ kind: z.literal('badChecksum'), ...faultScope }),
  /** The events of an order command overtake its answer on the same connection. */
  z.strictObject({ kind: z.literal('crossing'), ...faultScope }),
] as const

/** Everything that can be made to go wrong, by `kind`. */
export const faultRuleSchema = z.discriminatedUnion('kind', [...commonFaults, ...krakenFaults])

/** A fault as it is kept: the parsed rule. */
export type FaultRule = z.infer<typeof faultRuleSchema>
/** A fault as a caller writes it: everything with a default may be left out. */
export type FaultInput = z.input<typeof faultRuleSchema>
export type FaultKind = FaultRule['kind']

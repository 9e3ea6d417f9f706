import { z } from 'zod'

const MINUTE_MS = 60_000

/** Where and how often a fault applies; common to all kinds. */
const scope = {
  /** A name to clear it by and to read its hits under; minted when absent. */
  id: z.string().min(1).max(64).optional(),
  /** REST method names, WebSocket method names or channel names (`AddOrder`, `add_order`, `executions`, `heartbeat`); empty means all. */
  methods: z.array(z.string().min(1).max(64)).max(50).default([]),
  /** Which face: REST, WebSocket, or both. */
  face: z.enum(['rest', 'ws', 'any']).default('any'),
  /** Chance that a match is hit, from 0 to 1. */
  probability: z.number().min(0).max(1).default(1),
  /** Most hits before the fault ends; null is without end. */
  count: z.number().int().min(1).max(1_000_000).nullable().default(null),
  /** How long the fault stays after it was set; null is without end. */
  durationMs: z.number().int().min(1).max(86_400_000).nullable().default(null),
}

const when = z.enum(['before', 'after']).default('before')

/** Everything that can be made to go wrong, by `kind`. */
export const faultRuleSchema = z.discriminatedUnion('kind', [
  /**
   * Replies and frames come `fixedMs` plus up to `jitterMs` later; frames of one socket stay in order. At stage `request` the request
   * itself arrives later, so that deadlines pass and two requests may arrive out of order.
   */
  z.strictObject({
    kind: z.literal('latency'),
    ...scope,
    stage: z.enum(['request', 'reply']).default('reply'),
    fixedMs: z
      .number()
      .int()
      .min(0)
      .max(10 * MINUTE_MS),
    jitterMs: z
      .number()
      .int()
      .min(0)
      .max(10 * MINUTE_MS)
      .default(0),
  }),
  /** The request is never processed and the connection is cut. */
  z.strictObject({ kind: z.literal('drop'), ...scope }),
  /** The request is executed and its answer never sent (REST: connection cut; WebSocket: no response, the socket stays). */
  z.strictObject({ kind: z.literal('lostReply'), ...scope, withholdEvents: z.boolean().default(false) }),
  /** Open sockets get no executions and balances events any more; only a new connection shows what happened. */
  z.strictObject({ kind: z.literal('withholdEvents'), ...scope }),
  /** A frame is sent twice, the second `delayMs` after the first. */
  z.strictObject({ kind: z.literal('duplicate'), ...scope, delayMs: z.number().int().min(0).max(MINUTE_MS).default(0) }),
  /** HTTP 429 of the edge, before anything is executed. */
  z.strictObject({ kind: z.literal('tooManyRequests'), ...scope }),
  /** An HTML page of the edge with a 5xx status, before or after the request was executed. */
  z.strictObject({ kind: z.literal('serverError'), ...scope, status: z.number().int().min(500).max(599).default(502), when }),
  /** An API-level error text such as `EService:Busy`, `EAPI:Rate limit exceeded`, `EGeneral:Temporary lockout`. */
  z.strictObject({ kind: z.literal('apiError'), ...scope, text: z.string().min(3).max(200), when }),
  /** The socket stays open and says nothing more, not even heartbeats. */
  z.strictObject({ kind: z.literal('silentSocket'), ...scope }),
  /** The socket is closed, by default without a closing handshake. */
  z.strictObject({ kind: z.literal('disconnect'), ...scope, abrupt: z.boolean().default(true) }),
  /** The edge says something that is no JSON and closes. */
  z.strictObject({
    kind: z.literal('edgeText'),
    ...scope,
    text: z.string().min(1).max(200).default('CloudFlare WebSocket proxy restarting'),
  }),
  /** A book frame carries a wrong checksum. */
  z.strictObject({ kind: z.literal('badChecksum'), ...scope }),
  /** One frame is left out; channels with sequence numbers show a gap. */
  z.strictObject({ kind: z.literal('droppedFrame'), ...scope }),
  /** The events of an order command overtake its answer on the same connection. */
  z.strictObject({ kind: z.literal('crossing'), ...scope }),
  /** REST questions do not know what happened within the last `lagMs`. */
  z.strictObject({
    kind: z.literal('restLag'),
    ...scope,
    lagMs: z
      .number()
      .int()
      .min(1)
      .max(10 * MINUTE_MS),
  }),
  /** Balance and BalanceEx show `delta` more (or less) of one asset than there is. */
  z.strictObject({
    kind: z.literal('wrongBalance'),
    ...scope,
    asset: z.string().min(1).max(20),
    delta: z.string().regex(/^-?\d+(\.\d+)?$/),
  }),
  /** The Time method runs `offsetMs` ahead of (or behind) the emulator's clock. */
  z.strictObject({ kind: z.literal('clockSkew'), ...scope, offsetMs: z.number().int().min(-86_400_000).max(86_400_000) }),
])

/** A fault as it is kept: the parsed rule. */
export type FaultRule = z.infer<typeof faultRuleSchema>
/** A fault as a caller writes it: everything with a default may be left out. */
export type FaultInput = z.input<typeof faultRuleSchema>
export type FaultKind = FaultRule['kind']
export type RuleOf<Kind extends FaultKind> = Extract<FaultRule, { readonly kind: Kind }>

const FAULTS_MAX = 200

/** Body of `POST /emulator/faults`: faults to clear (by id, or all), then faults to add. */
export const faultCommandSchema = z.strictObject({
  clear: z.union([z.literal('all'), z.array(z.string().min(1).max(64)).max(FAULTS_MAX)]).optional(),
  add: z.array(faultRuleSchema).max(FAULTS_MAX).default([]),
})

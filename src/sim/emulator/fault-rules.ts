import { z } from 'zod'

const MINUTE_MS = 60_000

/** Where and how often a fault applies; common to all kinds. */
export const faultScope = {
  /** A name to clear it by and to read its hits under; minted when absent. */
  id: z.string().min(1).max(64).optional(),
  /** REST method names, WebSocket method names or channel names, as the emulator names them; empty means all. */
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

/** Whether the fault comes before or after the request was executed. */
export const faultWhen = z.enum(['before', 'after']).default('before')

/**
 * Replies and frames come `fixedMs` plus up to `jitterMs` later; frames of one socket stay in order. At stage `request` the request
 * itself arrives later, so that deadlines pass and two requests may arrive out of order.
 */
const latency = z.strictObject({
  kind: z.literal('latency'),
  ...faultScope,
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
})

/** The faults that every emulator knows, by `kind`: those of edges, lines and clocks. */
export const commonFaults = [
  latency,
  /** The request is never processed and the connection is cut. */
  z.strictObject({ kind: z.literal('drop'), ...faultScope }),
  /** The request is executed and its answer never sent (REST: connection cut; WebSocket: no response, the socket stays). */
  z.strictObject({ kind: z.literal('lostReply'), ...faultScope, withholdEvents: z.boolean().default(false) }),
  /** Open sockets get no private events any more; only a new connection shows what happened. */
  z.strictObject({ kind: z.literal('withholdEvents'), ...faultScope }),
  /** A frame is sent twice, the second `delayMs` after the first. */
  z.strictObject({ kind: z.literal('duplicate'), ...faultScope, delayMs: z.number().int().min(0).max(MINUTE_MS).default(0) }),
  /** One frame is left out; numbered channels show a gap. */
  z.strictObject({ kind: z.literal('droppedFrame'), ...faultScope }),
  /** HTTP 429 before anything is executed; `body` where a venue has more than one form. */
  z.strictObject({ kind: z.literal('tooManyRequests'), ...faultScope, body: z.enum(['json', 'empty']).default('json') }),
  /** An HTML page of the edge with a 5xx status, before or after the request was executed. */
  z.strictObject({
    kind: z.literal('serverError'),
    ...faultScope,
    status: z.number().int().min(500).max(599).default(502),
    when: faultWhen,
  }),
  /** The socket stays open and says nothing more, not even heartbeats. */
  z.strictObject({ kind: z.literal('silentSocket'), ...faultScope }),
  /** The socket is closed, by default without a closing handshake. */
  z.strictObject({ kind: z.literal('disconnect'), ...faultScope, abrupt: z.boolean().default(true) }),
  /** The edge says something that is no JSON and closes. */
  z.strictObject({
    kind: z.literal('edgeText'),
    ...faultScope,
    text: z.string().min(1).max(200).default('CloudFlare WebSocket proxy restarting'),
  }),
  /** REST questions do not know what happened within the last `lagMs`. */
  z.strictObject({
    kind: z.literal('restLag'),
    ...faultScope,
    lagMs: z
      .number()
      .int()
      .min(1)
      .max(10 * MINUTE_MS),
  }),
  /** Balances show `delta` more (or less) of one asset than there is. */
  z.strictObject({
    kind: z.literal('wrongBalance'),
    ...faultScope,
    asset: z.string().min(1).max(20),
    delta: z.string().regex(/^-?\d+(\.\d+)?$/),
  }),
  /** The venue's own time runs `offsetMs` ahead of (or behind) the emulator's clock. */
  z.strictObject({ kind: z.literal('clockSkew'), ...faultScope, offsetMs: z.number().int().min(-86_400_000).max(86_400_000) }),
] as const

/** A frame is sent after the one that follows it; for venues that number their frames. */
export const reorderedFault = z.strictObject({ kind: z.literal('reorderedFrame'), ...faultScope })

const commonFaultSchema = z.discriminatedUnion('kind', [...commonFaults, reorderedFault])

export type CommonFault = z.infer<typeof commonFaultSchema>
export type CommonFaultOf<Kind extends CommonFault['kind']> = Extract<CommonFault, { readonly kind: Kind }>

/** What every fault has, of whichever venue. */
export interface ScopedFault {
  readonly kind: string
  readonly id?: string | undefined
  readonly methods: readonly string[]
  readonly face: 'rest' | 'ws' | 'any'
  readonly probability: number
  readonly count: number | null
  readonly durationMs: number | null
}

const FAULTS_MAX = 200

/** What a body of `POST /emulator/faults` says: faults to clear (by id, or all), then faults to add. */
export interface FaultCommand<Rule> {
  readonly clear?: 'all' | readonly string[] | undefined
  readonly add: readonly Rule[]
}

/** Returns the schema of `POST /emulator/faults` for an emulator's faults. */
export function faultCommandSchema<Rule>(rule: z.ZodType<Rule>): z.ZodType<FaultCommand<Rule>> {
  return z.strictObject({
    clear: z.union([z.literal('all'), z.array(z.string().min(1).max(64)).max(FAULTS_MAX)]).optional(),
    add: z.array(rule).max(FAULTS_MAX).default([]),
  })
}

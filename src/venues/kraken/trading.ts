import type { InstrumentId } from '#domain/ids'
import { venueOrderId } from '#domain/ids'
import type { Approved, Side } from '#domain/order'
import type { AmendOutcome, CancelOutcome, Refusal, SubmitOutcome } from '#domain/outcome'
import type { ClockPort } from '#ports/clock'
import type { AmendRequest, OrderRef } from '#ports/venue'
import * as commands from './commands'
import type { KrakenConfig } from './config'
import { classify, type KrakenFault, refusalOf } from './errors'
import type { KnownOrder, KnownOrders } from '#venues/shared/known-orders'
import type { EngineLimits } from './limits'
import type { Reference } from './reference'
import { refuseByRegion } from './region'
import * as schema from './schema-stream'
import type { VenueClock } from '#venues/shared/venue-clock'

/** The private connection as commands use it. */
export interface CommandChannel {
  /** Token of the session; null while there is none. */
  readonly token: string | null
  nextRequestId(): number
  /** Hands the text over in this step; false when nothing left. */
  send(text: string): boolean
  /** The venue refused the token: a new one is wanted. */
  onInvalidSession(): void
  /** True when the stream has said nothing at all since it was last spoken to, for too long: nobody may be there. */
  readonly isMute: boolean
}

/** What commands need. */
export interface TradingDeps {
  readonly clock: ClockPort
  readonly venueClock: VenueClock
  readonly config: KrakenConfig
  readonly reference: Reference
  readonly engine: EngineLimits
  readonly known: KnownOrders
  readonly channel: CommandChannel
}

type Settled =
  | { readonly kind: 'done'; readonly venueOrderId: string | null }
  | { readonly kind: 'fault'; readonly fault: KrakenFault }
  | { readonly kind: 'notSent' }
  | { readonly kind: 'ambiguous'; readonly reason: string }

interface Pending {
  readonly command: 'submit' | 'amend' | 'cancel' | 'batch' | 'account'
  readonly clientOrderId: string | null
  readonly venueOrderId: string | null
  readonly instrumentId: InstrumentId | null
  readonly side: Side | null
  /** Orders known before the command have lower ordinals: they are not its effect. */
  readonly sinceOrdinal: number
  readonly timer: unknown
  readonly settle: (settled: Settled) => void
}

const NOT_SENT: Refusal = { code: 'notSent', reason: 'the private stream is down: nothing left', retry: 'transient' }

/**
 * Commands over the private stream. Each hands its bytes over in the step in which it is called, and ends in exactly one
 * outcome: by its reply, by a report of the very order, or, when neither comes, as ambiguous.
 */
export class Trading {
  readonly #deps: TradingDeps
  readonly #pending = new Map<number, Pending>()
  /** Commands that the venue refused for their number. */
  rateLimitHits = 0

  constructor(deps: TradingDeps) {
    this.#deps = deps
  }

  submit(order: Approved, deadlineAtMs: number): Promise<SubmitOutcome> {
    const { reference, config, engine } = this.#deps
    const refused = (refusal: Refusal): Promise<SubmitOutcome> => Promise.resolve({ kind: 'refused', refusal })
    const instrument = reference.instrument(order.instrumentId)
    const pair = instrument === null ? null : reference.symbols.pairOf(order.instrumentId)
    if (instrument === null || pair === null) return refused(unknownInstrument(order.instrumentId))
    const refusal = refuseByRegion(order, instrument, config.region, reference.tradable) ?? commands.refuseByForm(order, instrument, config)
    if (refusal !== null) return refused(refusal)
    const deadline = this.#deadline(deadlineAtMs)
    if (deadline === null) return refused(tooLate(deadlineAtMs))
    const sent = this.#send('submit', { ...order, venueOrderId: null }, (token, id) =>
      commands.addOrderFrame(order, pair, deadline, token, id),
    )
    if (sent.hasLeft) engine.onSent('submit', order.instrumentId, order.clientOrderId)
    return sent.settled.then((settled): SubmitOutcome => {
      if (settled.kind === 'fault' && !settled.fault.isOutcomeUnknown) engine.onEnded(order.clientOrderId)
      if (settled.kind !== 'done') return failed(settled)
      if (settled.venueOrderId === null) return { kind: 'ambiguous', reason: 'the reply names no order' }
      return { kind: 'accepted', venueOrderId: venueOrderId(settled.venueOrderId) }
    })
  }

  amend(request: AmendRequest): Promise<AmendOutcome> {
    const { reference, config, engine } = this.#deps
    const refused = (refusal: Refusal): Promise<AmendOutcome> => Promise.resolve({ kind: 'refused', refusal })
    const instrument = reference.instrument(request.instrumentId)
    if (instrument === null) return refused(unknownInstrument(request.instrumentId))
    const refusal = commands.refuseByForm(request.approved, instrument, config)
    if (refusal !== null) return refused(refusal)
    const deadline = this.#deadline(request.deadlineAtMs)
    if (deadline === null) return refused(tooLate(request.deadlineAtMs))
    const sent = this.#send('amend', request, (token, id) => commands.amendOrderFrame(request, request.approved, deadline, token, id))
    if (sent.hasLeft) engine.onSent('amend', request.instrumentId, request.clientOrderId)
    return sent.settled.then((settled) => (settled.kind === 'done' ? { kind: 'accepted' } : failed(settled)))
  }

  /** Cancels over the stream; null when it is down and nothing left, so that the caller takes the other way. */
  cancel(ref: OrderRef): Promise<CancelOutcome> | null {
    const sent = this.#send('cancel', ref, (token, id) => commands.cancelOrderFrame(ref, token, id))
    if (!sent.hasLeft) return null
    this.#deps.engine.onSent('cancel', ref.instrumentId, ref.clientOrderId)
    return sent.settled.then(cancelOutcome)
  }

  /** Cancels 2 to 50 orders by one frame; null as in `cancel`. */
  cancelBatch(refs: readonly OrderRef[]): Promise<CancelOutcome> | null {
    const sent = this.#send('batch', null, (token, id) => commands.batchCancelFrame(refs, token, id))
    if (!sent.hasLeft) return null
    for (const ref of refs) this.#deps.engine.onSent('cancel', ref.instrumentId, ref.clientOrderId)
    return sent.settled.then(cancelOutcome)
  }

  cancelAll(): Promise<CancelOutcome> | null {
    const sent = this.#send('account', null, (token, id) => commands.cancelAllFrame(token, id))
    return sent.hasLeft ? sent.settled.then(cancelOutcome) : null
  }

  armDeadMan(timeoutSec: number): Promise<CancelOutcome> | null {
    const sent = this.#send('account', null, (token, id) => commands.deadManFrame(timeoutSec, token, id))
    return sent.hasLeft ? sent.settled.then(cancelOutcome) : null
  }

  /** Takes the reply to a command; one without a verdict leaves it in doubt. */
  onReply(reply: schema.Reply): void {
    const id = reply.req_id
    const pending = id === null || id === undefined ? undefined : this.#pending.get(id)
    if (pending === undefined || id === null || id === undefined) return
    if (reply.success === true) {
      this.#onAccepted(id, pending, reply)
      return
    }
    if (typeof reply.error !== 'string') {
      this.#settle(id, { kind: 'ambiguous', reason: 'the reply says neither success nor error' })
      return
    }
    const fault = classify(reply.error)
    if (fault.errorClass === 'rateLimit') {
      this.rateLimitHits++
      if (pending.instrumentId !== null) this.#deps.engine.saturate(pending.instrumentId)
    }
    if (fault.code === 'invalidSession') this.#deps.channel.onInvalidSession()
    this.#settle(id, { kind: 'fault', fault })
  }

  #onAccepted(id: number, pending: Pending, reply: schema.Reply): void {
    if (pending.command === 'batch' && countOf(reply) === 0) return this.#settle(id, { kind: 'fault', fault: NONE_OPEN })
    if (pending.command !== 'submit') return this.#settle(id, { kind: 'done', venueOrderId: null })
    const result = schema.orderResult.safeParse(reply.result)
    if (!result.success) return this.#settle(id, { kind: 'ambiguous', reason: 'the reply names no order' })
    // Noted at once: reports that follow may lack what the order is.
    this.#deps.known.merge(venueOrderId(result.data.order_id), pending)
    this.#settle(id, { kind: 'done', venueOrderId: result.data.order_id })
  }

  /** Takes a report of an order: it may prove a command done before its reply comes, or after the reply was lost. */
  onExecution(order: KnownOrder, execType: string): void {
    if (this.#pending.size === 0) return
    for (const [id, pending] of this.#pending) {
      if (this.#isProof(pending, order, execType)) this.#settle(id, { kind: 'done', venueOrderId: order.venueOrderId })
    }
  }

  /** The connection is gone: what was not answered may have been executed. */
  onDown(reason: string): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, { kind: 'ambiguous', reason: `the private stream went down: ${reason}` })
  }

  #isProof(pending: Pending, order: KnownOrder, execType: string): boolean {
    const isSame =
      pending.venueOrderId === order.venueOrderId || (pending.clientOrderId !== null && pending.clientOrderId === order.clientOrderId)
    if (!isSame) return false
    switch (pending.command) {
      case 'submit':
        // An id may be used again once its order has ended: reports of the earlier order prove nothing.
        return order.ordinal >= pending.sinceOrdinal && SUBMIT_PROOFS.has(execType)
      case 'amend':
        return execType === 'amended'
      case 'cancel':
        return execType === 'canceled'
      case 'batch':
      case 'account':
        return false
    }
  }

  #send(
    command: Pending['command'],
    ref: (OrderRef & { readonly side?: Side }) | null,
    frame: (token: string, requestId: number) => string,
  ): { readonly hasLeft: boolean; readonly settled: Promise<Settled> } {
    const { channel, clock, config, known } = this.#deps
    const { token } = channel
    const id = channel.nextRequestId()
    const { promise, resolve } = Promise.withResolvers<Settled>()
    // Orders and amends go by the stream or not at all; a cancel has another way, and takes it before the silence is certain.
    const isLost = channel.isMute && command !== 'submit' && command !== 'amend'
    if (token === null || isLost || !channel.send(frame(token, id))) {
      resolve({ kind: 'notSent' })
      return { hasLeft: false, settled: promise }
    }
    const timer = clock.setTimeout(
      () => this.#settle(id, { kind: 'ambiguous', reason: `no reply within ${config.commandTimeoutMs} ms` }),
      config.commandTimeoutMs,
    )
    this.#pending.set(id, {
      command,
      clientOrderId: ref?.clientOrderId ?? null,
      venueOrderId: ref?.venueOrderId ?? null,
      instrumentId: ref?.instrumentId ?? null,
      side: ref?.side ?? null,
      sinceOrdinal: known.nextOrdinal,
      timer,
      settle: resolve,
    })
    return { hasLeft: true, settled: promise }
  }

  #settle(id: number, settled: Settled): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    this.#pending.delete(id)
    this.#deps.clock.clearTimeout(pending.timer)
    pending.settle(settled)
  }

  #deadline(deadlineAtMs: number): string | null {
    return commands.deadlineText(deadlineAtMs, this.#deps.clock.now(), this.#deps.venueClock.skewMs())
  }
}

/** Reports that an order was taken: all but `pending_new`, which precedes it. */
const SUBMIT_PROOFS: ReadonlySet<string> = new Set(['new', 'trade', 'filled', 'canceled', 'expired', 'amended', 'restated'])

function failed(settled: Exclude<Settled, { readonly kind: 'done' }>): Exclude<AmendOutcome, { readonly kind: 'accepted' }> {
  switch (settled.kind) {
    case 'notSent':
      return { kind: 'refused', refusal: NOT_SENT }
    case 'ambiguous':
      return { kind: 'ambiguous', reason: settled.reason }
    case 'fault':
      return settled.fault.isOutcomeUnknown
        ? { kind: 'ambiguous', reason: settled.fault.text }
        : { kind: 'refused', refusal: refusalOf(settled.fault) }
  }
}

/** What a batch of which no order was open is as good as told. */
const NONE_OPEN = classify('EOrder:Unknown order')

/** Returns how many orders a batch canceled; null where the answer does not tell. */
function countOf(reply: schema.Reply): number | null {
  const result = schema.countResult.safeParse(reply.result)
  return result.success ? result.data.count : (reply.orders_cancelled ?? null)
}

/** Returns what became of a cancel. One that is running already is as good as accepted. */
function cancelOutcome(settled: Settled): CancelOutcome {
  if (settled.kind === 'done') return { kind: 'accepted' }
  if (settled.kind === 'fault' && settled.fault.code === 'unknownOrder') return { kind: 'unknownOrder' }
  if (settled.kind === 'fault' && settled.fault.code === 'cancelPending') return { kind: 'accepted' }
  return failed(settled)
}

function unknownInstrument(instrumentId: InstrumentId): Refusal {
  return { code: 'unknownInstrument', reason: `${instrumentId} is not listed by Kraken`, retry: 'never' }
}

function tooLate(deadlineAtMs: number): Refusal {
  return { code: 'deadlineElapsed', reason: `the deadline ${deadlineAtMs} is too near: nothing left`, retry: 'transient' }
}

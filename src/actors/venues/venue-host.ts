import { fromCallback, fromPromise, type InspectionEvent } from 'xstate'
import type { InstrumentId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { VenueEvent, VenueInput } from '#machines/venue-session'
import { venueMachine } from '#machines/venue.machine'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { BarStorePort } from '#ports/store'
import type { MarketSubscription, VenueListener, VenuePort } from '#ports/venue'
import { ChartActor } from '../chart-actor'
import type { OrderDesk } from '../desk/desk'
import type { MarketCache } from '../market-cache'
import type { ChildHandle, ChildReports } from '../supervision'

export interface VenueHostDeps {
  readonly clock: ClockPort
  readonly journal: JournalPort
  readonly log: LogPort
  readonly market: MarketCache
  readonly bars: BarStorePort
  readonly desk: OrderDesk
  readonly inspect: ((event: InspectionEvent) => void) | null
  /** Everything that must stand before the venue may be traded on: balances, opening of the books, orders, fills. */
  synchronise(venue: VenuePort): Promise<void>
  /** The instruments of a venue are known, and it is about to connect: the time to say what else is to be watched. */
  onInstruments(host: VenueHost): void
  onBalanceChange: (venue: VenuePort, change: Parameters<VenueListener['onBalanceChange']>[0]) => void
  onFault(venue: VenuePort, code: string, text: string): void
  onChange(host: VenueHost): void
}

/** How long the first quotes may take after a subscription before the product counts as down. */
const FIRST_QUOTE_MS = 5_000
const QUOTE_POLL_MS = 50

/** Instruments in these statuses are shown as down; the gate judges `postOnly` and `limitOnly` by the order itself. */
const DOWN: readonly Instrument['status'][] = ['offline', 'cancelOnly']

/**
 * One venue with everything behind its chart: the adapter's pushes go to market, desk and books as plain calls, and only what is rare
 * becomes an event of the session.
 */
export class VenueHost implements ChildHandle {
  readonly venue: VenuePort
  readonly #deps: VenueHostDeps
  readonly #wanted: readonly MarketSubscription[]
  /** Instruments that no bot trades, but whose quotes price what is held. */
  readonly #watched = new Set<InstrumentId>()
  readonly #chart: ChartActor<ReturnType<VenueHost['machine']>>
  readonly #reports: ChildReports
  #shown = ''
  readonly recover = (): boolean => {
    if (this.state !== 'FAILED') return false
    this.send({ type: 'venue.connect', atMs: this.#deps.clock.now() })
    return true
  }

  constructor(
    venue: VenuePort,
    wanted: readonly MarketSubscription[],
    settings: Omit<VenueInput, 'venueId'>,
    deps: VenueHostDeps,
    reports: ChildReports,
  ) {
    this.venue = venue
    this.#deps = deps
    this.#wanted = wanted
    this.#reports = reports
    venue.listen(this.#listener())
    this.#chart = new ChartActor({
      id: `venue:${venue.venueId}`,
      machine: this.machine(),
      input: { venueId: venue.venueId, ...settings },
      clock: deps.clock,
      inspect: deps.inspect,
      onChange: ({ from, to }) => this.#onChange(from, to),
      onCrash: (error) => reports.failed(error),
    })
  }

  /** The chart with this venue's effects. */
  machine() {
    return venueMachine.provide({
      actors: {
        connect: fromPromise(({ signal }) => this.#connect(signal)),
        sync: fromPromise(() => this.#sync()),
        feeds: fromCallback(() => () => this.#deps.market.onPublicLost(this.venue.venueId)),
      },
      actions: { closeSession: () => this.venue.disconnect() },
    })
  }

  get state(): string {
    return this.#chart.state
  }

  get sinceMs(): number {
    return this.#chart.sinceMs
  }

  get context() {
    return this.#chart.actor.getSnapshot().context
  }

  /** True in ONLINE and DEGRADED: new orders may go where their own data is sound. */
  get isTradable(): boolean {
    return this.#chart.actor.getSnapshot().hasTag('tradable')
  }

  send(event: VenueEvent): void {
    this.#chart.actor.send(event)
  }

  /** What bots of this venue trade. */
  get instruments(): readonly InstrumentId[] {
    return this.#wanted.map(({ instrumentId }) => instrumentId)
  }

  /** Asks for the quotes of an instrument of this venue too. Nobody trades it: where it is down, the venue is none the worse for it. */
  watch(instrumentId: InstrumentId): void {
    if (this.#watched.has(instrumentId) || this.#isWanted(instrumentId)) return
    this.#watched.add(instrumentId)
    this.#subscribe()
  }

  start(): void {
    this.#subscribe()
    this.#chart.start()
    this.send({ type: 'venue.connect', atMs: this.#deps.clock.now() })
  }

  stop(): void {
    this.send({ type: 'venue.disconnect', reason: 'stopped', atMs: this.#deps.clock.now() })
    this.#chart.stop()
  }

  /** The instruments come first: the private stream may tell of executions at once, which cannot be booked without them. */
  async #connect(signal: AbortSignal): Promise<void> {
    for (const instrument of await this.venue.instruments()) this.#onInstrument(instrument)
    this.#deps.onInstruments(this)
    if (!signal.aborted) await this.venue.connect(signal)
  }

  async #sync(): Promise<void> {
    await this.#firstQuotes()
    await this.#deps.synchronise(this.venue)
  }

  #subscribe(): void {
    const watched = [...this.#watched].map((instrumentId) => ({ instrumentId, channels: ['quote' as const], timeframes: [] }))
    this.venue.subscribe([...this.#wanted, ...watched])
  }

  /** Waits for a quote of each instrument that bots trade or the books hold; the former without one are down, the rest trades. */
  async #firstQuotes(): Promise<void> {
    const deadlineUs = this.#deps.clock.monotonicUs() + FIRST_QUOTE_MS * 1_000
    const missing = () => [...this.instruments, ...this.#watched].filter((instrumentId) => this.#deps.market.quote(instrumentId) === null)
    while (missing().length > 0 && this.#deps.clock.monotonicUs() < deadlineUs) {
      await new Promise<void>((resolve) => this.#deps.clock.setTimeout(resolve, QUOTE_POLL_MS))
    }
    for (const instrumentId of missing()) this.#productDown(instrumentId, 'no quote came after the subscription')
  }

  #onInstrument(instrument: Instrument): void {
    this.#deps.market.putInstrument(instrument)
    if (!this.#isWanted(instrument.instrumentId)) return
    if (DOWN.includes(instrument.status)) this.#productDown(instrument.instrumentId, `the venue says ${instrument.status}`)
    else this.#productUp(instrument.instrumentId)
  }

  #isWanted(instrumentId: InstrumentId): boolean {
    return this.#wanted.some((entry) => entry.instrumentId === instrumentId)
  }

  #productDown(product: InstrumentId, reason: string): void {
    if (!this.#isWanted(product)) return
    this.send({ type: 'product.down', product, reason, atMs: this.#deps.clock.now() })
  }

  #productUp(product: InstrumentId): void {
    if (this.context.productsDown.includes(product)) this.send({ type: 'product.up', product, atMs: this.#deps.clock.now() })
  }

  #listener(): VenueListener {
    const { market, desk, bars, clock } = this.#deps
    const { venueId } = this.venue
    return {
      onQuote: (quote) => {
        market.onQuote(quote)
        if (this.context.productsDown.length > 0) this.#onQuoteOfDown(quote.instrumentId)
      },
      onTrade: () => undefined,
      onBar: (event) => {
        bars.append(event.instrumentId, event.timeframe, [event.bar])
        market.onBar(event)
      },
      onBook: (instrumentId, book) => {
        market.onBook(instrumentId, book)
        if (book === null) this.#productDown(instrumentId, 'its book is being rebuilt')
        else if (this.context.productsDown.length > 0) this.#productUp(instrumentId)
      },
      onInstrument: (instrument) => this.#onInstrument(instrument),
      onOrderReport: (report) => desk.onOrderReport(venueId, report),
      onFill: (fill) => desk.onFill(fill),
      onBalanceChange: (change) => this.#deps.onBalanceChange(this.venue, change),
      onStream: ({ stream, state, reason }) => {
        if (stream === 'public' && state === 'down') market.onPublicLost(venueId)
        const atMs = clock.now()
        switch (state) {
          case 'up':
            return this.send({ type: 'stream.up', stream, reason, atMs })
          case 'silent':
            return this.send({ type: 'stream.silent', stream, reason, atMs })
          case 'down':
            return this.send({ type: 'stream.down', stream, reason, atMs })
        }
      },
      onAlive: (stream) => {
        if (stream === 'public') market.onAlive(venueId)
      },
      onFault: ({ code, text }) => this.#deps.onFault(this.venue, code, text),
    }
  }

  /** A quote came for a product that was down for want of one. */
  #onQuoteOfDown(instrumentId: InstrumentId): void {
    const status = this.#deps.market.findInstrument(instrumentId)?.status
    if (status !== undefined && !DOWN.includes(status) && this.#deps.market.isSound(instrumentId)) this.#productUp(instrumentId)
  }

  #onChange(from: string, to: string): void {
    const { note, error, productsDown, publicStream, privateStream, attempt } = this.context
    const shown = `${to} ${productsDown.join()} ${publicStream} ${privateStream}`
    if (shown === this.#shown) return
    this.#shown = shown
    this.#deps.journal.append({
      actor: `venue:${this.venue.venueId}`,
      kind: 'venue.transition',
      payload: {
        from,
        to,
        note,
        error: error === null ? null : { ...error },
        productsDown: [...productsDown],
        publicStream,
        privateStream,
        attempt,
      },
      correlationId: this.venue.venueId,
      causationSeq: null,
    })
    if (from !== to) this.#deps.log.info(`venue ${this.venue.venueId}: ${from} → ${to}`, note === '' ? {} : { note })
    if (from !== to && to === 'FAILED') this.#reports.failed(error?.message ?? note)
    if (from !== to && to === 'ONLINE') this.#reports.recovered()
    this.#deps.onChange(this)
  }
}

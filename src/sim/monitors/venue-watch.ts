import type { AccountId, ClientOrderId, InstrumentId, VenueId } from '#domain/ids'
import type { Approved, Fill, VenueOrder } from '#domain/order'
import type { AmendOutcome, SubmitOutcome } from '#domain/outcome'
import type { AmendRequest, LookupResult, OrderRef, OrderReport, VenueBalance, VenueListener, VenuePort } from '#ports/venue'
import type { Feed } from './feed'

/** What is seen at a venue port: commands in the step in which their bytes left, answers and events before the company hears them. */
export type VenueEvent =
  | { readonly kind: 'submit'; readonly venueId: VenueId; readonly order: Approved }
  | { readonly kind: 'submitAnswered'; readonly venueId: VenueId; readonly order: Approved; readonly outcome: SubmitOutcome }
  | { readonly kind: 'amend'; readonly venueId: VenueId; readonly request: AmendRequest }
  | { readonly kind: 'amendAnswered'; readonly venueId: VenueId; readonly request: AmendRequest; readonly outcome: AmendOutcome }
  | { readonly kind: 'cancel'; readonly venueId: VenueId; readonly ref: OrderRef }
  | { readonly kind: 'cancelAll'; readonly venueId: VenueId }
  /** A cancel on an instrument waits for rate budget. */
  | { readonly kind: 'cancelWaits'; readonly venueId: VenueId; readonly instrumentId: InstrumentId }
  | { readonly kind: 'connect'; readonly venueId: VenueId }
  /** The company asks what became of an order; null: for the list of open orders. */
  | { readonly kind: 'asked'; readonly venueId: VenueId; readonly clientOrderId: ClientOrderId | null }
  | {
      readonly kind: 'lookedUp'
      readonly venueId: VenueId
      readonly clientOrderId: ClientOrderId
      /** Market time at which the question left. */
      readonly askedUs: number
      readonly result: LookupResult
    }
  | { readonly kind: 'openOrders'; readonly venueId: VenueId; readonly orders: readonly VenueOrder[] }
  | { readonly kind: 'fills'; readonly venueId: VenueId; readonly fills: readonly Fill[] }
  | { readonly kind: 'balances'; readonly venueId: VenueId; readonly accountId: AccountId; readonly balances: readonly VenueBalance[] }
  | { readonly kind: 'report'; readonly venueId: VenueId; readonly report: OrderReport }

/** What the watch tells. */
export interface VenueWatcher {
  readonly feed: Feed
  monotonicUs(): number
  /** A price is about to change for the company: what was judged before was judged by the one that was. */
  onPrice(instrumentId: InstrumentId): void
  /** The company has heard what a venue said of orders or money: what follows from it is written. */
  onHeard(): void
  /** Commands come after their bytes have left, in the same step; everything else before the company hears it. */
  onVenue(event: VenueEvent): void
}

/** Returns a port that does what `inner` does and tells `watcher`. Promises are the adapter's own: whoever waits on them runs no later. */
export function watchedVenue(inner: VenuePort, watcher: VenueWatcher): VenuePort {
  const { venueId, accountId } = inner
  // The company's own reaction is the next that runs on the promise; what comes after it has the time that a tick has not.
  const seen = <T>(answer: Promise<T>, tell: (value: T) => void): Promise<T> => {
    void answer.then(tell, unanswered).then(watcher.onHeard)
    return answer
  }
  return {
    venueId,
    accountId,
    capabilities: inner.capabilities,
    listen: (listener) => inner.listen(watchedListener(venueId, listener, watcher)),
    connect: (signal) => {
      watcher.onVenue({ kind: 'connect', venueId })
      return inner.connect(signal)
    },
    disconnect: () => inner.disconnect(),
    subscribe: (wanted) => inner.subscribe(wanted),
    instruments: () => inner.instruments(),
    history: (instrumentId, timeframe, sinceMs) => inner.history(instrumentId, timeframe, sinceMs),
    balances: () => seen(inner.balances(), (balances) => watcher.onVenue({ kind: 'balances', venueId, accountId, balances })),
    openOrders: () => {
      watcher.onVenue({ kind: 'asked', venueId, clientOrderId: null })
      return seen(inner.openOrders(), (orders) => watcher.onVenue({ kind: 'openOrders', venueId, orders }))
    },
    orderByClientId: (clientOrderId, sinceMs) => {
      const askedUs = watcher.monotonicUs()
      watcher.onVenue({ kind: 'asked', venueId, clientOrderId })
      return seen(inner.orderByClientId(clientOrderId, sinceMs), (result) =>
        watcher.onVenue({ kind: 'lookedUp', venueId, clientOrderId, askedUs, result }),
      )
    },
    fills: (sinceMs) => seen(inner.fills(sinceMs), (fills) => watcher.onVenue({ kind: 'fills', venueId, fills })),
    cashFlows: (sinceMs) => inner.cashFlows(sinceMs),
    clockDriftMs: () => inner.clockDriftMs(),
    preview: (order) => inner.preview(order),
    submit: (order, options) => {
      const answer = inner.submit(order, options)
      watcher.onVenue({ kind: 'submit', venueId, order })
      return seen(answer, (outcome) => watcher.onVenue({ kind: 'submitAnswered', venueId, order, outcome }))
    },
    amend: (request) => {
      const answer = inner.amend(request)
      watcher.onVenue({ kind: 'amend', venueId, request })
      return seen(answer, (outcome) => watcher.onVenue({ kind: 'amendAnswered', venueId, request, outcome }))
    },
    cancel: (ref) => {
      const answer = inner.cancel(ref)
      watcher.onVenue({ kind: 'cancel', venueId, ref })
      return answer
    },
    cancelBatch: (refs) => {
      const answer = inner.cancelBatch(refs)
      for (const ref of refs) watcher.onVenue({ kind: 'cancel', venueId, ref })
      return answer
    },
    cancelAll: () => {
      const answer = inner.cancelAll()
      watcher.onVenue({ kind: 'cancelAll', venueId })
      return answer
    },
    armDeadMan: (timeoutSec) => inner.armDeadMan(timeoutSec),
    orderWaitMs: (instrumentId, command, unsent) => {
      const waitMs = inner.orderWaitMs(instrumentId, command, unsent)
      if (waitMs > 0 && command === 'cancel') watcher.onVenue({ kind: 'cancelWaits', venueId, instrumentId })
      return waitMs
    },
    health: () => inner.health(),
  }
}

/** A question that rejects tells nothing; the company hears of it itself. */
function unanswered(): void {}

function watchedListener(venueId: VenueId, listener: VenueListener, watcher: VenueWatcher): VenueListener {
  const { feed } = watcher
  return {
    onQuote: (quote) => {
      watcher.onPrice(quote.instrumentId)
      feed.onQuote(quote.instrumentId)
      listener.onQuote(quote)
    },
    onTrade: (trade) => listener.onTrade(trade),
    onBar: (event) => listener.onBar(event),
    onBook: (instrumentId, book) => {
      feed.onBook(instrumentId, book !== null)
      listener.onBook(instrumentId, book)
    },
    onInstrument: (instrument) => {
      watcher.onHeard() // of what was before its fees changed
      listener.onInstrument(instrument)
    },
    onOrderReport: (report) => {
      watcher.onVenue({ kind: 'report', venueId, report })
      listener.onOrderReport(report)
      watcher.onHeard()
    },
    onFill: (fill) => {
      watcher.onVenue({ kind: 'fills', venueId, fills: [fill] })
      listener.onFill(fill)
      watcher.onHeard()
    },
    onBalanceChange: (change) => {
      listener.onBalanceChange(change)
      watcher.onHeard()
    },
    onStream: (event) => {
      if (event.stream === 'public' && event.state === 'down') feed.onLost()
      listener.onStream(event)
    },
    onAlive: (stream) => {
      if (stream === 'public') feed.onAlive()
      listener.onAlive(stream)
    },
    onFault: (fault) => listener.onFault(fault),
  }
}

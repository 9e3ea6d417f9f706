import { accountId, venueId } from '#domain/ids'
import type { CancelOutcome } from '#domain/outcome'
import type { VenueListener, VenuePort } from '#ports/venue'

export const VENUE = venueId('kraken')
export const ACCOUNT = accountId('main@kraken')

const unexpected = (what: string) => () => {
  throw new Error(`the test did not expect ${what}`)
}

/** A venue that answers what the test has set, at once. */
export class FakeVenue {
  listener: VenueListener | null = null
  answers: Partial<VenuePort> = {}
  waitMs = 0
  readonly calls: string[] = []

  get port(): VenuePort {
    const call = <
      K extends
        | 'submit'
        | 'amend'
        | 'cancel'
        | 'cancelBatch'
        | 'cancelAll'
        | 'openOrders'
        | 'orderByClientId'
        | 'fills'
        | 'balances'
        | 'connect',
    >(
      name: K,
      fallback: VenuePort[K],
    ) =>
      ((...given: Parameters<VenuePort[K]>) => {
        this.calls.push(name)
        return ((this.answers[name] ?? fallback) as (...args: Parameters<VenuePort[K]>) => unknown)(...given)
      }) as VenuePort[K]
    const ACCEPTED: CancelOutcome = { kind: 'accepted' }
    return {
      venueId: VENUE,
      accountId: ACCOUNT,
      capabilities: {
        postOnly: true,
        shorts: false,
        amend: true,
        preview: false,
        deadManSwitch: false,
        orderDeadline: true,
        timeInForce: ['gtc'],
        cancelBatchMax: 0,
        orderTypes: ['market', 'limit'],
        reduceOnly: false,
        cashFlows: true,
      },
      listen: (listener) => {
        this.listener = listener
      },
      connect: call('connect', () => Promise.resolve()),
      disconnect: () => void this.calls.push('disconnect'),
      subscribe: () => void this.calls.push('subscribe'),
      instruments: () => Promise.resolve([]),
      history: () => Promise.resolve([]),
      balances: call('balances', () => Promise.resolve([])),
      openOrders: call('openOrders', () => Promise.resolve([])),
      orderByClientId: call('orderByClientId', () => Promise.resolve({ kind: 'absent' })),
      fills: call('fills', () => Promise.resolve([])),
      cashFlows: () => Promise.resolve([]),
      clockDriftMs: () => Promise.resolve(3),
      preview: () => Promise.resolve({ kind: 'unanswered', reason: 'none' }),
      submit: call('submit', () => Promise.resolve({ kind: 'ambiguous', reason: 'lost' })),
      amend: call('amend', () => Promise.resolve({ kind: 'ambiguous', reason: 'lost' })),
      cancel: call('cancel', () => Promise.resolve(ACCEPTED)),
      cancelBatch: call('cancelBatch', () => Promise.resolve(ACCEPTED)),
      cancelAll: call('cancelAll', () => Promise.resolve(ACCEPTED)),
      armDeadMan: () => Promise.resolve(ACCEPTED),
      orderWaitMs: () => this.waitMs,
      health: unexpected('a question about health'),
    }
  }
}

/** What the company does with what it hears: nothing, unless a test says otherwise. */
export function deaf(over: Partial<VenueListener> = {}): VenueListener {
  const nothing = () => undefined
  return {
    onQuote: nothing,
    onTrade: nothing,
    onBar: nothing,
    onBook: nothing,
    onInstrument: nothing,
    onOrderReport: nothing,
    onFill: nothing,
    onBalanceChange: nothing,
    onStream: nothing,
    onAlive: nothing,
    onFault: nothing,
    ...over,
  }
}

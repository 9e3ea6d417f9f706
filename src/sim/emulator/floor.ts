import { add, type Decimal, decimal, divide } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { ClockPort } from '#ports/clock'
import { createEngine } from '#sim/engine/engine'
import type { EngineOptions, HouseEngine } from '#sim/engine/house-types'
import type { SimStore } from '#sim/engine/store'
import type { EngineBook, EngineEvent, EngineInstrument } from '#sim/engine/types'
import { createMarket } from '#sim/market/market'
import type { PriceSource, SimMarket, Universe } from '#sim/market/types'
import type { EmulatorState, StateOrigin } from './state'

export interface FloorOptions<State extends EmulatorState> {
  readonly clock: ClockPort
  readonly seed: string
  readonly store: SimStore
  readonly universe: Universe
  readonly source: PriceSource
  readonly stepMs: number
  readonly tradeEveryMs: number
  readonly engine: Omit<EngineOptions, 'assets' | 'instruments'>
  readonly makeState: (origin: StateOrigin) => State
}

/** Names a price source, to see that stored state belongs to it. */
function sourceName(source: PriceSource): string {
  if (source.kind === 'seeded') return 'seeded'
  const { recording, symbol } = source
  return `replay ${symbol} ${recording.barCount} bars from ${recording.firstOpenAtMs}`
}

const TWO = decimal('2')

/** What stands behind every face: engine, market and store, and the rule that nothing is told before it is durable. */
export class TradingFloor<State extends EmulatorState> {
  readonly engine: HouseEngine
  readonly market: SimMarket
  readonly state: State
  readonly #clock: ClockPort
  readonly #store: SimStore
  #flush: () => void = () => {}
  #isSettling = false

  /** @throws {AppError} `DATA_DIR_MISMATCH` when the store has another seed or source. */
  constructor({ clock, seed, store, universe, source, stepMs, tradeEveryMs, engine, makeState }: FloorOptions<State>) {
    this.#clock = clock
    this.#store = store
    const instruments = universe.instruments.map((known) => known.instrument)
    this.engine = createEngine({ ...engine, assets: universe.assets, instruments }, clock)
    this.market = createMarket({ engine: this.engine, clock, seed, universe, source, stepMs, tradeEveryMs })
    this.state = makeState({ seed, source: sourceName(source) })
    store.attach([this.state, this.engine, this.market]) // the face first: it refuses what was made for another market
  }

  /** Opens accounts; one without any ledger row is new and gets the deposits. */
  openAccounts(accountIds: Iterable<string>, deposits: Universe['deposits']): void {
    for (const accountId of new Set(accountIds)) {
      this.engine.openAccount(accountId)
      if (this.engine.ledger(accountId).length > 0) continue
      for (const { asset, amount } of deposits) this.engine.deposit(accountId, asset, amount)
    }
  }

  /** Names who hears of the engine's events, and who sends what waits once they are durable. */
  connect(onEvent: (event: EngineEvent) => void, flush: () => void): void {
    this.#flush = flush
    this.engine.listen((event) => this.#onEvent(event, onEvent))
    this.market.onStep(() => this.settle())
  }

  /** Makes everything that happened durable, then sends the frames that wait. */
  settle(): void {
    this.#isSettling = false
    this.#store.commit()
    this.#flush()
  }

  /** Settles at the end of this turn, unless something else does so before. */
  settleSoon(): void {
    if (this.#isSettling) return
    this.#isSettling = true
    this.#clock.defer(() => this.#isSettling && this.settle())
  }

  /** Makes everything durable, as an emulator that ends must. The store stays open: it belongs to the caller. */
  commit(): void {
    this.#store.commit()
  }

  /** An instrument as it is now. @throws {InvariantError} for an unknown symbol. */
  instrument(symbol: string): EngineInstrument {
    return mustExist(this.engine.instrument(symbol), `the engine has no ${symbol}`)
  }

  /** Middle of the best prices; null where a side is empty. */
  midPrice(symbol: string): Decimal | null {
    const bid = this.engine.bestBid(symbol)
    const ask = this.engine.bestAsk(symbol)
    return bid === null || ask === null ? null : divide(add(bid.price, ask.price), TWO)
  }

  /** The book of a pair as it stands, best levels first. */
  book(symbol: string, depth: number): EngineBook {
    return this.engine.book(symbol, depth)
  }

  /** Changes the price step of a pair, whose digits stay. */
  setTickSize(symbol: string, tickSize: Decimal): void {
    this.market.reprice(symbol, () => this.engine.setTickSize(symbol, tickSize))
    this.settle()
  }

  /** Multiplies the price of a pair at once, as news does: 0.6 is a fall of 40 %. */
  shiftPrice(symbol: string, factor: number): void {
    this.market.shift(symbol, factor)
    this.settle()
  }

  deposit(accountId: string, asset: string, amount: Decimal): void {
    this.engine.deposit(accountId, asset, amount)
    this.settle()
  }

  withdraw(accountId: string, asset: string, amount: Decimal): void {
    this.engine.withdraw(accountId, asset, amount)
    this.settle()
  }

  #onEvent(event: EngineEvent, onEvent: (event: EngineEvent) => void): void {
    if (event.kind === 'orderPending' && event.order.clientId !== null) this.state.noteClientId(event.order.clientId, 1)
    if (event.kind === 'orderDone' && event.order.clientId !== null) this.state.noteClientId(event.order.clientId, -1)
    onEvent(event)
    // Events of a timer (an expiry, a stop in a market step) have no request that would settle them.
    this.settleSoon()
  }
}

import { Attribution, type AttributionCell, type AttributionSums, NO_SUMS } from '#domain/attribution'
import { add, type Decimal, isZero, multiply, negate, ZERO } from '#domain/decimal'
import { type AssetCode, type StrategyId, strategyId } from '#domain/ids'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readNullable, readObject, readText } from '#domain/json-read'
import { shortfallOf } from '#domain/metrics'
import { pairKey } from '#domain/pair-key'
import type { DustDetail, Posting, RealizedRecord, TradeDetail } from '#domain/posting'
import { type Execution, readRoundTripLine, RoundTripLine } from '#domain/round-trip'
import { readSubAccount, type SubAccountId } from '#domain/sub-account'
import { addTrip, NO_TRIPS, plusTrips, readTripSums, type TripSums } from '#domain/trip-sums'
import { rateIn } from '#domain/trade-figures'
import { type FlowRecord, flowRecordsOf, readFlowRecord, readTradeRecord, type TradeRecord, tradeRecordOf } from './trade-record'

/** Newest trades and flows that are kept to be shown; all of them are in the journal. */
const TRADES_MAX = 500
const FLOWS_MAX = 200

/** Whose scores: a sub-account's, all for null; with or without what nobody's strategy claims. */
export interface ScoreFilter {
  readonly subAccount: SubAccountId | null
  readonly includesManual: boolean
}

interface Trips {
  readonly subAccount: SubAccountId
  readonly strategyId: StrategyId | null
  sums: TripSums
}

/** What executions earned, and for whom (PFL-10, PFL-12): attribution, round trips, and the newest trades and flows. A fold of postings. */
export class Scorebook {
  readonly #valuationAsset: AssetCode
  readonly #attribution = new Attribution()
  readonly #lines = new Map<string, RoundTripLine>()
  readonly #trips = new Map<string, Trips>()
  #trades: TradeRecord[] = []
  #flows: FlowRecord[] = []

  constructor(valuationAsset: AssetCode) {
    this.#valuationAsset = valuationAsset
  }

  /** Newest first. */
  get trades(): readonly TradeRecord[] {
    return this.#trades.slice(-TRADES_MAX).toReversed()
  }

  /** Newest first. */
  get flows(): readonly FlowRecord[] {
    return this.#flows.slice(-FLOWS_MAX).toReversed()
  }

  /** Returns the cells of attribution that a filter leaves. */
  cells(filter: ScoreFilter): readonly AttributionCell[] {
    return this.#attribution.cells.filter((cell) => isMeant(cell, filter))
  }

  /** Returns the round trips that ended. */
  trips(filter: ScoreFilter): TripSums {
    return [...this.#trips.values()]
      .filter((trips) => isMeant(trips, filter))
      .reduce((sums, { sums: more }) => plusTrips(sums, more), NO_TRIPS)
  }

  /** Takes what was booked; `netQuantity` is what its line holds now. */
  add(posting: Posting, realized: RealizedRecord | null, netQuantity: Decimal): void {
    switch (posting.kind) {
      case 'fill':
        if (realized !== null) this.#addTrade(posting, posting.trade, realized, netQuantity)
        return
      case 'dust':
        if (realized !== null) this.#addDust(posting, posting.dust, realized)
        return
      case 'gas': {
        const { subAccount, strategyId: strategy, instrumentId, asset, amount } = posting.gas
        const gas = multiply(amount, this.#rate(posting, asset))
        this.#attribution.add(posting.atMs, { subAccount, strategyId: strategy, instrumentId }, { ...NO_SUMS, gas, realized: negate(gas) })
        return
      }
      case 'flow':
      case 'allocation':
        this.#flows.push(...flowRecordsOf(posting, this.#valuationAsset))
        if (this.#flows.length > 2 * FLOWS_MAX) this.#flows = this.#flows.slice(-FLOWS_MAX)
        return
    }
  }

  #addTrade(posting: Posting, trade: TradeDetail, realized: RealizedRecord, netQuantity: Decimal): void {
    const { side, quantity, subAccount, strategyId: strategy, instrumentId, arrivalMid } = trade
    const rate = this.#rate(posting, trade.quoteAsset)
    const price = multiply(trade.price, rate)
    const notional = multiply(trade.cost, rate)
    const { realizedValue, feeValue, closedQuantity } = realized
    const gross = add(realizedValue, feeValue)
    const { slippage, arrival } = shortfallOf({ side, price: trade.price, quantity, arrivalMid }, rate)
    const sums: AttributionSums = { trades: 1, gross, fees: feeValue, gas: ZERO, realized: realizedValue, notional, slippage, arrival }
    this.#attribution.add(posting.atMs, { subAccount, strategyId: strategy, instrumentId }, sums)
    const isFlat = isZero(netQuantity)
    this.#addTrip(realized, { atMs: posting.atMs, side, quantity, price, cost: notional, fee: feeValue, closedQuantity, gross, isFlat })
    this.#keep(tradeRecordOf(posting, trade, realized))
  }

  /** Dust ends the round trip that it is the rest of, at its mark. */
  #addDust(posting: Posting, { baseAsset }: DustDetail, realized: RealizedRecord): void {
    const { subAccount, strategyId: strategy, instrumentId, realizedValue: gross, closedQuantity: quantity, side } = realized
    this.#attribution.add(posting.atMs, { subAccount, strategyId: strategy, instrumentId }, { ...NO_SUMS, gross, realized: gross })
    const price = this.#rate(posting, baseAsset)
    const cost = multiply(quantity, price)
    this.#addTrip(realized, { atMs: posting.atMs, side, quantity, price, cost, fee: ZERO, closedQuantity: quantity, gross, isFlat: true })
  }

  #addTrip({ subAccount, instrumentId, strategyId: strategy }: RealizedRecord, execution: Execution): void {
    const key = pairKey(subAccount, instrumentId)
    const line = this.#lines.get(key) ?? new RoundTripLine()
    this.#lines.set(key, line)
    const trip = line.add(execution)
    if (trip === null) return
    const trips = this.#tripsOf(subAccount, strategy)
    trips.sums = addTrip(trips.sums, trip)
  }

  #tripsOf(subAccount: SubAccountId, strategy: StrategyId | null): Trips {
    const key = `${subAccount}|${strategy}`
    const known = this.#trips.get(key) ?? { subAccount, strategyId: strategy, sums: NO_TRIPS }
    this.#trips.set(key, known)
    return known
  }

  #keep(record: TradeRecord): void {
    this.#trades.push(record)
    if (this.#trades.length > 2 * TRADES_MAX) this.#trades = this.#trades.slice(-TRADES_MAX)
  }

  #rate(posting: Posting, asset: AssetCode): Decimal {
    return rateIn(posting, asset, this.#valuationAsset) ?? ZERO
  }

  snapshot(): JsonObject {
    // By name: a start from a snapshot knows of the open ones alone, in another order.
    const open = [...this.#lines].filter(([, line]) => line.isOpen).sort(([a], [b]) => (a < b ? -1 : 1))
    const lines = open.map(([key, line]) => ({ key, line: line.snapshot() }))
    return {
      attribution: this.#attribution.snapshot(),
      lines,
      trips: [...this.#trips.values()].map((trips) => ({ ...trips, sums: { ...trips.sums } })),
      trades: this.#trades.slice(-TRADES_MAX).map((record) => ({ ...record })),
      flows: this.#flows.slice(-FLOWS_MAX).map((record) => ({ ...record })),
    }
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    const fold = readObject(json, 'scores')
    this.#attribution.restore(fold['attribution'] ?? null)
    for (const item of readArray(fold['lines'], 'lines')) {
      const row = readObject(item, 'line')
      this.#lines.set(readText(row['key'], 'line.key'), readRoundTripLine(row['line'], 'line.line'))
    }
    for (const item of readArray(fold['trips'], 'trips')) {
      const row = readObject(item, 'trips')
      const strategy = readNullable(row['strategyId'], 'trips.strategyId', (value, path) => strategyId(readText(value, path)))
      this.#tripsOf(readSubAccount(row['subAccount'], 'trips.subAccount'), strategy).sums = readTripSums(row['sums'] ?? null, 'trips.sums')
    }
    this.#trades = readArray(fold['trades'], 'trades').map((item, index) => readTradeRecord(item, `trades.${index}`))
    this.#flows = readArray(fold['flows'], 'flows').map((item, index) => readFlowRecord(item, `flows.${index}`))
  }
}

function isMeant(
  { subAccount, strategyId: strategy }: { readonly subAccount: SubAccountId; readonly strategyId: StrategyId | null },
  filter: ScoreFilter,
): boolean {
  return (filter.subAccount === null || subAccount === filter.subAccount) && (filter.includesManual || strategy !== null)
}

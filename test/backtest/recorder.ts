import type { InstrumentId } from '#domain/ids'
import type { World } from '#sim/world/world'
import { mustExist } from '#domain/errors'
import { type BarColumns, createColumns } from '#sim/backtest/columns'

/** One way between a client and the venue of a world, ms. */
export const LATENCY_MS = 5

interface TickerRow {
  readonly symbol: string
  readonly bid: number
  readonly bid_qty: number
  readonly ask: number
  readonly ask_qty: number
}

interface TradeRow {
  readonly symbol: string
  readonly side: 'buy' | 'sell'
  readonly price: number
  readonly qty: number
  readonly trade_id: number
}

interface Frame {
  readonly channel?: string
  readonly data?: readonly unknown[]
}

/**
 * Records a sandbox in virtual time as anybody could who listens to the venue's public stream: quotes and trades as CSV, stamped with the
 * venue's time, which is that of their arrival less the way here. The bars, with when the company heard of them, are taken from its feed.
 */
export class Recorder {
  readonly #world: World
  readonly #symbol: string
  readonly #instrumentId: InstrumentId
  readonly #quotes: string[] = ['time_ms,bid,ask,bid_size,ask_size']
  readonly #trades: string[] = ['time_ms,trade_id,side,price,size']
  readonly #knownAtMs = new Map<number, number>()

  /** Begins to listen; the company must have been made. */
  constructor(world: World, symbol: string, instrumentId: InstrumentId) {
    this.#world = world
    this.#symbol = symbol
    this.#instrumentId = instrumentId
    const socket = world.network.transport().openSocket('ws://kraken.sim/v2', {
      onOpen: () => {
        for (const params of [
          { channel: 'ticker', symbol: [symbol], event_trigger: 'bbo', snapshot: true },
          { channel: 'trade', symbol: [symbol], snapshot: false },
        ])
          socket.send(JSON.stringify({ method: 'subscribe', params }))
      },
      onText: (text) => this.#onFrame(JSON.parse(text) as Frame),
      onClose: () => undefined,
    })
    world.company.market.onBarClose(instrumentId, '1m', ({ bar }) => this.#knownAtMs.set(bar.openAtMs, world.clock.now()))
  }

  get quotesCsv(): string {
    return `${this.#quotes.join('\n')}\n`
  }

  get tradesCsv(): string {
    return `${this.#trades.join('\n')}\n`
  }

  /** Returns every bar that the company holds: its history, which was there from the start, and those that closed since. */
  bars(): BarColumns {
    const bars = this.#world.bars.read(this.#instrumentId, '1m', 0, 100_000)
    const columns = { ...createColumns(bars.length, '1m'), knownAtMs: new Float64Array(bars.length) }
    bars.forEach((bar, index) => {
      for (const name of ['openAtMs', 'closeAtMs', 'open', 'high', 'low', 'close', 'volume'] as const) columns[name][index] = bar[name]
      columns.knownAtMs[index] = this.#knownAtMs.get(bar.openAtMs) ?? bar.closeAtMs
    })
    mustExist(bars[0], 'no bar was recorded')
    return columns
  }

  #onFrame({ channel, data }: Frame): void {
    const atMs = this.#world.clock.now() - LATENCY_MS
    if (channel === 'ticker') {
      for (const { symbol, bid, ask, bid_qty, ask_qty } of (data ?? []) as readonly TickerRow[])
        if (symbol === this.#symbol) this.#quotes.push([atMs, bid, ask, bid_qty, ask_qty].join())
    }
    if (channel === 'trade') {
      for (const { symbol, side, price, qty, trade_id } of (data ?? []) as readonly TradeRow[])
        if (symbol === this.#symbol) this.#trades.push([atMs, trade_id, side, price, qty].join())
    }
  }
}

import type { InstrumentId } from '#domain/ids'
import type { Trade } from '#domain/market'
import type { TradesEvent } from './schema-stream'

/** Public prints, each once, under every instrument of the family that is wanted. */
export class Prints {
  readonly #lastIds = new Map<string, number>()

  /** Returns the prints of an event that are news, oldest first. */
  take(
    { type, trades }: TradesEvent,
    canonicalOf: (productId: string) => string,
    wanted: (symbol: string) => readonly InstrumentId[],
  ): readonly Trade[] {
    const news: Trade[] = []
    for (const row of trades.toSorted((a, b) => Number(a.trade_id) - Number(b.trade_id))) {
      const symbol = canonicalOf(row.product_id)
      const tradeId = Number(row.trade_id)
      const last = this.#lastIds.get(symbol)
      if (last !== undefined && tradeId <= last) continue
      this.#lastIds.set(symbol, tradeId)
      // What traded before we first looked is no news; what a later snapshot has beyond the last print makes an outage good.
      if (type === 'snapshot' && last === undefined) continue
      // The venue tells the maker's side.
      const side = row.side === 'buy' ? 'sell' : 'buy'
      const { price, size: quantity, time: venueAtMs, trade_id: tradeKey } = row
      for (const instrumentId of wanted(symbol)) news.push({ instrumentId, tradeKey, side, price, quantity, venueAtMs })
    }
    return news
  }
}

import type { Decimal } from '#domain/decimal'

/** What a proportional size is a part of: the bot's capital, the account's equity, or the notional of the trade that is copied. */
export type SizingBase = 'capital' | 'equity' | 'source'

/** Parts of the Kelly stake that may be bet: a half, a quarter, a fifth. The whole of it is none of them (RSK-07). */
export type KellyFraction = 'half' | 'quarter' | 'fifth'

/** How the magnitude of an intent's `risk` target is found. Notionals in quote currency, fee included. */
export type SizingMethod =
  | {
      readonly method: 'fixed'
      /** A position. */
      readonly orderNotional: Decimal
    }
  | {
      readonly method: 'quantity'
      /** Base, a position. */
      readonly quantity: Decimal
    }
  | {
      /** So much that the stop loses a fraction of equity; the stop is the intent's, else a multiple of the average true range (RSK-04). */
      readonly method: 'atr'
      readonly riskRatio: Decimal
      readonly atrMultiple: Decimal
      /** Bars of the deciding timeframe that the range is an average of. */
      readonly bars: number
    }
  | { readonly method: 'proportional'; readonly ratio: Decimal; readonly of: SizingBase }
  | { readonly method: 'cappedProportional'; readonly ratio: Decimal; readonly of: SizingBase; readonly cap: Decimal }
  | {
      /** A part of the Kelly stake of the bot's capital; an intent without a positive edge is not traded (RSK-07). */
      readonly method: 'kelly'
      readonly fraction: KellyFraction
    }

export type SizingConfig = SizingMethod & {
  /** Least notional of an order after its fee, quote currency: smaller ones are not planned, closing ones apart. */
  readonly orderNotionalMin: Decimal
  /** What the size is multiplied with besides the limits' own scale: a bot on trial has less than 1 (RUN-10). */
  readonly scale: Decimal
}

/** What a size can be a part of, quote currency. */
export interface SizingMeans {
  /** Of the whole account. */
  readonly equity: Decimal
  /** What the bot was given. */
  readonly capital: Decimal
  /** The limits' scale: regime × roll-out × canary (MKT-06, SIM-07, RUN-10). */
  readonly scale: Decimal
}

/** 100 per position and 20 per order at least, in the instrument's quote currency. */
export const DEFAULT_SIZING: SizingConfig = Object.freeze({
  method: 'fixed',
  orderNotional: '100' as Decimal,
  orderNotionalMin: '20' as Decimal,
  scale: '1' as Decimal,
})

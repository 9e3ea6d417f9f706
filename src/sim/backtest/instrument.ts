import { type Decimal, stepOfScale } from '#domain/decimal'
import { ConfigError, messageOf } from '#domain/errors'
import { assetCode, instrumentId, venueId } from '#domain/ids'
import type { Instrument } from '#domain/instrument'
import type { BarColumns } from './columns'

/** Finest grids of a derived instrument: no recorded price or wanted quantity falls between its steps. */
const TICK_SCALE_MAX = 10
const LOT_SCALE = 8
/** Digits of cost and fee of a derived instrument: enough that none is rounded. */
const COST_SCALE = 18

/** What may be said of an instrument; the rest is derived from the data. */
export interface InstrumentChoices {
  /** `BTC-USD@backtest`. */
  readonly symbol: string
  readonly tickSize: Decimal | null
  readonly lotSize: Decimal | null
  readonly quantityMin: Decimal | null
  readonly notionalMin: Decimal | null
  readonly costScale: number | null
  readonly makerFeeBps: Decimal
  readonly takerFeeBps: Decimal
}

/** Derived steps, and no fee. */
export const DERIVED: InstrumentChoices = Object.freeze({
  symbol: 'BTC-USD@backtest',
  tickSize: null,
  lotSize: null,
  quantityMin: null,
  notionalMin: null,
  costScale: null,
  makerFeeBps: '0' as Decimal,
  takerFeeBps: '0' as Decimal,
})

/**
 * Returns the instrument of a backtest: as chosen, and where nothing was chosen with steps as fine as the data's prices and no minimums.
 * @throws {ConfigError} for a symbol that is no `BASE-QUOTE@venue`.
 */
export function instrumentOfData(choices: InstrumentChoices, bars: BarColumns): Instrument {
  const { symbol } = choices
  const [base = '', quote = '', venue = ''] = symbol.split(/[-@]/)
  const lotSize = choices.lotSize ?? stepOfScale(LOT_SCALE)
  try {
    return Object.freeze({
      instrumentId: instrumentId(symbol),
      venueId: venueId(venue),
      baseAsset: assetCode(base),
      quoteAsset: assetCode(quote),
      venueSymbols: { raw: symbol, rest: symbol, stream: symbol },
      status: 'online',
      tickSize: choices.tickSize ?? stepOfScale(priceScaleOf(bars)),
      lotSize,
      quantityMin: choices.quantityMin ?? lotSize,
      notionalMin: choices.notionalMin ?? ('0' as Decimal),
      costScale: choices.costScale ?? COST_SCALE,
      makerFeeBps: choices.makerFeeBps,
      takerFeeBps: choices.takerFeeBps,
      marginable: false,
    })
  } catch (error) {
    throw new ConfigError(`instrument = "${symbol}": must look like BTC-USD@backtest (${messageOf(error)})`)
  }
}

/** Returns the most digits after the point that a recorded price has. */
function priceScaleOf({ open, high, low, close }: BarColumns): number {
  let scale = 0
  for (const column of [open, high, low, close]) {
    // By index: an iterator over doubles takes ten times as long.
    for (let index = 0; index < column.length; index++) {
      while (scale < TICK_SCALE_MAX && !isOnScale(column[index] as number, scale)) scale++
    }
  }
  return scale
}

/** True when the double is the nearest one of a decimal with so many digits after the point. */
function isOnScale(price: number, scale: number): boolean {
  const power = 10 ** scale
  return Math.round(price * power) / power === price
}

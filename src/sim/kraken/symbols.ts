import type { EngineAsset, EngineInstrument } from '#sim/engine/types'

/** An asset under its three names: the engine's and the WebSocket's (`BTC`), the ledger id (`XXBT`) and the altname (`XBT`). */
export interface KrakenAsset {
  readonly code: string
  readonly id: string
  readonly altname: string
  /** Digits of balances and ledger rows. */
  readonly decimals: number
  readonly displayDecimals: number
}

/** An instrument under its names (protocol sheet §6). */
export interface KrakenPair {
  /** Key of REST answers: `XXBTZUSD`; equal to the altname for newer listings. */
  readonly id: string
  /** `XBTUSD`. */
  readonly altname: string
  /** Name of WebSocket v1: `XBT/USD`. */
  readonly wsname: string
  /** Name of WebSocket v2 and the engine's key: `BTC/USD`. */
  readonly symbol: string
  readonly base: KrakenAsset
  readonly quote: KrakenAsset
  /** As it is now: its price step may change. */
  readonly instrument: EngineInstrument
  /** Digits of prices in Ticker, Depth, Trades and order objects: five, or more where the pair has more. */
  readonly wideScale: number
}

/** Assets of the first years have four-letter ids; all others are listed under their own name. */
const OLD_IDS: Readonly<Record<string, readonly [id: string, altname: string]>> = {
  BTC: ['XXBT', 'XBT'],
  ETH: ['XETH', 'ETH'],
  DOGE: ['XXDG', 'XDG'],
  XRP: ['XXRP', 'XRP'],
  LTC: ['XLTC', 'LTC'],
  ETC: ['XETC', 'ETC'],
  XMR: ['XXMR', 'XMR'],
  ZEC: ['XZEC', 'ZEC'],
  XLM: ['XXLM', 'XLM'],
  REP: ['XREP', 'REP'],
  USD: ['ZUSD', 'USD'],
  EUR: ['ZEUR', 'EUR'],
  GBP: ['ZGBP', 'GBP'],
  CAD: ['ZCAD', 'CAD'],
  JPY: ['ZJPY', 'JPY'],
  AUD: ['ZAUD', 'AUD'],
}

function toAsset(asset: EngineAsset): KrakenAsset {
  const [id, altname] = OLD_IDS[asset.code] ?? [asset.code, asset.code]
  return { code: asset.code, id, altname, decimals: asset.scale, displayDecimals: id.startsWith('Z') && id.length === 4 ? 2 : 5 }
}

function toPair(instrument: EngineInstrument, base: KrakenAsset, quote: KrakenAsset, current: () => EngineInstrument): KrakenPair {
  const altname = base.altname + quote.altname
  // Pairs of two old assets carry both ids, those of DOGE excepted (XDGEUR).
  const isOld = base.id !== base.altname && quote.id !== quote.altname && base.code !== 'DOGE'
  return {
    id: isOld ? base.id + quote.id : altname,
    altname,
    wsname: `${base.altname}/${quote.altname}`,
    symbol: instrument.symbol,
    base,
    quote,
    get instrument() {
      return current()
    },
    wideScale: Math.max(5, instrument.priceScale),
  }
}

/** The venue's names for what the engine trades. */
export class SymbolTable {
  readonly assets: readonly KrakenAsset[]
  readonly pairs: readonly KrakenPair[]
  readonly #assetByName = new Map<string, KrakenAsset>()
  readonly #pairByName = new Map<string, KrakenPair>()
  readonly #pairBySymbol = new Map<string, KrakenPair>()

  constructor(assets: readonly EngineAsset[], instruments: readonly EngineInstrument[], current: (symbol: string) => EngineInstrument) {
    this.assets = assets.map(toAsset)
    for (const asset of this.assets) for (const name of [asset.code, asset.altname, asset.id]) this.#assetByName.set(name, asset)
    this.pairs = instruments.flatMap((instrument) => {
      const base = this.#assetByName.get(instrument.base)
      const quote = this.#assetByName.get(instrument.quote)
      return base === undefined || quote === undefined ? [] : [toPair(instrument, base, quote, () => current(instrument.symbol))]
    })
    for (const pair of this.pairs) {
      this.#pairBySymbol.set(pair.symbol, pair)
      for (const name of [pair.symbol, pair.wsname, pair.altname, pair.id]) this.#pairByName.set(name, pair)
    }
  }

  /** Finds an asset by id, altname or WebSocket name; null when unknown. */
  asset(name: string): KrakenAsset | null {
    return this.#assetByName.get(name) ?? null
  }

  /** Finds a pair as REST knows it: by id, altname or either slash form; null when unknown. */
  pair(name: string): KrakenPair | null {
    return this.#pairByName.get(name) ?? null
  }

  /** Finds a pair by its WebSocket v2 symbol alone; null when unknown (`XBT/USD` is not supported there). */
  bySymbol(symbol: string): KrakenPair | null {
    return this.#pairBySymbol.get(symbol) ?? null
  }
}

/** Returns the key of a pair in a REST result: its id, or the slash form when it was asked by one (§2.9). */
export function resultKey(pair: KrakenPair, asked: string): string {
  return asked.includes('/') ? asked : pair.id
}

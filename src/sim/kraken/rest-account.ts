import { add, compare, type Decimal, decimal, divide, isZero, multiply, sum, toFixedScale, ZERO } from '#domain/decimal'
import type { FeeRates } from '#sim/engine/fee-tier'
import type { EngineBalance } from '#sim/engine/types'
import type { Face } from './face'
import { pairNamed } from './face'
import { refuse } from './refusal'
import type { PrivateCall, PrivateMethod } from './rest-call'
import type { KrakenPair } from './symbols'
import type { WireJson, WireObject } from './wire-json'

/** Balances as shown: those of the engine, falsified where a `wrongBalance` fault says so. */
function shownBalances(call: PrivateCall, method: string): readonly EngineBalance[] {
  const wrong = call.face.faults.take('wrongBalance', 'rest', method)
  const balances = call.face.engine.balances(call.accountId)
  if (wrong === null) return balances
  return balances.map((balance) =>
    balance.asset === wrong.asset ? { ...balance, total: add(balance.total, decimal(wrong.delta)) } : balance,
  )
}

function byAssetId(
  face: Face,
  balances: readonly EngineBalance[],
  view: (balance: EngineBalance, decimals: number) => WireJson,
): WireObject {
  return Object.fromEntries(
    balances.flatMap((balance) => {
      const asset = face.symbols.asset(balance.asset)
      return asset === null ? [] : [[asset.id, view(balance, asset.decimals)] as const]
    }),
  )
}

const balance: PrivateMethod = {
  permissions: ['query-funds'],
  run: (call) => byAssetId(call.face, shownBalances(call, 'Balance'), (row, decimals) => toFixedScale(row.total, decimals)),
}

const balanceEx: PrivateMethod = {
  permissions: ['query-funds'],
  run: (call) =>
    byAssetId(call.face, shownBalances(call, 'BalanceEx'), (row, decimals) => ({
      balance: toFixedScale(row.total, decimals),
      hold_trade: toFixedScale(row.held, decimals),
    })),
}

/** Value of one unit of an asset in another: a traded pair's last price, else by way of USD; zero when there is no way. */
function priceIn(face: Face, asset: string, target: string): Decimal {
  if (asset === target) return decimal(1)
  const direct = face.symbols.bySymbol(`${asset}/${target}`)
  if (direct !== null) return face.engine.lastPrice(direct.symbol)
  const inverse = face.symbols.bySymbol(`${target}/${asset}`)
  if (inverse !== null) return inverted(face.engine.lastPrice(inverse.symbol))
  if (asset === 'USD' || target === 'USD') return ZERO
  return multiply(priceIn(face, asset, 'USD'), priceIn(face, 'USD', target))
}

function inverted(price: Decimal): Decimal {
  return isZero(price) ? ZERO : divide(decimal(1), price)
}

const tradeBalance: PrivateMethod = {
  permissions: ['query-funds'],
  run: (call) => {
    const asset = call.face.symbols.asset(call.params.text('asset') ?? 'ZUSD') ?? refuse('EQuery:Unknown asset')
    const values = call.face.engine.balances(call.accountId).map((row) => multiply(row.total, priceIn(call.face, row.asset, asset.code)))
    const equity = toFixedScale(sum(values), 4)
    const none = toFixedScale(ZERO, 4)
    return { eb: equity, tb: equity, m: none, uv: none, n: none, c: none, v: none, e: equity, mf: equity }
  },
}

function feeView(pair: KrakenPair, rates: FeeRates, side: 'maker' | 'taker'): WireObject {
  const percentOf = (tier: FeeRates['tier']): Decimal => (side === 'maker' ? tier.makerPercent : tier.takerPercent)
  const all = pair.instrument.feeTiers.map(percentOf).toSorted(compare)
  const fixed = (value: Decimal): string => toFixedScale(value, 4)
  return {
    fee: fixed(side === 'maker' ? rates.makerPercent : rates.takerPercent),
    minfee: fixed(all[0] ?? ZERO),
    maxfee: fixed(all.at(-1) ?? ZERO),
    nextfee: rates.nextTier === null ? null : fixed(percentOf(rates.nextTier)),
    nextvolume: rates.nextTier === null ? null : fixed(rates.nextTier.volumeMin),
    tiervolume: fixed(rates.tier.volumeMin),
  }
}

const tradeVolume: PrivateMethod = {
  permissions: ['query-funds'],
  run: (call) => {
    const pairs = call.params.list('pair').map((name) => pairNamed(call.face, name))
    const rates = pairs.map((pair) => [pair, call.face.engine.feeRates(call.accountId, pair.symbol)] as const)
    const first = call.face.symbols.pairs[0]
    const volume = rates[0]?.[1].volume ?? (first === undefined ? ZERO : call.face.engine.feeRates(call.accountId, first.symbol).volume)
    const fees = (side: 'maker' | 'taker'): WireObject =>
      Object.fromEntries(rates.map(([pair, rate]) => [pair.id, feeView(pair, rate, side)]))
    return {
      currency: 'ZUSD',
      volume: toFixedScale(volume, 4),
      fees: pairs.length === 0 ? undefined : fees('taker'),
      fees_maker: pairs.length === 0 ? undefined : fees('maker'),
    }
  },
}

/** Methods that show funds and fee rates. */
export const ACCOUNT_METHODS: Readonly<Record<string, PrivateMethod>> = {
  Balance: balance,
  BalanceEx: balanceEx,
  TradeBalance: tradeBalance,
  TradeVolume: tradeVolume,
}

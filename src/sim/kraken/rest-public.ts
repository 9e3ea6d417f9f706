import type { InstrumentStatus } from '#domain/instrument'
import type { FeeTier } from '#sim/engine/fee-tier'
import { type Face, pairNamed } from './face'
import { refuse, refuseArgument } from './refusal'
import type { PublicMethod } from './rest-call'
import { type KrakenAsset, type KrakenPair, resultKey } from './symbols'
import { numberToken, type WireJson, type WireObject } from './wire-json'
import { secondTime } from '#sim/emulator/wire-time'
import { rfc1123Time } from './wire-time'

const time: PublicMethod = (call) => {
  const skew = call.face.faults.take('clockSkew', 'rest', 'Time')
  const atMs = call.nowMs + (skew?.offsetMs ?? 0)
  return { unixtime: Math.floor(atMs / 1_000), rfc1123: rfc1123Time(atMs) }
}

const systemStatus: PublicMethod = (call) => ({ status: call.face.state.systemStatus, timestamp: secondTime(call.nowMs) })

function assetView(asset: KrakenAsset): WireObject {
  return {
    aclass: 'currency',
    altname: asset.altname,
    decimals: asset.decimals,
    display_decimals: asset.displayDecimals,
    collateral_value: 1,
    status: 'enabled',
  }
}

const assets: PublicMethod = (call) => {
  const aclass = call.params.text('aclass') ?? 'currency'
  if (aclass !== 'currency') return aclass === 'tokenized_asset' ? {} : refuseArgument('aclass')
  const names = call.params.list('asset')
  const wanted =
    names.length === 0 ? call.face.symbols.assets : names.map((name) => call.face.symbols.asset(name) ?? refuse('EQuery:Unknown asset'))
  return Object.fromEntries(wanted.map((asset) => [asset.id, assetView(asset)]))
}

/** The REST word for a pair's status; REST has none for `offline`. */
export function restPairStatus(status: InstrumentStatus): string {
  switch (status) {
    case 'online':
      return 'online'
    case 'postOnly':
      return 'post_only'
    case 'limitOnly':
      return 'limit_only'
    case 'reduceOnly':
      return 'reduce_only'
    case 'cancelOnly':
    case 'offline':
      return 'cancel_only'
  }
}

function feeRows(tiers: readonly FeeTier[], side: 'makerPercent' | 'takerPercent'): WireJson {
  return tiers.map((tier) => [numberToken(tier.volumeMin), numberToken(tier[side])])
}

function leverageView(): WireObject {
  return { leverage_buy: [], leverage_sell: [] }
}

function feesView(pair: KrakenPair): WireObject {
  const { feeTiers } = pair.instrument
  return { fees: feeRows(feeTiers, 'takerPercent'), fees_maker: feeRows(feeTiers, 'makerPercent'), fee_volume_currency: 'ZUSD' }
}

function marginView(): WireObject {
  return { margin_call: 80, margin_stop: 40 }
}

function pairView(face: Face, pair: KrakenPair): WireObject {
  const { instrument } = pair
  return {
    altname: pair.altname,
    wsname: pair.wsname,
    aclass_base: 'currency',
    base: pair.base.id,
    aclass_quote: 'currency',
    quote: pair.quote.id,
    lot: 'unit',
    cost_decimals: instrument.costScale,
    pair_decimals: instrument.priceScale,
    lot_decimals: instrument.quantityScale,
    lot_multiplier: 1,
    ...leverageView(),
    ...feesView(pair),
    ...marginView(),
    ordermin: instrument.quantityMin,
    costmin: instrument.costMin,
    tick_size: instrument.tickSize,
    status: restPairStatus(face.engine.status(pair.symbol)),
    execution_venue: 'international',
  }
}

const assetPairs: PublicMethod = (call) => {
  const aclass = call.params.text('aclass_base') ?? 'currency'
  if (aclass !== 'currency') return aclass === 'tokenized_asset' ? {} : refuseArgument('aclass_base')
  const names = call.params.list('pair')
  const wanted: readonly (readonly [string, KrakenPair])[] =
    names.length === 0
      ? call.face.symbols.pairs.map((pair) => [pair.id, pair] as const)
      : names.map((name) => {
          const pair = pairNamed(call.face, name)
          return [resultKey(pair, name), pair] as const
        })
  const info = call.params.text('info') ?? 'info'
  const view = (pair: KrakenPair): WireObject => {
    if (info === 'info') return pairView(call.face, pair)
    if (info === 'leverage') return leverageView()
    if (info === 'fees') return feesView(pair)
    return info === 'margin' ? marginView() : refuseArgument('info')
  }
  return Object.fromEntries(wanted.map(([key, pair]) => [key, view(pair)]))
}

/** Public methods about the venue itself. */
export const VENUE_METHODS: Readonly<Record<string, PublicMethod>> = {
  Time: time,
  SystemStatus: systemStatus,
  Assets: assets,
  AssetPairs: assetPairs,
}

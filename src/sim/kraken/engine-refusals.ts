import type { EngineRefusal } from '#sim/engine/types'
import type { KrakenPair } from './symbols'

function statusText(refusal: EngineRefusal): string {
  switch (refusal.status) {
    case 'cancelOnly':
      return 'EService:Market in cancel_only mode'
    case 'postOnly':
      return 'EService:Market in post_only mode'
    case 'limitOnly':
      return 'EService:Market in limit_only mode'
    case 'reduceOnly':
      return 'EService:Market in reduce_only mode'
    case 'online':
    case 'offline':
    case null:
      return 'EService:Unavailable'
  }
}

/** Returns the venue's text for a refusal of the engine (protocol sheet §1.6). */
export function refusalText(refusal: EngineRefusal, pair: KrakenPair): string {
  switch (refusal.code) {
    case 'unknownInstrument':
      return 'EQuery:Unknown asset pair'
    case 'instrumentStatus':
      return statusText(refusal)
    case 'quantityInvalid':
      return 'EGeneral:Invalid arguments:volume'
    case 'quantityMin':
      return 'EOrder:Order minimum not met'
    case 'costMin':
      return 'EOrder:Cost minimum not met'
    case 'priceInvalid':
    case 'triggerInvalid':
      return 'EGeneral:Invalid arguments:price'
    case 'priceScale':
      return `EOrder:Invalid price:${pair.id} price can only be specified up to ${pair.instrument.priceScale} decimals.`
    case 'tickSize':
      return 'EOrder:Tick size check failed'
    case 'expiryInvalid':
      return 'EGeneral:Invalid arguments:expiretm'
    case 'combinationInvalid':
      return 'EGeneral:Invalid arguments:ordertype'
    case 'insufficientFunds':
      return 'EOrder:Insufficient funds'
    case 'postOnlyWouldCross':
      return 'EOrder:Post only order'
    case 'noLiquidity':
      return 'EOrder:Invalid order:no liquidity'
    case 'unknownOrder':
      return 'EOrder:Unknown order'
    case 'notAmendable':
      return 'EOrder:Invalid order'
  }
}

/** Refusals that belong to the engine's state and not to the request: in a batch they hit one slot, not all. */
export function isPastValidation(refusal: EngineRefusal): boolean {
  return refusal.code === 'insufficientFunds' || refusal.code === 'postOnlyWouldCross' || refusal.code === 'noLiquidity'
}

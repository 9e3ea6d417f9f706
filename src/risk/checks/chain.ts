import type { Check } from '../judgement'
import { assetMax } from './asset-max'
import { botState } from './bot-state'
import { companyState } from './company-state'
import { dailyNotionalMax } from './daily-notional-max'
import { dataStale } from './data-stale'
import { drift } from './drift'
import { instrumentRules } from './instrument-rules'
import { insufficientBalance } from './insufficient-balance'
import { killSwitch } from './kill-switch'
import { marginDisallowed } from './margin-disallowed'
import { marketConcentration } from './market-concentration'
import { marketData } from './market-data'
import { openPositionsMax } from './open-positions-max'
import { orderNotionalMax } from './order-notional-max'
import { orderNotionalMin } from './order-notional-min'
import { ownOrderMatch } from './own-order-match'
import { positionMax } from './position-max'
import { priceSanity } from './price-sanity'
import { productStatus } from './product-status'
import { shortingDisallowed } from './shorting-disallowed'
import { strategyMax } from './strategy-max'
import { totalAtRisk } from './total-at-risk'
import { totalExposureMax } from './total-exposure-max'
import { venueState } from './venue-state'

/**
 * The gate's checks in the order in which they run: states, data, prices, permissions, then caps, which may cut the order, and last
 * what looks at the size that is left. The first that blocks gives the verdict its code.
 */
export const CHECKS: readonly Check[] = [
  killSwitch,
  companyState,
  botState,
  venueState,
  productStatus,
  marketData,
  dataStale,
  drift,
  priceSanity,
  shortingDisallowed,
  marginDisallowed,
  ownOrderMatch,
  orderNotionalMax,
  totalAtRisk,
  positionMax,
  assetMax,
  strategyMax,
  marketConcentration,
  totalExposureMax,
  dailyNotionalMax,
  openPositionsMax,
  insufficientBalance,
  instrumentRules,
  orderNotionalMin,
]

import { botDrawdown, ownDrawdown } from './bot-drawdown'
import { dailyDrawdown } from './daily-drawdown'
import { dailyLoss } from './daily-loss'
import { drift, driftBlock } from './drift'
import { errorRate } from './error-rate'
import { killSwitch } from './kill-switch'
import { marketErrors } from './market-errors'
import { maxDrawdown } from './max-drawdown'
import { portfolioDrawdown } from './portfolio-drawdown'
import { staleData } from './stale-data'
import { threeLosses } from './three-losses'
import type { Drill } from './types'
import { venueHealth } from './venue-health'

/** Every drill there is: one for each breaker at least, and the kill switch. */
export const DRILLS: readonly Drill[] = [
  threeLosses,
  dailyLoss,
  botDrawdown,
  ownDrawdown,
  portfolioDrawdown,
  dailyDrawdown,
  maxDrawdown,
  staleData,
  drift,
  driftBlock,
  venueHealth,
  errorRate,
  marketErrors,
  killSwitch,
]

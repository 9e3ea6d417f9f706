import type { CapType } from '#domain/verdict'
import type { CheckName } from '../check-names'

/** What a check does with an order that only lowers exposure: lets it pass, holds it to the rule too, or as the configuration says. */
export type Reducing = 'passes' | 'held' | 'configured'

/** What a check is, for a person: `docs/risk-checks.md` is made of it. */
export interface CheckFacts {
  /** What it blocks, after "Blocks". */
  readonly blocks: string
  readonly capType: CapType
  /** True for a cap that cuts an order down to what fits, where `risk.onCapExceeded` says so. */
  readonly canCut: boolean
  readonly reducing: Reducing
  /** Keys of the configuration that it reads. */
  readonly keys: readonly string[]
  readonly requirements: readonly string[]
}

type Row = readonly [blocks: string, reducing: Reducing, keys: readonly string[], requirements: readonly string[]]

function rule(capType: CapType, [blocks, reducing, keys, requirements]: Row): CheckFacts {
  return { blocks, capType, canCut: false, reducing, keys, requirements }
}

function cap(capType: CapType, blocks: string, keys: readonly string[], requirements: readonly string[]): CheckFacts {
  return { ...rule(capType, [blocks, 'passes', keys, requirements]), canCut: true }
}

/** Every check by its name, which is its reason code, in the order in which they run. */
export const CHECK_FACTS: Readonly<Record<CheckName, CheckFacts>> = {
  kill_switch: rule('state', ['everything while the kill switch is active', 'configured', ['risk.reducingUnderKillSwitch'], ['RSK-09']]),
  company_state: rule('state', [
    'new risk while the company is paused, and everything while it is halted',
    'configured',
    ['risk.reducingUnderKillSwitch'],
    ['RSK-01', 'RUN-12'],
  ]),
  bot_state: rule('state', [
    'new risk while the bot is paused, and everything while it is halted',
    'configured',
    ['risk.reducingUnderKillSwitch'],
    ['RSK-01', 'RUN-12'],
  ]),
  reducing_only: rule('state', ['new risk while a scope of the order is reducing', 'passes', [], ['RSK-01', 'RSK-08']]),
  message_throttle: rule('throttle', [
    'submissions and amends of a bot beyond so many a second, and new risk until a named operator re-arms its throttle',
    'held',
    ['risk.messagesPerSecMax'],
    ['RSK-01', 'VEN-15'],
  ]),
  execution_throttle: rule('throttle', [
    'new risk by more orders of a bot on one side of an instrument than so many in the window, and until a named operator re-arms its throttle',
    'passes',
    ['risk.executionsMax', 'risk.executionsWindowMs'],
    ['RSK-01', 'VEN-15'],
  ]),
  venue_state: rule('state', ['everything while the venue does not answer soundly', 'held', [], ['RUN-04', 'RSK-10']]),
  product_status: rule('state', ['what the status of the product at its venue does not take', 'held', [], ['VEN-16']]),
  region_disallowed: rule('instrument', [
    'entering what the account’s region does not allow: futures, barred assets',
    'passes',
    ['venues.kraken.region.supportsFutures', 'venues.kraken.region.barredAssets'],
    ['VEN-05'],
  ]),
  market_data_unavailable: rule('data', ['everything without a sound quote', 'held', [], ['MKT-05']]),
  data_stale: rule('data', [
    'everything on data that is too old',
    'held',
    ['breakers.quoteStaleMs', 'breakers.barStaleMs'],
    ['MKT-05', 'RSK-10'],
  ]),
  drift: rule('state', ['new risk while ledger and venue disagree', 'passes', ['driftToleranceValue'], ['RSK-10', 'PFL-08']]),
  outlier: rule('data', [
    'new risk on a mid that jumped away from the minute before',
    'passes',
    ['risk.outlierSigmaMax', 'risk.outlierBpsMin'],
    ['MKT-05'],
  ]),
  spread_max: rule('data', ['new risk while bid and ask are too far apart', 'passes', ['risk.spreadBpsMax'], ['MKT-01']]),
  liquidity_min: rule('data', ['new risk where too little was traded in 24 hours', 'passes', ['risk.volume24hMin'], ['RSK-13', 'MKT-01']]),
  universe_excluded: rule('data', [
    'new risk of a bot of a universe on an instrument that the universe does not admit now',
    'passes',
    ['universe.tiers'],
    ['MKT-01'],
  ]),
  price_sanity: rule('order', [
    'a price too far on the costly side of the mid, or of the touch where an operator closes a position: the price collar',
    'held',
    ['risk.priceDeviationBpsMax'],
    ['EXE-02'],
  ]),
  price_zone: rule('order', [
    'prices of outcome tokens outside 0.01 to 0.99, and entering outside the zones that are allowed or that need an edge',
    'passes',
    ['risk.priceZones'],
    ['RSK-06'],
  ]),
  duplicate_intent: rule('intent', [
    'an order that was sent already, and new risk by one equal to the bot’s last that still works',
    'passes',
    ['risk.duplicateWindowMs'],
    ['EXE-03', 'RSK-01'],
  ]),
  conviction_min: rule('intent', ['new risk on an intent of too little conviction', 'passes', ['risk.convictionMin'], ['STR-02']]),
  post_only_required: rule('order', ['new risk by an order that could take liquidity', 'passes', ['risk.postOnlyRequired'], ['RSK-13']]),
  near_expiry: rule('instrument', ['new risk shortly before the instrument expires', 'passes', ['risk.nearExpiryMs'], ['RSK-13']]),
  cooldown: rule('instrument', [
    'new risk on an instrument for a while after a fill on it, longer after a stop-out',
    'passes',
    ['risk.cooldownMs', 'risk.cooldownAfterStopMs'],
    ['RSK-11'],
  ]),
  shorting_disallowed: rule('instrument', ['selling more than the bot holds where shorts are barred', 'passes', [], ['RSK-05']]),
  margin_disallowed: rule('instrument', ['a short that would borrow', 'passes', [], ['RSK-05', 'VEN-05']]),
  own_order_match: rule('order', [
    'an order that could trade with one of our own, or go where a closing order waits for those to be gone',
    'held',
    [],
    ['RSK-01'],
  ]),
  kelly: cap('intent', 'staking without an edge, or more than its part of the Kelly stake', ['risk.kellyRatioMax'], ['RSK-07']),
  order_notional_max: cap('order', 'an order above the largest notional', ['risk.orderNotionalMax'], ['RSK-02']),
  strategy_cap: cap(
    'strategy',
    'a strategy of a bot beyond the budget that the bot gives it, before any cap of the company’s',
    ['bots'],
    ['STR-04'],
  ),
  total_at_risk: cap(
    'portfolio',
    'all positions and working orders beyond their share of equity (budget)',
    ['risk.totalAtRiskRatioMax'],
    ['RSK-02', 'RSK-03'],
  ),
  portfolio_risk: cap(
    'risk',
    'all positions and working orders beyond what they may lose at their stops (hard cap)',
    ['risk.portfolioRiskRatioMax', 'risk.stopDistanceRatioDefault'],
    ['RSK-04', 'RSK-12'],
  ),
  risk_per_trade: cap(
    'risk',
    'a bot’s position on an instrument beyond what it may lose at its stop, and an entry whose stop is on the wrong side',
    ['risk.riskPerTradeRatioMax', 'risk.stopDistanceRatioDefault'],
    ['RSK-04'],
  ),
  position_max: cap('instrument', 'one instrument beyond its share of equity (budget)', ['risk.positionRatioMax'], ['RSK-02']),
  instrument_notional_max: cap('instrument', 'one instrument beyond an amount (hard cap)', ['risk.instrumentNotionalMax'], ['RSK-02']),
  asset_max: cap('asset', 'one base asset beyond its share of equity (hard cap)', ['risk.assetRatioMax'], ['RSK-02', 'RSK-12']),
  theme_cap: cap('theme', 'a theme beyond its share of equity (budget)', ['risk.themes', 'risk.themeRatioMax'], ['RSK-02', 'MKT-01']),
  tier_cap: cap('tier', 'the instruments of a tier beyond their share of equity (budget)', ['universe.tiers'], ['MKT-01']),
  strategy_max: cap('strategy', 'a strategy beyond its share of equity', ['risk.strategyRatioMax'], ['RSK-02', 'STR-04']),
  venue_max: cap('venue', 'a venue beyond its share of equity (hard cap)', ['risk.venueRatioMax'], ['RSK-02']),
  window_max: cap(
    'window',
    'the instruments of one market window beyond an amount (hard cap)',
    ['risk.windowNotionalMax'],
    ['RSK-13', 'STR-10'],
  ),
  market_concentration: cap(
    'instrument',
    'one instrument beyond its share of the larger of total exposure and its limit (budget)',
    ['risk.marketConcentrationRatioMax', 'risk.totalExposureMax'],
    ['RSK-02'],
  ),
  total_exposure_max: cap(
    'portfolio',
    'all positions and working orders beyond an amount (hard cap)',
    ['risk.totalExposureMax'],
    ['RSK-02'],
  ),
  daily_notional_max: cap('daily', 'more notional in a UTC day, working orders counted', ['risk.dailyNotionalMax'], ['RSK-02']),
  open_positions_max: rule('portfolio', [
    'one more instrument than may be open (budget)',
    'passes',
    ['risk.openPositionsMax', 'risk.manualPositions'],
    ['RSK-02', 'RSK-12'],
  ]),
  insufficient_balance: rule('instrument', ['what account or sub-account cannot pay, fees included', 'held', [], ['EXE-05', 'PFL-01']]),
  gas_max: rule('cost', ['new risk while a chain asks too much for a transaction', 'passes', ['risk.gasMax'], ['VEN-14']]),
  cost_benefit: rule('cost', [
    'new risk whose expected profit does not pay for its transaction',
    'passes',
    ['risk.gasCostRatioMax'],
    ['VEN-14'],
  ]),
  instrument_rules: rule('instrumentRule', ['what is off the venue’s lot, tick or minimums', 'held', [], ['EXE-01', 'MKT-02']]),
  order_notional_min: rule('order', [
    'an order worth too little after its fee; closing ones apart',
    'held',
    ['risk.orderNotionalMin'],
    ['EXE-01', 'EXE-05'],
  ]),
}

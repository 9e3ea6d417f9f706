import { describe, expect, test } from 'bun:test'
import { intentId } from '#domain/ids'
import type { Instrument, InstrumentTerms } from '#domain/instrument'
import type { IntentGrounds } from '#domain/intent'
import type { Proposal } from '#domain/order'
import { RiskGate } from '#risk/gate'
import { type GuardFacts, type IntentFacts, NO_GUARD_FACTS } from '#risk/guard-facts'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { BTC, codeOf, d, figureOf, NOW_MS, proposalOf, quoteOf, SCOPE, viewOf } from './fixtures'

const INTENT: IntentFacts = { intentId: intentId('an intent'), stopPrice: null, conviction: 0.5, grounds: null }
const GROUNDS: IntentGrounds = { edge: null, style: 'directional', sourceNotional: null, expectedProfit: null }
const holding: Partial<GateView> = { positionOfBot: d('1'), openInstruments: new Set([BTC.instrumentId]) }
const sale: Partial<Proposal> = { side: 'sell', quantity: d('0.5'), effect: 'reduce' }

const guards = (facts: Partial<GuardFacts>): Partial<GateView> => ({ guards: { ...NO_GUARD_FACTS, ...facts } })
const grounded = (over: Partial<IntentGrounds>): Partial<GateView> => guards({ intent: { ...INTENT, grounds: { ...GROUNDS, ...over } } })
const termed = (terms: Partial<InstrumentTerms>, over: Partial<Instrument> = {}): Instrument => ({
  ...BTC,
  ...over,
  terms: { kind: 'spot', expiresAtMs: null, windowId: null, ...terms },
})
function judge(proposal: Partial<Proposal>, view: Partial<GateView>, limits: Partial<RiskLimits> = {}) {
  return new RiskGate({ ...DEFAULT_RISK_LIMITS, ...limits }).judge(proposalOf(proposal), viewOf(view))
}
const throttle = (facts: Partial<GuardFacts['throttle']>) => guards({ throttle: { latched: null, messages: 0, executions: 0, ...facts } })
const latched = (kind: 'messages' | 'executions') => throttle({ latched: { kind, reason: 'too many', sinceMs: NOW_MS } })
const gas = (priceGwei: string, priorityGwei: string, cost = '0.5') => ({
  gas: { priceGwei: d(priceGwei), priorityGwei: d(priorityGwei), cost: d(cost) },
})
const gasMax = { gasMax: { kraken: { priceGweiMax: d('50'), priorityGweiMax: d('2') } } }
/** Something is expected to be earned by a transaction that costs 3. */
const earning = (profit: string | null): GuardFacts => ({
  ...NO_GUARD_FACTS,
  ...gas('1', '1', '3'),
  intent: { ...INTENT, grounds: { ...GROUNDS, expectedProfit: profit === null ? null : d(profit) } },
})
const region = (over: Partial<NonNullable<GuardFacts['region']>>) =>
  guards({ region: { code: 'US_CA', supportsFutures: false, barredAssets: [], ...over } })

/** An outcome token at a price, its order beside it. */
function token(price: string, view: Partial<GateView> = {}, limits: Partial<RiskLimits> = {}, proposal: Partial<Proposal> = {}) {
  const instrument = termed({ kind: 'outcome' }, { tickSize: d('0.001'), lotSize: d('0.01'), quantityMin: d('1'), marginable: false })
  const quantity = (100 / Number(price)).toFixed(2)
  return judge(
    { limitPrice: d(price), referencePrice: d(price), quantity: d(quantity), ...proposal },
    { instrument, quote: quoteOf(price, price), ...view },
    limits,
  )
}

/** What is blocked, by its code, with the figure; beside it what passes: the bound itself, and an order that only reduces. */
const CASES: readonly {
  readonly name: string
  readonly code: string
  readonly blocked: ReturnType<typeof judge>
  readonly figure: object
  readonly passes: readonly ReturnType<typeof judge>[]
}[] = [
  {
    name: 'RSK-01 reducing_only: a reducing scope takes no new risk',
    code: 'reducing_only',
    blocked: judge({}, { scope: { ...SCOPE, reducing: 'bot:trend-btc is reducing by operator: careful' } }),
    figure: { capType: 'state', current: 'reducing', limit: 'active' },
    passes: [judge(sale, { ...holding, scope: { ...SCOPE, reducing: 'company is reducing' } }), judge({}, {})],
  },
  {
    name: 'RSK-01 message_throttle: one more than so many a second',
    code: 'message_throttle',
    blocked: judge({}, throttle({ messages: 100 })),
    figure: { capType: 'throttle', current: '100', proposed: '101', limit: '100' },
    passes: [
      judge({}, throttle({ messages: 99 })),
      judge({}, throttle({ messages: 100 }), { messagesPerSecMax: null }),
      judge({}, { ...throttle({ messages: 100 }), isOperatorFlatten: true }),
    ],
  },
  {
    name: 'RSK-01 message_throttle: a reducing order beyond the rate waits too, one within it passes though the throttle has tripped',
    code: 'message_throttle',
    blocked: judge(sale, { ...holding, ...throttle({ messages: 100 }) }),
    figure: { current: '100' },
    passes: [judge(sale, { ...holding, ...latched('messages') })],
  },
  {
    name: 'RSK-01 message_throttle: once tripped it holds new risk until a named operator, though the limit be switched off',
    code: 'message_throttle',
    blocked: judge({}, latched('messages'), { messagesPerSecMax: null }),
    figure: { current: 'tripped', limit: 'armed' },
    passes: [judge({}, { ...latched('messages'), isOperatorFlatten: true })],
  },
  {
    name: 'RSK-01 execution_throttle: more orders on one side than so many in the window',
    code: 'execution_throttle',
    blocked: judge({}, throttle({ executions: 600 })),
    figure: { capType: 'throttle', current: '600', proposed: '601', limit: '600' },
    passes: [
      judge({}, throttle({ executions: 599 })),
      judge(sale, { ...holding, ...throttle({ executions: 600 }) }),
      judge({}, throttle({ executions: 600 }), { executionsMax: null }),
    ],
  },
  {
    name: 'RSK-01 execution_throttle: once tripped it holds new risk',
    code: 'execution_throttle',
    blocked: judge({}, latched('executions')),
    figure: { current: 'tripped' },
    passes: [judge(sale, { ...holding, ...latched('executions') })],
  },
  {
    name: 'VEN-05 region_disallowed: a future where the region allows none',
    code: 'region_disallowed',
    blocked: judge({}, { ...region({}), instrument: termed({ kind: 'future' }) }),
    figure: { current: 'US_CA', proposed: 'BTC-USD@kraken' },
    passes: [
      judge({}, { ...region({ supportsFutures: true }), instrument: termed({ kind: 'future' }) }),
      judge(sale, { ...holding, ...region({}), instrument: termed({ kind: 'future' }) }),
      judge({}, region({})),
    ],
  },
  {
    name: 'VEN-05 region_disallowed: an asset that is barred there',
    code: 'region_disallowed',
    blocked: judge({}, region({ barredAssets: ['XMR', 'BTC'] })),
    figure: { capType: 'instrument' },
    passes: [judge(sale, { ...holding, ...region({ barredAssets: ['BTC'] }) }), judge({}, region({ barredAssets: ['XMR'] }))],
  },
  {
    name: 'MKT-07 REQ-O1 outlier: a mid that jumped beyond six deviations of its minute',
    code: 'outlier',
    blocked: judge({}, guards({ jump: { sigmas: 6.1, bps: 150 } })),
    figure: { capType: 'data', current: '6.1', limit: '6' },
    passes: [
      judge({}, guards({ jump: { sigmas: 6, bps: 150 } })),
      judge({}, guards({ jump: { sigmas: Number.POSITIVE_INFINITY, bps: 99 } })),
      judge(sale, { ...holding, ...guards({ jump: { sigmas: 60, bps: 150 } }) }),
      judge({}, guards({ jump: { sigmas: 60, bps: 150 } }), { outlierSigmaMax: null }),
      judge({}, guards({ jump: null })),
    ],
  },
  {
    name: 'MKT-01 spread_max: bid and ask more than 100 bps of the mid apart',
    code: 'spread_max',
    blocked: judge({}, { quote: quoteOf('49749.9', '50250.1') }),
    figure: { capType: 'data', current: '500.2', limit: '500' },
    passes: [
      judge({}, { quote: quoteOf('49750', '50250') }),
      judge(sale, { ...holding, quote: quoteOf('49000', '51000') }),
      judge({}, { quote: quoteOf('49600', '50400') }, { spreadBpsMax: null }),
    ],
  },
  {
    name: 'RSK-13 liquidity_min: less traded in 24 hours than the least',
    code: 'liquidity_min',
    blocked: judge({}, guards({ volume24h: d('1.9999') })),
    figure: { capType: 'data', current: '99995', limit: '100000' },
    passes: [
      judge({}, guards({ volume24h: d('2') })),
      judge(sale, { ...holding, ...guards({ volume24h: d('0') }) }),
      judge({}, guards({ volume24h: d('0') }), { volume24hMin: null }),
      judge({}, guards({ volume24h: null })),
    ],
  },
  {
    name: 'EXE-03 duplicate_intent: an order that was sent before',
    code: 'duplicate_intent',
    blocked: judge({}, guards({ isRepeat: true })),
    figure: { capType: 'intent' },
    passes: [judge({}, guards({ isRepeat: true }), { duplicateWindowMs: null }), judge({}, {})],
  },
  {
    name: 'STR-02 conviction_min: an intent of too little conviction',
    code: 'conviction_min',
    blocked: judge({}, guards({ intent: INTENT }), { convictionMin: 0.51 }),
    figure: { capType: 'intent', proposed: '0.5', limit: '0.51' },
    passes: [
      judge({}, guards({ intent: INTENT }), { convictionMin: 0.5 }),
      judge(sale, { ...holding, ...guards({ intent: INTENT }) }, { convictionMin: 1 }),
      judge({}, guards({ intent: null }), { convictionMin: 1 }),
    ],
  },
  {
    name: 'RSK-13 post_only_required: a taker where only makers may enter',
    code: 'post_only_required',
    blocked: judge({}, {}, { postOnlyRequired: true }),
    figure: { capType: 'order', proposed: 'taker' },
    passes: [judge({ postOnly: true }, {}, { postOnlyRequired: true }), judge(sale, holding, { postOnlyRequired: true })],
  },
  {
    name: 'RSK-13 near_expiry: opening within the cutoff, down to the last moment and beyond it',
    code: 'near_expiry',
    blocked: judge({}, { instrument: termed({ expiresAtMs: NOW_MS + 25_000 }) }),
    figure: { capType: 'instrument', current: '25000', limit: '25000' },
    passes: [
      judge({}, { instrument: termed({ expiresAtMs: NOW_MS + 25_001 }) }),
      judge(sale, { ...holding, instrument: termed({ expiresAtMs: NOW_MS + 1 }) }),
      judge({}, { instrument: termed({ expiresAtMs: null }) }),
      judge({}, { instrument: termed({ expiresAtMs: NOW_MS }) }, { nearExpiryMs: null }),
    ],
  },
  {
    name: 'RSK-11 REQ-CD1 cooldown: an entry soon after a fill on the symbol',
    code: 'cooldown',
    blocked: judge({}, guards({ filledAtMs: NOW_MS - 59_999 }), { cooldownMs: 60_000 }),
    figure: { capType: 'instrument', current: '59999', limit: '60000' },
    passes: [
      judge({}, guards({ filledAtMs: NOW_MS - 60_000 }), { cooldownMs: 60_000 }),
      judge(sale, { ...holding, ...guards({ filledAtMs: NOW_MS }) }, { cooldownMs: 60_000 }),
      judge({}, guards({ filledAtMs: NOW_MS })),
      judge({}, guards({ filledAtMs: null }), { cooldownMs: 60_000 }),
    ],
  },
  {
    name: 'RSK-11 REQ-CD1 cooldown: longer after a stop-out than after a fill',
    code: 'cooldown',
    blocked: judge({}, guards({ filledAtMs: NOW_MS - 70_000, stoppedAtMs: NOW_MS - 70_000 }), {
      cooldownMs: 60_000,
      cooldownAfterStopMs: 120_000,
    }),
    figure: { current: '70000', limit: '120000' },
    passes: [
      judge({}, guards({ filledAtMs: NOW_MS - 120_000, stoppedAtMs: NOW_MS - 120_000 }), {
        cooldownMs: 60_000,
        cooldownAfterStopMs: 120_000,
      }),
    ],
  },
  {
    name: 'VEN-14 gas_max: a gas price above the chain’s limit',
    code: 'gas_max',
    blocked: judge({}, guards(gas('50.1', '9')), gasMax),
    figure: { capType: 'cost', current: '50.1', limit: '50' },
    passes: [
      judge({}, guards(gas('50', '2')), gasMax),
      judge({}, guards(gas('500', '20'))),
      judge(sale, { ...holding, ...guards(gas('500', '20')) }, gasMax),
      judge({}, guards({ gas: null }), gasMax),
    ],
  },
  {
    name: 'VEN-14 gas_max: a priority fee above it',
    code: 'gas_max',
    blocked: judge({}, guards(gas('10', '2.1')), gasMax),
    figure: { current: '2.1', limit: '2' },
    passes: [],
  },
  {
    name: 'VEN-14 cost_benefit: a transaction that costs what it earns',
    code: 'cost_benefit',
    blocked: judge({}, { guards: earning('3') }),
    figure: { capType: 'cost', proposed: '3', limit: '3' },
    passes: [
      judge({}, { guards: earning('3.01') }),
      judge({}, { guards: earning(null) }),
      judge({}, grounded({ expectedProfit: d('0.01') })),
      judge(sale, { ...holding, guards: earning('1') }),
    ],
  },
  {
    name: 'RSK-06 price_zone: a directional bet above 0.60',
    code: 'price_zone',
    blocked: token('0.6', grounded({ edge: { winProbability: 0.9, payoffRatio: 1 } })),
    figure: { capType: 'order', current: '4', proposed: '0.6', limit: '1 2 3 4 5' },
    passes: [
      token('0.6', grounded({ style: 'arbitrage' })),
      token('0.85', grounded({ style: 'marketMaking' })),
      token('0.7', { ...holding, positionOfBot: d('500') }, {}, { side: 'sell', quantity: d('200'), effect: 'reduce' }),
      judge({}, {}), // a spot pair has no zones
    ],
  },
  {
    name: 'RSK-06 price_zone: a bet from 0.40 to 0.60 without a proven edge',
    code: 'price_zone',
    blocked: token('0.599', grounded({ edge: { winProbability: 0.5, payoffRatio: 1 } })),
    figure: { current: '3' },
    passes: [token('0.4', grounded({ edge: { winProbability: 0.6, payoffRatio: 1 } })), token('0.399'), token('0.05'), token('0.2')],
  },
  {
    name: 'RSK-06 price_zone: below the zones nothing is entered',
    code: 'price_zone',
    blocked: token('0.049', grounded({ style: 'arbitrage' })),
    figure: { current: 'none', proposed: '0.049' },
    passes: [token('0.98', grounded({ style: 'arbitrage' }))],
  },
  {
    name: 'RSK-06 price_zone: above the zones nothing is entered',
    code: 'price_zone',
    blocked: token('0.981', grounded({ style: 'marketMaking' })),
    figure: { current: 'none' },
    passes: [],
  },
  {
    name: 'RSK-06 price_zone: a zone that the bot may not enter',
    code: 'price_zone',
    blocked: token('0.1', {}, { priceZones: [2, 3] }),
    figure: { current: '1', limit: '2 3' },
    passes: [token('0.3', {}, { priceZones: [2, 3] })],
  },
  {
    name: 'RSK-06 price_zone: no price of an outcome token, reducing or not',
    code: 'price_zone',
    blocked: token('0.995', holding, { spreadBpsMax: null }, { side: 'sell', quantity: d('1'), effect: 'close' }),
    figure: { current: null, proposed: '0.995', limit: null },
    passes: [],
  },
]

describe('gate: guards', () => {
  for (const { name, code, blocked, figure, passes } of CASES) {
    test(name, () => {
      expect(codeOf(blocked)).toBe(code)
      expect(figureOf(blocked, code)).toMatchObject({ outcome: 'block', ...figure })
      expect(figureOf(blocked, code).message?.length ?? 0).toBeGreaterThan(20)
      for (const passed of passes) expect(passed.figures.filter((row) => row.outcome === 'block' && row.check === code)).toEqual([])
    })
  }
})

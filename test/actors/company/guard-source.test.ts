import { expect, test } from 'bun:test'
import { GateMemory } from '#actors/company/gate-memory'
import { GuardSource } from '#actors/company/guard-source'
import { ThrottleBoard } from '#actors/company/throttle-board'
import { planDraft } from '#actors/desk/plan-draft'
import { MarketCache } from '#actors/market-cache'
import type { Portfolio } from '#actors/portfolio/portfolio'
import type { Decimal } from '#domain/decimal'
import { assetCode, instrumentId } from '#domain/ids'
import { intentFactsOf } from '#risk/guard-facts'
import type { HeldPosition } from '#risk/held'
import { ScopeEpochs } from '#risk/epoch'
import { DEFAULT_RISK_LIMITS } from '#risk/types'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { BOT, BTC, d, intentOf, KRAKEN, NOW_MS, OTHER_BOT, proposalOf, quoteOf, STRATEGY } from '#test/risk/fixtures'

/* In virtual time; books are what the rates and the equity say. */
const EUR = assetCode('EUR')
const BTC_EUR = { ...BTC, instrumentId: instrumentId('BTC-EUR@kraken'), quoteAsset: EUR }
const ASK = { isOperatorFlatten: false, isRetry: false, intent: null }

function rig() {
  const clock = new VirtualClock(NOW_MS)
  const journal = openMemoryJournal(new MemoryJournalDisk(false), clock)
  const memory = new GateMemory()
  journal.subscribe((entry) => memory.replay(entry))
  const market = new MarketCache(clock)
  for (const instrument of [BTC, BTC_EUR]) {
    market.putInstrument(instrument)
    const quote = { ...quoteOf('49999', '50001', NOW_MS), bidQuantity: d('1'), askQuantity: d('1'), venueAtMs: NOW_MS, volume24h: d('12') }
    market.onQuote({ ...quote, instrumentId: instrument.instrumentId })
  }
  const rates: Readonly<Record<string, Decimal>> = { USD: d('1'), EUR: d('1.1') }
  const books: Pick<Portfolio, 'equity' | 'rateOf'> = { equity: d('22000'), rateOf: (asset) => rates[asset] ?? null }
  const alerter = { raise: () => undefined }
  const limits = () => DEFAULT_RISK_LIMITS
  const source = new GuardSource({
    market,
    portfolio: books as Portfolio,
    memory,
    throttles: new ThrottleBoard({ clock, journal, alerter, epochs: new ScopeEpochs(), memory, limitsOf: limits }),
    limitsOf: limits,
    capitalOf: (bot) => (bot === BOT ? d('1100') : null),
    budgetOf: () => null,
    universe: { tierOf: () => null, admissionOf: () => null },
    regionOf: () => null,
    gasOf: () => null,
  })
  const intend = (over: Parameters<typeof intentOf>[0]) => {
    const proposal = proposalOf()
    const plan = {
      action: 'open',
      reason: 'planned',
      text: '',
      current: d('0'),
      target: d('1'),
      proposals: [proposal],
      cancels: [],
    } as const
    const intent = intentOf(over)
    journal.append(planDraft(intent, plan, false))
    const payload = { clientOrderId: proposal.clientOrderId, botId: intent.botId, instrumentId: intent.instrumentId }
    journal.append({ actor: 'risk', kind: 'verdict.passed', payload, correlationId: null, causationSeq: null })
  }
  return { source, intend, journal }
}

const position = (over: Partial<HeldPosition>): HeldPosition => ({
  instrumentId: BTC.instrumentId,
  venueId: KRAKEN,
  baseAsset: BTC.baseAsset,
  windowId: null,
  botId: BOT,
  strategyId: STRATEGY,
  netQuantity: d('1'),
  notional: d('50000'),
  ...over,
})

test('RSK-04 sizes are parts of equity and capital in the quote currency of the instrument', () => {
  const { source } = rig()
  expect(source.meansOf(BOT, BTC)).toEqual({ equity: d('22000'), capital: d('1100'), scale: d('1') })
  expect(source.meansOf(BOT, BTC_EUR)).toEqual({ equity: d('20000'), capital: d('1000'), scale: d('1') })
  expect(source.meansOf(OTHER_BOT, BTC).capital).toBe(d('0'))
})

test('RSK-04 positions lose what their own stops say, in account currency, and what is assumed without one', () => {
  const { source, intend } = rig()
  intend({ stopPrice: d('49000') })
  intend({ stopPrice: d('49000'), instrumentId: BTC_EUR.instrumentId })
  const positions = [
    position({}),
    position({ instrumentId: BTC_EUR.instrumentId, notional: d('55000') }),
    position({ botId: OTHER_BOT }),
    position({ botId: null, strategyId: null, notional: d('100') }),
    position({ instrumentId: instrumentId('XYZ-USD@gone'), notional: d('1000') }),
  ]
  const { risk } = source.factsOf(proposalOf(), ASK, positions, d('156100'))
  expect(risk.ofLine).toBe(d('1196')) // 50,000 − 49,000 × 0.996
  expect(risk.total).toBe(d('5066.6')) // 1,196 + 1,315.6 + 2,500 + 5 + 50
})

test('RSK-01 an order’s intent is the one at hand, else the newest of its line if it is that', () => {
  const { source, intend } = rig()
  intend({ stopPrice: d('49000') })
  const { intentId } = intentOf()
  const facts = (proposal: object, ask = ASK) => source.factsOf(proposalOf(proposal), ask, [], d('0')).intent
  expect(facts({ intentId })?.stopPrice as string).toBe('49000')
  expect(facts({})).toBeNull()
  const given = intentFactsOf(intentOf({ stopPrice: d('1') }))
  expect(facts({ intentId }, { ...ASK, intent: given } as never)).toBe(given)
})

test('EXE-03 an order is a repeat when it was sent before and is no retry', () => {
  const { source, journal } = rig()
  const proposal = proposalOf()
  const entry = { actor: 'x', kind: 'order.submitting', payload: { proposal: { ...proposal } }, correlationId: 'x', causationSeq: null }
  expect(source.factsOf(proposal, ASK, [], d('0'))).toMatchObject({ isRepeat: false, lastSent: null })
  journal.append(entry)
  expect(source.factsOf(proposal, ASK, [], d('0'))).toMatchObject({ isRepeat: true, lastSent: { clientOrderId: proposal.clientOrderId } })
  expect(source.factsOf(proposal, { ...ASK, isRetry: true }, [], d('0')).isRepeat).toBe(false)
  expect(source.factsOf(proposalOf(), ASK, [], d('0')).volume24h as string).toBe('12')
})

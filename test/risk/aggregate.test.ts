import { describe, expect, test } from 'bun:test'
import { botId, instrumentId, intentId, type StrategyId, strategyId } from '#domain/ids'
import type { Intent, IntentTarget } from '#domain/intent'
import { aggregate, type AggregateFacts, plainTerms, type StrategyTerms } from '#risk/aggregate'
import { SeededRandom } from '#sim/random'
import { d } from './fixtures'

const [ANT, BEE, CAT] = ['ant', 'bee', 'cat'].map((name) => strategyId(name)) as [StrategyId, StrategyId, StrategyId]

function wish(strategy: StrategyId, kind: Intent['kind'], conviction: number, target?: IntentTarget): Intent {
  const usual: Record<Intent['kind'], IntentTarget> = {
    enter: { kind: 'risk', direction: 'long' },
    increase: { kind: 'risk', direction: 'long' },
    exit: { kind: 'flat' },
    reduce: { kind: 'quantity', quantity: d('0.5') },
    hold: { kind: 'unchanged' },
  }
  return {
    intentId: intentId('one'),
    botId: botId('several'),
    strategyId: strategy,
    instrumentId: instrumentId('BTC-USD@kraken'),
    kind,
    target: target ?? usual[kind],
    stopPrice: null,
    takeProfitPrice: null,
    conviction,
    timeframe: '1m',
    decidedOnMs: 60_000,
    routing: null,
    metadata: { reason: 'a test' },
  }
}

function facts(over: Partial<AggregateFacts> & { readonly terms?: Partial<StrategyTerms> } = {}): AggregateFacts {
  const { terms, ...rest } = over
  return {
    policy: 'highestConviction',
    holder: null,
    termsOf: (id) => (id === strategyId('gone') ? null : { ...plainTerms(id, null), ...terms }),
    problemOf: () => null,
    entriesOf: () => 0,
    ...rest,
  }
}

const reasons = (result: ReturnType<typeof aggregate>) => result.dropped.map(({ intent, reason }) => `${intent.strategyId} ${reason}`)

describe('the highest conviction', () => {
  test('STR-05 wins, and the others are dropped with the reason', () => {
    const result = aggregate([wish(ANT, 'enter', 0.6), wish(CAT, 'enter', 0.9), wish(BEE, 'enter', 0.7)], facts())
    expect(result.chosen).toMatchObject({ strategyId: 'cat', conviction: 0.9 })
    expect([result.share, result.from]).toEqual([d('1'), [CAT]])
    expect(reasons(result)).toEqual(['bee lower_conviction', 'ant lower_conviction'])
    expect(result.dropped[0]?.text).toBe('cat is surer, with 0.9 over 0.7')
  })

  test('STR-05 equal convictions go by name, in whatever order they come', () => {
    const wishes = [wish(BEE, 'enter', 0.5), wish(ANT, 'enter', 0.5)]
    for (const order of [wishes, wishes.toReversed()]) expect(aggregate(order, facts()).chosen?.strategyId).toBe(ANT)
  })

  test('STR-02 a wish below the floor of its strategy is dropped, one at the floor is not', () => {
    const terms = { convictionMin: 0.6 }
    expect(reasons(aggregate([wish(ANT, 'enter', 0.59)], facts({ terms })))).toEqual(['ant conviction_floor'])
    expect(aggregate([wish(ANT, 'enter', 0.6)], facts({ terms })).chosen?.strategyId).toBe(ANT)
    expect(aggregate([wish(ANT, 'exit', 0.1)], facts({ terms, holder: ANT })).chosen?.kind).toBe('exit')
  })

  test('STR-02 a wish that breaks the bounds of the bot is dropped with what is wrong, and never one that lowers', () => {
    const problemOf = ({ kind }: Intent) => (kind === 'enter' ? 'it states no stop' : null)
    const result = aggregate([wish(ANT, 'enter', 1)], facts({ problemOf }))
    expect([result.chosen, result.dropped[0]?.text, reasons(result)]).toEqual([null, 'it states no stop', ['ant out_of_bounds']])
    expect(aggregate([wish(ANT, 'exit', 1)], facts({ problemOf: () => 'it states no stop', holder: ANT })).chosen?.kind).toBe('exit')
  })

  test('STR-04 entries beyond those of the cycle are dropped as strategy_cap, and the next in line is taken', () => {
    const terms = { entriesPerCycleMax: 2 }
    const entriesOf = (id: StrategyId) => (id === CAT ? 2 : 1)
    const result = aggregate([wish(CAT, 'enter', 0.9), wish(BEE, 'enter', 0.5)], facts({ terms, entriesOf }))
    expect(result.chosen?.strategyId).toBe(BEE)
    expect(reasons(result)).toEqual(['cat strategy_cap'])
    expect(result.dropped[0]?.text).toBe('it had its 2 entries of this cycle')
    // What lowers a position is no entry.
    expect(aggregate([wish(CAT, 'exit', 1)], facts({ terms, entriesOf, holder: CAT })).chosen?.kind).toBe('exit')
  })
})

describe('a position', () => {
  test('STR-05 is lowered by the strategy that holds it alone, before any entry', () => {
    const wishes = [wish(ANT, 'exit', 0.1), wish(BEE, 'exit', 1), wish(CAT, 'enter', 1)]
    const result = aggregate(wishes, facts({ holder: ANT }))
    expect(result.chosen).toMatchObject({ strategyId: 'ant', kind: 'exit' })
    expect(reasons(result).sort()).toEqual(['bee not_its_position', 'cat exit_first'])
  })

  test('STR-05 is added to by the strategy that holds it alone', () => {
    const result = aggregate([wish(ANT, 'increase', 0.1), wish(BEE, 'enter', 1)], facts({ holder: ANT }))
    expect(result.chosen).toMatchObject({ strategyId: 'ant', kind: 'increase' })
    expect(reasons(result)).toEqual(['bee held_by_other'])
  })

  test('STR-05 that nobody holds is not lowered', () => {
    const result = aggregate([wish(ANT, 'exit', 1)], facts())
    expect([result.chosen, reasons(result)]).toEqual([null, ['ant not_its_position']])
  })

  test('STR-05 of a strategy that the bot runs no more is anybody’s', () => {
    const holder = strategyId('gone')
    expect(aggregate([wish(BEE, 'exit', 0.4)], facts({ holder })).chosen).toMatchObject({ strategyId: 'bee', kind: 'exit' })
    expect(aggregate([wish(BEE, 'enter', 0.4)], facts({ holder })).chosen).toMatchObject({ strategyId: 'bee', kind: 'enter' })
    const disabled = facts({ holder: ANT, terms: { isEnabled: false } })
    expect(aggregate([wish(BEE, 'exit', 0.4)], disabled).chosen?.kind).toBe('exit')
  })

  test('STR-05 a hold shows only where nothing else is wanted, and never over another’s position', () => {
    expect(aggregate([wish(ANT, 'hold', 1), wish(BEE, 'enter', 0.2)], facts()).chosen?.kind).toBe('enter')
    expect(aggregate([wish(ANT, 'hold', 1)], facts()).chosen?.kind).toBe('hold')
    expect(aggregate([wish(ANT, 'hold', 1)], facts({ holder: BEE })).chosen).toBeNull()
    expect(aggregate([wish(ANT, 'hold', 1)], facts({ holder: BEE })).dropped).toEqual([])
  })
})

describe('aggregate and clamp', () => {
  const policy = 'aggregateAndClamp' as const

  test('STR-05 convictions of sizes left open add up, to one full position at most', () => {
    const weak = aggregate([wish(ANT, 'enter', 0.3), wish(BEE, 'enter', 0.4)], facts({ policy }))
    expect(weak).toMatchObject({ share: '0.7', from: ['bee', 'ant'], dropped: [] })
    expect(weak.chosen).toMatchObject({ strategyId: 'bee', metadata: { reason: 'a test', aggregatedFrom: 'bee, ant' } })
    expect(weak.chosen?.conviction).toBeCloseTo(0.7, 12)
    expect(aggregate([wish(ANT, 'enter', 0.8), wish(BEE, 'enter', 0.9)], facts({ policy })).share).toBe(d('1'))
    expect(aggregate([wish(ANT, 'enter', 0.8)], facts({ policy })).share).toBe(d('0.8'))
  })

  test('STR-05 stated sizes add up weighed, to the largest of them at most', () => {
    const of = (quantity: string): IntentTarget => ({ kind: 'quantity', quantity: d(quantity) })
    const sum = (...wishes: Intent[]) => aggregate(wishes, facts({ policy })).chosen?.target
    expect(sum(wish(ANT, 'enter', 0.5, of('2')), wish(BEE, 'enter', 0.4, of('1')))).toEqual(of('1.4'))
    expect(sum(wish(ANT, 'enter', 0.9, of('2')), wish(BEE, 'enter', 0.8, of('1')))).toEqual(of('2'))
    expect(sum(wish(ANT, 'enter', 0.5, of('-2')), wish(BEE, 'enter', 0.4, of('-1')))).toEqual(of('-1.4'))
  })

  test('STR-05 what cannot be added is dropped, and says so', () => {
    const notional: IntentTarget = { kind: 'notional', notional: d('100') }
    const result = aggregate([wish(ANT, 'enter', 0.5), wish(BEE, 'enter', 0.4, notional)], facts({ policy }))
    expect([result.chosen?.strategyId, result.share, reasons(result)]).toEqual([ANT, d('0.5'), ['bee lower_conviction']])
    expect(result.dropped[0]?.text).toContain('do not add up')
    const short = wish(BEE, 'enter', 0.4, { kind: 'risk', direction: 'short' })
    expect(reasons(aggregate([wish(ANT, 'enter', 0.5), short], facts({ policy })))).toEqual(['bee lower_conviction'])
  })
})

test('STR-05 whatever is wanted: at most one wish, each other is dropped once, and the order of the wishes does not matter', () => {
  const random = new SeededRandom('aggregate')
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T
  for (let round = 0; round < 2_000; round++) {
    const wishes = [ANT, BEE, CAT]
      .filter(() => random.next() < 0.8)
      .map((id) => wish(id, pick(['enter', 'increase', 'exit', 'reduce', 'hold'] as const), Math.round(random.next() * 10) / 10))
    const asked = facts({
      policy: pick(['highestConviction', 'aggregateAndClamp'] as const),
      holder: pick([null, ANT, BEE, strategyId('gone')]),
      terms: { convictionMin: pick([0, 0.4]), entriesPerCycleMax: pick([null, 1]) },
      entriesOf: (id) => (id === ANT ? 1 : 0),
    })
    const result = aggregate(wishes, asked)
    expect(aggregate(wishes.toReversed(), asked)).toEqual(result)
    const heard = [...result.dropped.map(({ intent }) => intent.strategyId), ...result.from]
    expect(new Set(heard).size).toBe(heard.length)
    const spoke = wishes.filter(({ kind }) => kind !== 'hold').map(({ strategyId: id }) => id)
    if (result.chosen?.kind !== 'hold') expect(heard.toSorted()).toEqual(spoke.toSorted())
    const isLowering = result.chosen?.kind === 'exit' || result.chosen?.kind === 'reduce'
    if (isLowering && asked.holder !== strategyId('gone')) expect(result.chosen?.strategyId).toBe(asked.holder as StrategyId)
  }
})

test('STR-05 a hundred strategies are brought to one in far less than 100 ms', () => {
  const wishes = Array.from({ length: 100 }, (_, index) => wish(strategyId(`s${index}`), 'enter', (index % 10) / 10))
  const startedNs = Bun.nanoseconds()
  for (let round = 0; round < 10; round++) aggregate(wishes, facts({ policy: 'aggregateAndClamp' }))
  expect((Bun.nanoseconds() - startedNs) / 10 / 1e6).toBeLessThan(50)
})

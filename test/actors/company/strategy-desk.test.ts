import { describe, expect, test } from 'bun:test'
import type { BotSpec } from '#actors/bots/bot-spec'
import { StrategyDesk } from '#actors/company/strategy-desk'
import { mustExist } from '#domain/errors'
import { instrumentId, type InstrumentId, type StrategyId, strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { JournalDraft } from '#ports/journal'
import { type AggregationPolicy, plainTerms } from '#risk/aggregate'
import { BOT, d, intentOf } from '#test/risk/fixtures'

const [ANT, BEE] = [strategyId('ant'), strategyId('bee')]
const [BTC, ETH, SOL] = ['BTC', 'ETH', 'SOL'].map((asset) => instrumentId(`${asset}-USD@kraken`)) as [
  InstrumentId,
  InstrumentId,
  InstrumentId,
]
const CYCLE_MS = 1_760_000_000_000

interface Setting {
  readonly aggregation?: AggregationPolicy | null
  readonly most?: number | null
  readonly holders?: Readonly<Record<string, StrategyId>>
  readonly excluded?: readonly InstrumentId[]
  readonly ordered?: readonly InstrumentId[]
  readonly bounds?: BotSpec['bounds']
}

function deskOf({ aggregation = 'highestConviction', most = null, holders = {}, excluded = [], ordered = [], bounds = null }: Setting) {
  const entries: JournalDraft[] = []
  const journal = { append: (entry: JournalDraft) => void entries.push(entry) } as unknown as ConstructorParameters<
    typeof StrategyDesk
  >[0]['journal']
  const quiet = () => undefined
  const desk = new StrategyDesk({
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet },
    journal,
    holderOf: (_, id) => holders[id] ?? null,
    admissionOf: (_, id) =>
      excluded.includes(id) ? { exclusion: { reason: 'volume_min', text: 'too little', current: null, limit: null } } : null,
    priceOf: () => d('100'),
    hasOrderedOn: (_, id, atMs) => atMs === CYCLE_MS && ordered.includes(id),
  })
  const members = [ANT, BEE].map((id) => plainTerms(id, most))
  const spec = { botId: BOT, instruments: [BTC, ETH, SOL], members, aggregation, bounds } as unknown as BotSpec
  const admit = (...intents: Intent[]) => desk.admit(spec, intents)
  return { desk, entries, admit, tally: (id: StrategyId) => desk.tallies.of(BOT, id) }
}

const wish = (id: StrategyId, conviction: number, over: Partial<Intent> = {}): Intent =>
  intentOf({ strategyId: id, conviction, instrumentId: BTC, decidedOnMs: CYCLE_MS, ...over })

describe('between strategies and desk', () => {
  test('STR-05 one wish goes on; what was dropped is journaled with the reason, and counted', () => {
    const { entries, admit, tally } = deskOf({})
    expect(admit(wish(ANT, 0.4), wish(BEE, 0.8)).map(({ intent }) => intent.strategyId)).toEqual([BEE])
    expect(entries).toHaveLength(1)
    expect(mustExist(entries[0], 'no entry')).toMatchObject({
      actor: `bot:${BOT}`,
      kind: 'strategies.aggregated',
      payload: {
        instrumentId: BTC,
        policy: 'highestConviction',
        chosen: { strategyId: 'bee', kind: 'enter', conviction: 0.8, share: '1' },
        dropped: [{ strategyId: 'ant', kind: 'enter', conviction: 0.4, risk_reason: 'lower_conviction' }],
      },
    })
    expect([tally(ANT).proposals, tally(BEE).proposals]).toEqual([1, 1])
    expect([...tally(ANT).dropped]).toEqual([['lower_conviction', 1]])
  })

  test('STR-05 nothing is journaled where one alone speaks, or keeps what it holds', () => {
    const { entries, admit, tally } = deskOf({})
    expect(admit(wish(ANT, 0.4))).toHaveLength(1)
    expect(admit(wish(ANT, 0.4, { kind: 'hold', target: { kind: 'unchanged' }, instrumentId: ETH }))).toHaveLength(1)
    expect([entries.length, tally(ANT).proposals]).toEqual([0, 1])
  })

  test('STR-04 entries are counted by decision cycle over all instruments', () => {
    const { admit, tally } = deskOf({ most: 2 })
    expect(admit(wish(ANT, 0.5))).toHaveLength(1)
    expect(admit(wish(ANT, 0.5, { instrumentId: ETH }))).toHaveLength(1)
    expect(admit(wish(ANT, 0.5, { instrumentId: SOL }))).toHaveLength(0)
    expect(admit(wish(BEE, 0.1, { instrumentId: SOL }))).toHaveLength(1)
    // The same instrument again is no further one, and a position may be left at any time.
    expect(admit(wish(ANT, 0.5, { instrumentId: ETH }))).toHaveLength(1)
    expect([...tally(ANT).dropped]).toEqual([['strategy_cap', 1]])
    // The next cycle begins anew, and a late bar of the last one still counts there.
    expect(admit(wish(ANT, 0.5, { instrumentId: SOL, decidedOnMs: CYCLE_MS + 60_000 }))).toHaveLength(1)
    expect(admit(wish(ANT, 0.5, { instrumentId: SOL }))).toHaveLength(0)
  })

  test('STR-04 a cycle that was cut by a restart goes on with what it led to', () => {
    const { admit } = deskOf({ most: 1, ordered: [BTC], holders: { [BTC]: ANT } })
    expect(admit(wish(ANT, 0.5, { instrumentId: ETH }))).toHaveLength(0)
    expect(admit(wish(BEE, 0.5, { instrumentId: ETH }))).toHaveLength(1)
  })

  test('STR-02 an entry whose stop is too far is dropped; one within the bounds goes on', () => {
    const { admit, tally } = deskOf({ bounds: { stop: { least: d('0.01'), most: d('0.05') }, target: null } })
    expect(admit(wish(ANT, 0.5, { stopPrice: d('90') }))).toHaveLength(0)
    expect(admit(wish(ANT, 0.5))).toHaveLength(0)
    expect(admit(wish(ANT, 0.5, { stopPrice: d('95') }))).toHaveLength(1)
    expect([...tally(ANT).dropped]).toEqual([['out_of_bounds', 2]])
  })

  test('STR-05 an aggregated size goes on with its share', () => {
    const { admit, entries } = deskOf({ aggregation: 'aggregateAndClamp' })
    const [admitted] = admit(wish(ANT, 0.2), wish(BEE, 0.3))
    expect([admitted?.share, admitted?.intent.strategyId]).toEqual([d('0.5'), BEE])
    expect(entries[0]?.payload).toMatchObject({ from: ['bee', 'ant'], dropped: [] })
  })

  test('MKT-01 what the universe keeps out is not proposed on, and may be left; one strategy or several', () => {
    for (const aggregation of [null, 'highestConviction'] as const) {
      const { admit, tally } = deskOf({ aggregation, excluded: [BTC], holders: { [BTC]: ANT } })
      expect(admit(wish(ANT, 0.9))).toHaveLength(0)
      expect(admit(wish(ANT, 0.9, { kind: 'exit', target: { kind: 'flat' } }))).toHaveLength(1)
      expect(admit(wish(ANT, 0.9, { instrumentId: ETH }))).toHaveLength(1)
      expect([...tally(ANT).dropped]).toEqual([['universe_excluded', 1]])
    }
  })
})

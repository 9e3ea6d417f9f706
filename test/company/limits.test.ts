// The whole company in virtual time against the emulator: what its limits stand at, and what an operator may do about throttles and scopes.
import { afterEach, describe, expect, test } from 'bun:test'
import type { TroupeConfig } from '#config/schema'
import { add, type Decimal, decimal, toNumber } from '#domain/decimal'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { LimitView } from '#ports/gate-control'
import { CHECK_NAMES } from '#risk/check-names'
import { place, priceAt, rest, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World, type WorldOptions } from './world'

let world: World
afterEach(() => world.close())

function ready(risk: Partial<TroupeConfig['risk']> = {}, over: WorldOptions = {}): World {
  world = new World({ ...over, config: (config) => ({ ...config, risk: { ...config.risk, ...risk } }) }).start().trading().run(10_000)
  return world
}

const limits = (botId: string | null = null): readonly LimitView[] => world.control.gate.limits(botId).limits

function limit(check: string, scope: string, botId: string | null = null): LimitView {
  const found = limits(botId).find((row) => row.check === check && row.scope === scope)
  if (found === undefined) throw new Error(`no ${check} of ${scope}`)
  return found
}

function became(target: string): string {
  const answer = wish(world, { target })
  world.until('it is worked', () => answer.result !== undefined, 30_000)
  world.run(3_000)
  const first = answer.result?.results[0]
  return first?.kind === 'blocked' ? first.code : (first?.kind ?? 'nothing')
}

const BTC = 'BTC-USD@kraken'

describe('what limits stand at', () => {
  test('RSK-01 RSK-02 every check is there, each with where its limit comes from', () => {
    ready()
    expect(new Set(limits().map(({ check }) => check))).toEqual(new Set(CHECK_NAMES))
    expect(limits().filter(({ source }) => source === '')).toEqual([])
    expect(limit('asset_max', 'asset:BTC')).toMatchObject({ source: 'default', basis: 'of equity', unit: 'USD', bots: ['tester'] })
    expect(limit('instrument_rules', `instrument:${BTC}`).source).toBe('venue')
    expect(limit('kill_switch', 'company').used).toBe('inactive')
    expect(world.control.gate.limits(null)).toMatchObject({ currency: 'USD', unknown: [], atMs: world.clock.now() })
  })

  test('RSK-02 RSK-03 what is filled and what works at worst add up to what is used, and to what the books say', () => {
    ready()
    place(world, { target: '0.01' })
    world.run(5_000)
    rest(world, '0.02')
    const { filled, working, used, headroom, limit: most, usedRatio } = limit('total_exposure_max', 'company')
    expect(filled).toBe(world.control.risk().exposures[0]?.current as string)
    expect(working).toBe(world.company.gate.book.total())
    expect(toNumber(working as Decimal)).toBeGreaterThan(0)
    expect(add(filled as Decimal, working as Decimal)).toBe(used as Decimal)
    expect(add(used as Decimal, headroom as Decimal)).toBe(most as Decimal)
    expect(usedRatio ?? 0).toBeCloseTo(Number(used) / Number(most), 12)
    expect(limit('daily_notional_max', 'day').filled).toBe(world.company.portfolio.tradedToday)
  })

  test('RSK-02 a full cap says so, and the gate blocks by it; an order of what is left passes', () => {
    ready({ instrumentNotionalMax: '500' })
    const before = limit('instrument_notional_max', `instrument:${BTC}`)
    expect(before).toMatchObject({ limit: '500', used: '0', headroom: '500', holds: null })
    const lots = Math.floor((500 / (toNumber(priceAt(world, 0)) * 1.01)) * 1e4) / 1e4
    place(world, { target: String(lots) })
    world.run(3_000)
    expect(toNumber(limit('instrument_notional_max', `instrument:${BTC}`).headroom as Decimal)).toBeLessThan(15)
    expect(became(String(lots + 0.005))).toBe('instrument_notional_max')
  })

  test('RSK-14 a bot with a policy of its own has rows of its own, with the policy as their source', () => {
    ready({}, { bots: [quietBot('tester'), quietBot('other')] })
    const { limits: book } = world.company
    const policies = { careful: { assetRatioMax: decimal('0.01') } }
    book.replace({ ...book.plan, policies, bots: { tester: 'careful' } })
    const rows = limits().filter(({ check, scope }) => check === 'asset_max' && scope === 'asset:BTC')
    expect(rows.map(({ configured, source, bots }) => [configured, source, bots])).toEqual([
      ['0.01', 'policy careful (bot tester)', ['tester']],
      ['0.05', 'default', ['other']],
    ])
    expect(limit('asset_max', 'asset:BTC', 'other').configured).toBe('0.05')
    expect(limits('other').every(({ bots }) => bots.join() === 'other')).toBe(true)
    expect(() => limits('nobody')).toThrow(NotFoundError)
  })

  test('RSK-12 what is bought by hand has its rows too, on an instrument that no bot trades', () => {
    ready({}, { bots: [quietBot('tester', 'ETH-USD@kraken')] })
    const answer = world.placeByHand({ pair: 'XBTUSD', side: 'buy', quantity: '0.03', price: '150000', postOnly: false })
    expect(answer).toContain('"error":[]')
    world.run(5_000)
    expect(limits().filter(({ check, scope }) => check === 'asset_max' && scope === 'asset:BTC')).toMatchObject([
      { bots: [], source: 'default' },
    ])
    expect(limit('open_positions_max', 'company')).toMatchObject({ filled: '1', used: '1' })
    expect(limits('tester').some(({ scope }) => scope === 'asset:BTC')).toBe(false)
  })
})

describe('throttles', () => {
  test('RSK-01 API-05 a tripped one shows in risk, limits and health until a named operator re-arms it', () => {
    ready({ executionsMax: 1, executionsWindowMs: 3_600_000 })
    expect(() => world.control.gate.rearmThrottle('tester', OPERATOR, '')).toThrow(CommandRefusedError)
    expect(became('0.005')).toBe('sent')
    expect(limit('execution_throttle', `bot:tester ${BTC}`)).toMatchObject({ used: '1', limit: '1', headroom: '0' })
    expect(became('0.006')).toBe('execution_throttle')
    expect(world.control.risk().throttles).toMatchObject([{ botId: 'tester', kind: 'executions' }])
    expect(limit('execution_throttle', `bot:tester ${BTC}`).holds).toContain('a named operator must re-arm it')
    expect(world.control.health().problems.join()).toContain('the throttle of tester tripped')
    expect(() => world.control.gate.rearmThrottle('nobody', OPERATOR, '')).toThrow(NotFoundError)
    world.control.gate.rearmThrottle('tester', OPERATOR, 'mended')
    world.run(1_000) // the journal writes in batches
    expect(world.control.risk().throttles).toEqual([])
    expect(world.entries('throttle.rearmed').map(({ payload }) => payload['operator'])).toEqual([OPERATOR.name])
    expect(world.entries('throttle.rearmAsked').map(({ payload }) => payload['reason'])).toEqual(['mended'])
    expect(became('0.006')).toBe('sent')
    expectReplayEqual(world)
  })
})

describe('reducing scopes', () => {
  test('RSK-01 API-05 an operator begins and ends one, of any kind; it shows, holds over a crash, and is audited', () => {
    ready()
    const scopes = [
      { kind: 'all' },
      { kind: 'venue', venueId: 'kraken' },
      { kind: 'market', instrumentId: BTC },
      { kind: 'strategy', strategyId: world.company.deps.bots[0]?.strategy.strategyId ?? '' },
      { kind: 'bot', botId: 'tester' },
    ] as const
    for (const scope of scopes) {
      world.control.gate.beginReducing(scope, OPERATOR, 'careful')
      expect(() => world.control.gate.beginReducing(scope, OPERATOR, '')).toThrow(CommandRefusedError)
      world.run(1_000)
      world.crash().start().trading().run(10_000)
      expect(world.control.risk().reducing).toMatchObject([{ source: 'operator', text: `careful (${OPERATOR.name})` }])
      expect(limit('reducing_only', `bot:tester ${BTC}`).holds).toContain('careful')
      expect(world.control.health()).toMatchObject({ status: 'DEGRADED' })
      expect(became('0.01')).toBe('reducing_only')
      world.control.gate.endReducing(scope, OPERATOR, '')
      expect(() => world.control.gate.endReducing(scope, OPERATOR, '')).toThrow(CommandRefusedError)
      expect(world.control.risk().reducing).toEqual([])
    }
    expect(became('0.01')).toBe('sent')
    expect(world.entries('reducing.beginAsked').length).toBe(scopes.length)
    expect(world.entries('reducing.endAsked').map(({ payload }) => payload['operator'])).toEqual(scopes.map(() => OPERATOR.name))
    expectReplayEqual(world)
  })

  test('API-05 names that nobody bears are refused', () => {
    ready()
    const { gate } = world.control
    for (const scope of [{ kind: 'bot', botId: 'nobody' } as const, { kind: 'market', instrumentId: 'X-USD@kraken' } as const])
      expect(() => gate.beginReducing(scope, OPERATOR, '')).toThrow(NotFoundError)
    expect(world.entries('reducing.beginAsked')).toEqual([])
  })
})

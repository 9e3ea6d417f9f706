import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { DAY_MS, utcDayOf } from '#domain/time'
import { bookedBalances, venueBalances } from '#sim/world/books'
import type { TroupeConfig } from '#config/schema'
import { expectAgreement } from './agree'
import { Observer } from './observer'
import { intentOf, place, priceAt, rest, wish } from './intents'
import { IS_LONG, seeds } from './profile'
import { expectRecomputed } from './recomputed'
import { expectReplayEqual } from './replayed'
import { atRest, check } from './rest'
import { busyBot, quietBot, World, type BotConfig } from './world'

/** A busy bot that asks so near the market that it trades all the time. */
function trader(id: string, instrument: string, over: Partial<BotConfig> = {}): BotConfig {
  const parameters = { stepMs: 2_000, awayBps: 0.5, notionalSmall: 120, notionalLarge: 260 }
  return busyBot(id, instrument, { cycleMs: 2_000, parameters, ...over })
}

const FOUR = [
  trader('btc', 'BTC-USD@kraken'),
  trader('eth', 'ETH-USD@kraken'),
  trader('sol', 'SOL-USD@kraken'),
  trader('xrp', 'XRP-USD@kraken'),
]

/** A bot that crosses the market each second: in and out. */
function churner(id: string, instrument: string): BotConfig {
  return { ...quietBot(id, instrument), cycleMs: 1_000, routing: { style: 'marketable', slippageBpsMax: 50, timeInForce: 'ioc' } }
}

const CHURNERS = [
  churner('btc', 'BTC-USD@kraken'),
  churner('eth', 'ETH-USD@kraken'),
  churner('sol', 'SOL-USD@kraken'),
  churner('xrp', 'XRP-USD@kraken'),
]
const SIZES: Readonly<Record<string, string>> = { btc: '0.00437', eth: '0.0713', sol: '1.31', xrp: '411.7' }

const LOOSE = (config: World['config']): World['config'] => ({
  ...config,
  risk: { ...config.risk, dailyNotionalMax: '100000000' },
  breakers: { ...config.breakers, consecutiveLosses: 1_000_000, dailyLossRatio: 0.9 },
})

describe('PFL-01 PFL-02 PFL-03 books against the emulator', () => {
  for (const seed of seeds(1, 10)) {
    test(`thousands of fills with fees and roundings: balances equal to the last digit, positions and entry prices from the emulator's own fills (${seed})`, () => {
      const world = new World({ seed: `books/${seed}`, bots: CHURNERS, config: LOOSE })
      const observer = new Observer(world)
      for (const { id } of CHURNERS) {
        let round = 0
        world.scripts.set(id, () => [
          intentOf(world, { bot: id, target: round++ % 2 === 0 ? (SIZES[id] ?? '0') : '0', id: `${id}:${world.clock.now()}` }),
        ])
      }
      world.start()
      observer.attach()
      world.trading().run(IS_LONG ? 4_800_000 : 900_000)
      const { fills } = world.account()
      expect(fills.length).toBeGreaterThan(IS_LONG ? 5_000 : 1_000)
      expect(world.company.synchroniser.hasDrift).toBe(false)
      atRest(world)
      expectAgreement(world, true)
      expectRecomputed(world)
      expectReplayEqual(world)
      expect(world.stop()).toEqual({ exitCode: 0, error: null })
      expectAgreement(world, true)
      const report = world.runtime.report()
      expect(report.fills).toBe(fills.length)
      expect(Object.fromEntries(report.cash.filter((row) => row.total !== '0').map((row) => [row.asset, String(row.total)]))).toEqual(
        venueBalances(world),
      )
      // What the venue rounded away is small change, and is booked as flow and not as profit.
      const rounding = world.entries('ledger.posted').filter((entry) => JSON.stringify(entry.payload).includes('rounding:'))
      for (const entry of rounding) {
        const { lines } = entry.payload['posting'] as { lines: readonly { amount: string; asset: string }[] }
        for (const line of lines) expect(Math.abs(Number(line.amount))).toBeLessThan(0.02)
      }
      expect(observer.findings()).toEqual([])
      world.close()
    }, 300_000)
  }

  test('PFL-06 Δequity is realised + unrealised + flows, fees inside realised', () => {
    const world = new World({ seed: 'equity', bots: FOUR, config: LOOSE }).start().trading().run(300_000)
    atRest(world)
    const { equity, realizedPnl, unrealizedPnl, flows } = world.control.portfolio()
    const sum = Number(realizedPnl) + Number(unrealizedPnl) + Number(flows)
    expect(Math.abs(Number(equity) - sum)).toBeLessThan(1e-6)
    world.close()
  })
})

describe('PFL-06 PFL-08 flows and drift', () => {
  function ready(config: (config: TroupeConfig) => TroupeConfig = (given) => given): World {
    return new World({ config }).start().trading().run(20_000)
  }

  test('a deposit and a withdrawal that nobody told of are cash flows of the treasury, not profit', () => {
    const world = ready()
    const before = world.company.portfolio.performance(null)
    world.emulator.deposit('main', 'USD', decimal('1234.5678'))
    world.run(2_000)
    world.emulator.withdraw('main', 'USD', decimal('34.5'))
    world.run(60_000)
    const after = world.company.portfolio.performance(null)
    expect(Number(after.flows) - Number(before.flows)).toBeCloseTo(1200.0678, 6)
    expect(after.realizedPnl).toBe(before.realizedPnl)
    expect(world.company.synchroniser.hasDrift).toBe(false)
    check(world)
    expect(bookedBalances(world)).toEqual(venueBalances(world))
    expectReplayEqual(world)
    world.close()
  })

  test('a deposit while we are away is brought in by the venue’s own ledger, once', () => {
    const world = ready()
    world.run(90_000).crash()
    world.emulator.deposit('main', 'USD', decimal('500'))
    world.run(60_000).start().trading().run(60_000)
    world.crash().start().trading().run(60_000)
    expect(world.company.synchroniser.hasDrift).toBe(false)
    expect(world.entries('ledger.posted').filter((entry) => JSON.stringify(entry.payload).includes('"deposit"')).length).toBe(1)
    expect(bookedBalances(world)).toEqual(venueBalances(world))
    world.close()
  })

  test('RSK-10 a balance that the books cannot explain sets the drift flag after two checks, bars new risk, and is lifted when it is gone', () => {
    const world = ready((config) => ({ ...config, breakers: { ...config.breakers, killSwitchOnDrift: false } }))
    world.emulator.faults.add({ kind: 'wrongBalance', id: 'wrong', asset: 'USD', delta: '-50' })
    world.until('the flag is set', () => world.company.synchroniser.hasDrift, 120_000)
    expect(world.alerts.find((alert) => alert.code === 'DRIFT')?.severity).toBe('CRITICAL')
    const entry = world.entries('drift.found')[0]
    expect(String(entry?.payload['text'])).toContain('USD')
    const answer = wish(world, { target: '0.01', price: priceAt(world, -30), postOnly: true })
    world.run(1_000)
    expect(answer.result?.results[0]).toMatchObject({ kind: 'blocked', code: 'drift' })
    expect(bookedBalances(world)).toEqual(venueBalances(world)) // the books did not follow
    world.emulator.faults.clear(['wrong'])
    world.until('the flag is gone', () => !world.company.synchroniser.hasDrift, 120_000)
    rest(world, '0.01')
    world.close()
  })

  test('a difference below the tolerance is no drift', () => {
    const world = ready()
    world.emulator.faults.add({ kind: 'wrongBalance', id: 'wrong', asset: 'USD', delta: '-0.4' })
    world.run(120_000)
    expect(world.company.synchroniser.hasDrift).toBe(false)
    world.emulator.faults.clear(['wrong'])
    world.run(60_000)
    check(world)
    expect(bookedBalances(world)).toEqual(venueBalances(world))
    world.close()
  })

  test('PFL-07 a journal of another life is folded once: what was booked before is not booked again, and old trades open no books twice', () => {
    const world = ready()
    const bought = place(world, { target: '0.02' })
    world.until('bought', () => world.statusOf(bought.clientOrderId) === 'FILLED', 10_000)
    for (let life = 0; life < 4; life++) world.run(3_000).crash().start().trading()
    atRest(world)
    expectAgreement(world, true)
    expect(world.entries().filter((entry) => entry.kind === 'order.filled' || entry.kind === 'fill.external').length).toBe(
      world.account().fills.length,
    )
    world.close()
  })

  test('PFL-07 after a restart the venue is asked only from the last agreement on: the high-water mark is in the journal', () => {
    const world = new World({ emulator: { stepMs: 15_000, tradeEveryMs: 15_000 } }).start().trading().run(20_000)
    const asked: number[] = []
    const before = world.onPassage
    world.onPassage = (passage) => {
      before(passage)
      const start = passage.path.endsWith('/TradesHistory') ? /(?:^|&)start=([\d.]+)/.exec(passage.text)?.[1] : undefined
      if (passage.direction === 'up' && start !== undefined) asked.push(Number(start) * 1_000)
    }
    const bought = place(world, { target: '0.02' })
    world.until('bought', () => world.statusOf(bought.clientOrderId) === 'FILLED', 30_000)
    world.run(900_000).crash()
    asked.length = 0
    world.run(1_000).start().trading()
    // The mark is written each minute, the balances are compared each half minute, and two minutes are asked for again.
    expect(asked.length).toBeGreaterThan(0)
    for (const sinceMs of asked) {
      expect(world.clock.now() - sinceMs).toBeGreaterThan(120_000)
      expect(world.clock.now() - sinceMs).toBeLessThan(240_000)
    }
    atRest(world)
    expectAgreement(world, true)
    world.close()
  }, 30_000)

  test('new books on an account with a past: recent trades are in the opening balances, and are not booked besides', () => {
    const world = ready()
    const bought = place(world, { target: '0.02' })
    world.until('bought', () => world.statusOf(bought.clientOrderId) === 'FILLED', 10_000)
    world.run(5_000).crash()
    const second = world.onNewDisk().start().trading()
    second.run(60_000)
    check(second)
    expect(bookedBalances(second)).toEqual(venueBalances(second))
    expect(second.entries('fill.external')).toEqual([])
    expect(second.company.synchroniser.hasDrift).toBe(false)
    second.close()
  })
})

describe('PAIN-16 days and zones', () => {
  test('the UTC day rolls at midnight UTC, whatever the zone of the process and across a change of summer time', () => {
    // 29 March 2026: Central European summer time begins at 01:00 UTC.
    const startMs = Date.UTC(2026, 2, 28, 23, 50)
    const world = new World({ startMs }).start().trading()
    const bought = place(world, { target: '0.02' })
    world.until('bought', () => world.statusOf(bought.clientOrderId) === 'FILLED', 10_000)
    const first = world.company.portfolio.tradedToday
    expect(Number(first)).toBeGreaterThan(1_000)
    world.clock.runUntil(Date.UTC(2026, 2, 29) - 1)
    expect(world.company.portfolio.tradedToday).toBe(first)
    world.clock.runUntil(Date.UTC(2026, 2, 29))
    expect(world.company.portfolio.tradedToday as string).toBe('0')
    expect(utcDayOf(world.clock.now())).toBe(Date.UTC(2026, 2, 29))
    world.run(2 * 3_600_000)
    expect(world.company.portfolio.tradedToday as string).toBe('0')
    world.crash().start().trading()
    expect(world.company.portfolio.tradedToday as string).toBe('0')
    expect(DAY_MS).toBe(86_400_000)
    world.close()
  }, 30_000)

  test('a session is the same in New York, Kolkata and on the Chathams: journal hash and all', () => {
    const hashes = new Set<string>()
    for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham']) {
      const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, `${import.meta.dir}/fixtures/zone.ts`], {
        env: { ...process.env, TZ: zone },
      })
      expect(exitCode, stderr.toString()).toBe(0)
      hashes.add(stdout.toString().trim())
    }
    expect([...hashes]).toEqual([expect.stringMatching(/^[0-9a-f]{64} [1-9]\d*$/)])
  }, 60_000)
})

describe('I11 the same seed', () => {
  test('gives the same journal hash, twice, for hours of four bots; another seed gives another', () => {
    const hours = IS_LONG ? 6 : 0.25
    const run = (seed: string) => {
      const world = new World({ seed, bots: FOUR, config: LOOSE })
        .start()
        .trading()
        .run(hours * 3_600_000)
      const hash = world.disk.disk.headHash
      world.close()
      return hash
    }
    const first = run('same')
    expect(run('same')).toBe(first)
    expect(run('other')).not.toBe(first)
  }, 300_000)
})

describe('PAIN-08 fifty bots', () => {
  test('are kept within the venue’s limits: none is locked out, and cancels go through at full load', () => {
    const names = ['BTC-USD@kraken', 'ETH-USD@kraken', 'SOL-USD@kraken', 'XRP-USD@kraken']
    const bots = Array.from({ length: 50 }, (_, index) =>
      busyBot(`bot-${index}`, names[index % 4], {
        cycleMs: 1_000,
        capital: '1500',
        parameters: { stepMs: 1_000, awayBps: 20 + index, notionalSmall: 30, notionalLarge: 45 },
      }),
    )
    const world = new World({ bots, config: LOOSE })
    const observer = new Observer(world)
    world.start()
    observer.attach()
    let refusedCancels = 0
    const before = world.onPassage
    world.onPassage = (passage) => {
      before(passage)
      const { direction, text } = passage
      if (direction === 'down' && text.includes('"method":"cancel') && text.includes('ate limit')) refusedCancels++
    }
    world.trading(180_000).run(180_000)
    expect(observer.submissions.size).toBeGreaterThan(300)
    const haltedAtMs = world.clock.now()
    world.control.commandCompany('halt', { name: 'test', address: '' }, 'drill')
    world.until('everything is cancelled', () => world.account().openOrders.length === 0, 10_000)
    expect(world.clock.now() - haltedAtMs).toBeLessThan(10_000)
    const { counters } = world.record()
    expect(counters).toMatchObject({ restRateLimit: 0, publicRateLimit: 0, invalidNonce: 0 })
    // Commands of one instant are weighed one by one and sent together: now and then one is refused for its number, and is repeated.
    expect(counters.engineRateLimit).toBeLessThan(observer.submissions.size / 50)
    expect(refusedCancels).toBe(0)
    expect(observer.findings()).toEqual([])
    world.run(30_000)
    expectAgreement(world)
    world.close()
  }, 120_000)
})

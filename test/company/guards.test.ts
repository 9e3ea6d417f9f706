import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { PlanResult } from '#actors/desk/desk'
import type { TroupeConfig } from '#config/schema'
import { type Decimal, decimal, multiply, toNumber } from '#domain/decimal'
import { botId, venueId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { Approved } from '#domain/order'
import type { Verdict } from '#domain/verdict'
import { intentBase } from '#strategies/decision'
import { done, intentOf, lineOf, place, priceAt, rest, wish, type Wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, type Script, World, type WorldOptions } from './world'

setDefaultTimeout(60_000)

/* The whole company over the emulator, in virtual time. */

const TESTER = botId('tester')
const KRAKEN = venueId('kraken')

function ready(risk: Partial<TroupeConfig['risk']> = {}, over: WorldOptions = {}): World {
  return new World({ ...over, config: (config) => ({ ...config, risk: { ...config.risk, ...risk } }) }).start().trading().run(10_000)
}

/** Works an intent and returns what became of it. */
function work(world: World, asked: Wish, over: Partial<Intent> = {}): string {
  const { spec } = world.company.bots.get(TESTER) ?? { spec: null }
  if (spec === null) throw new Error('no bot')
  let result: PlanResult | null | undefined
  const terms = {
    routing: { ...spec.routing, style: 'marketable' as const },
    sizing: spec.sizing,
    isOperatorFlatten: false,
    shouldPreview: false,
  }
  void world.company.desk.execute({ ...intentOf(world, asked), ...over }, terms).then((found) => {
    result = found
  })
  world.until('the intent is worked', () => result !== undefined, 30_000)
  const first = result?.results[0]
  return first?.kind === 'blocked' ? first.code : (first?.kind ?? result?.plan.reason ?? 'nothing')
}

/** Buys and waits for the fill, or sells all of it. */
function trade(world: World, target: string, over: Partial<Intent> = {}): string {
  const became = work(world, { target }, over)
  world.run(2_000)
  return became
}
const held = (world: World) => world.company.portfolio.positionOf(TESTER, lineOf(world, 'tester')) as string
const stopBelow = (world: World, ratio: string): { stopPrice: Decimal } => {
  const mid = world.company.market.mid(lineOf(world, 'tester'))
  return { stopPrice: multiply(mid ?? decimal('0'), decimal(ratio)) }
}

describe('RSK-01 the gate’s approval', () => {
  /** Puts a gate in the desk's hands that passes everything on with approvals which it did not mint. */
  function forge(world: World): void {
    const { gate } = world.company
    const [judge, reserveAmend] = [gate.judge.bind(gate), gate.reserveAmend.bind(gate)]
    const forged = (verdict: Verdict): Verdict =>
      verdict.kind === 'block' ? verdict : { ...verdict, approved: { ...verdict.approved, quantity: decimal('0.009') } }
    Object.assign(gate, {
      judge: (...asked: Parameters<typeof judge>) => forged(judge(...asked)),
      reserveAmend: (...asked: Parameters<typeof reserveAmend>) => forged(reserveAmend(...asked)),
    })
  }

  test('a forged one is not sent: the desk asks the gate, alerts, and nothing reaches the venue', () => {
    const world = ready()
    forge(world)
    expect(work(world, { target: '0.01' })).toBe('dropped')
    world.run(10_000)
    expect(world.alerts.map(({ code }) => code)).toContain('APPROVAL_FORGED')
    expect(Object.keys(world.record().clientIds.byId)).toEqual([])
    expect(world.entries('order.lapsed').length).toBe(1)
    expect(world.company.gate.book.all()).toEqual([])
    world.close()
  })

  test('an amend on a forged one is not sent, and the order stays as it was', () => {
    const world = ready()
    const order = rest(world, '0.01')
    forge(world)
    done(world, { target: '0.01', price: priceAt(world, -60), postOnly: true })
    world.run(10_000)
    expect(world.alerts.map(({ code }) => code)).toContain('APPROVAL_FORGED')
    expect(world.account().openOrders.map(({ clientId }) => clientId)).toEqual([order.clientOrderId])
    expect(world.company.orders.stateOf(order)).toBe('open')
    world.close()
  })

  test('a strategy that builds an order itself and reaches a venue fails: its bot alone, and nothing leaves', () => {
    const world = ready({}, { bots: [{ ...quietBot('tester'), parameters: { ...quietBot('tester').parameters, timeframes: ['1m'] } }] })
    const shape = rest(world, '0.01').proposal
    const rogue: Script = () => {
      void world.company.venueOf(KRAKEN).submit({ ...shape } as Approved, { deadlineAtMs: world.clock.now() + 5_000 })
      return []
    }
    world.scripts.set('tester', rogue)
    world.run(70_000)
    expect(
      world
        .entries('bot.transition')
        .map(({ payload }) => payload['error'])
        .join(),
    ).toContain('was not approved by the gate')
    expect(Object.keys(world.record().clientIds.byId).length).toBe(1)
    expect(world.company.director.state).toBe('TRADING')
    world.close()
  })
})

describe('RSK-01 throttles', () => {
  test('too many orders of one side trip a bot’s throttle; what reduces passes, a crash changes nothing, a named operator re-arms it', () => {
    const world = ready(
      { executionsMax: 2, executionsWindowMs: 3_600_000 },
      { bots: [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')] },
    )
    for (let round = 0; round < 2; round++) {
      expect(trade(world, '0.005')).toBe('sent')
      expect(trade(world, '0')).toBe('sent')
    }
    expect(trade(world, '0.005')).toBe('execution_throttle')
    expect(world.company.throttles.tripped().get('tester')).toMatchObject({ kind: 'executions' })
    expect(world.alerts.map(({ code }) => code)).toContain('THROTTLE_TRIPPED')
    expect(place(world, { bot: 'other', target: '0.01' }).proposal.botId as string).toBe('other')
    expectReplayEqual(world)
    world.crash().start().trading().run(10_000)
    expect(trade(world, '0.005')).toBe('execution_throttle')
    expect(world.entries('throttle.tripped').length).toBe(1)
    world.run(3_600_000)
    expect(trade(world, '0.005')).toBe('execution_throttle')
    world.company.throttles.rearm(TESTER, 'alice')
    expect(trade(world, '0.005')).toBe('sent')
    expect(world.entries('throttle.rearmed').map(({ payload }) => payload['operator'])).toEqual(['alice'])
    world.crash().start().trading().run(10_000)
    expect(world.company.throttles.tripped().size).toBe(0)
    expectReplayEqual(world)
    world.close()
  })

  test('a bot that holds a position when it trips may close it', () => {
    const world = ready({ executionsMax: 2, executionsWindowMs: 3_600_000 })
    expect(trade(world, '0.004')).toBe('sent')
    expect(trade(world, '0.005')).toBe('sent')
    expect(trade(world, '0.006')).toBe('execution_throttle')
    expect(trade(world, '0')).toBe('sent')
    expect(held(world)).toBe('0')
    world.close()
  })

  test('too many submissions and amends within a second trip it, and hold even what reduces for that second', () => {
    const world = ready({ messagesPerSecMax: 2 }, { bots: [quietBot('tester')] })
    expect(trade(world, '0.005')).toBe('sent')
    const answers = ['0.006', '0', '0.007', '0'].map((target) => {
      const answer = wish(world, { target })
      world.until('it is worked', () => answer.result !== undefined, 5_000)
      world.run(60)
      return answer.result?.results[0]
    })
    expect(answers.map((result) => (result?.kind === 'blocked' ? result.code : result?.kind))).toEqual([
      'sent',
      'sent',
      'message_throttle',
      undefined, // nothing is held any more
    ])
    expect(world.company.throttles.tripped().get('tester')).toMatchObject({ kind: 'messages' })
    world.run(2_000)
    expect(trade(world, '0.005')).toBe('message_throttle')
    world.close()
  })
})

describe('RSK-01 reducing', () => {
  test('a reducing scope takes only what lowers exposure, over a crash too, until its source lets go', () => {
    const world = ready()
    expect(trade(world, '0.01')).toBe('sent')
    world.company.reducing.begin({ kind: 'bot', botId: TESTER }, 'operator', 'careful')
    expect(trade(world, '0.02')).toBe('reducing_only')
    expect(trade(world, '0.005', { kind: 'enter' })).toBe('sent')
    expectReplayEqual(world)
    world.crash().start().trading().run(10_000)
    expect(trade(world, '0.02')).toBe('reducing_only')
    expect(trade(world, '0')).toBe('sent')
    world.company.reducing.end({ kind: 'bot', botId: TESTER }, 'operator', OPERATOR.name)
    expect(trade(world, '0.01')).toBe('sent')
    world.close()
  })

  test('a verdict on what adds risk lapses when its scope begins to reduce before the order is sent', () => {
    const world = ready()
    const answer = wish(world, { target: '0.01' })
    world.company.reducing.begin({ kind: 'company' }, 'operator', 'careful')
    world.until('it is worked', () => answer.result !== undefined, 5_000)
    expect(answer.result?.results.map(({ kind }) => kind)).toEqual(['dropped'])
    expect(world.account().openOrders.length).toBe(0)
    world.close()
  })
})

describe('RSK-11 cooldown', () => {
  test('an entry waits after a fill on the symbol, whichever bot’s, and longer after a stop-out; an exit never does', () => {
    const world = ready({ cooldownMs: 30_000, cooldownAfterStopMs: 300_000 }, { bots: [quietBot('tester'), quietBot('other')] })
    expect(trade(world, '0.005')).toBe('sent')
    expect(trade(world, '0.008')).toBe('cooldown')
    expect(done(world, { bot: 'other', target: '0.005' })?.results[0]).toMatchObject({ kind: 'blocked', code: 'cooldown' })
    expect(trade(world, '0')).toBe('sent')
    world.run(30_000)
    // The stop is the mid: what is sold at the bid is sold below it.
    expect(trade(world, '0.005', stopBelow(world, '1'))).toBe('sent')
    world.run(31_000)
    // Its stop closes it: an exit that waits for no cooldown either.
    world.until('the stop has closed the position', () => held(world) === '0', 3_600_000)
    world.run(60_000)
    expect(trade(world, '0.005')).toBe('cooldown')
    world.crash().start().trading().run(10_000)
    expect(trade(world, '0.005')).toBe('cooldown')
    world.run(300_000)
    expect(trade(world, '0.005')).toBe('sent')
    expectReplayEqual(world)
    world.close()
  })
})

describe('facts of the market', () => {
  test('RSK-13 liquidity is what the venue’s quotes say of the last 24 hours', () => {
    const world = ready({ volume24hMin: '1000000000000000' })
    expect(world.company.market.quote(lineOf(world, 'tester'))?.volume24h).toBeDefined()
    expect(trade(world, '0.005')).toBe('liquidity_min')
    world.close()
  })

  test('VEN-05 an asset that the region bars is not entered', () => {
    const world = new World({
      config: (config) => {
        const { kraken } = config.venues
        return { ...config, venues: { kraken: { ...kraken, region: { ...kraken.region, barredAssets: ['BTC'] } } } }
      },
    })
    world.start().trading().run(10_000)
    expect(trade(world, '0.005')).toBe('region_disallowed')
    world.close()
  })
})

describe('RSK-04 risk by the stop', () => {
  test('a position is cut to what it may lose at the stop of its intent, and held to it over a crash', () => {
    // Of an equity of some hundred thousands: the caps that are shares of it are out of the way.
    const world = ready({ riskPerTradeRatioMax: 0.0003, portfolioRiskRatioMax: 0.1 })
    const most = toNumber(world.company.portfolio.equity) * 0.0003
    expect(trade(world, '0.01', stopBelow(world, '0.9'))).toBe('sent')
    const quantity = toNumber(held(world) as Decimal)
    expect(quantity).toBeGreaterThan(0)
    expect(quantity).toBeLessThan(0.01)
    const mid = toNumber(world.company.market.mid(lineOf(world, 'tester')) ?? decimal('0'))
    expect(quantity * mid * 0.1).toBeLessThan(most)
    expect(quantity * mid * 0.115).toBeGreaterThan(most) // the fees of both ways are in it
    expect(trade(world, '0.01', stopBelow(world, '0.9'))).not.toBe('sent')
    world.crash().start().trading().run(10_000)
    expect(trade(world, '0.01', stopBelow(world, '0.9'))).not.toBe('sent')
    // The stop that rests at the venue holds the coins until it is canceled.
    expect(trade(world, '0')).toBe('awaiting_cancel')
    world.until('it is closed', () => held(world) === '0', 10_000)
    world.close()
  })

  test('an entry whose stop has been passed already is refused', () => {
    const world = ready()
    expect(trade(world, '0.005', stopBelow(world, '1.01'))).toBe('risk_per_trade')
    world.close()
  })

  test('a bot sizes by the average true range of its bars, warmed up for it', () => {
    const bot = quietBot('tester')
    const parameters = { ...bot.parameters, timeframes: ['1m'] }
    const sizing = { method: 'atr' as const, riskRatio: 0.0005, atrMultiple: 100, bars: 20 }
    const world = new World({ bots: [{ ...bot, parameters, sizing }] })
    world.scripts.set('tester', (context) => [
      {
        ...intentBase(context),
        strategyId: 'trend-following' as never,
        kind: 'enter',
        target: { kind: 'risk', direction: 'long' },
        stopPrice: null,
        takeProfitPrice: null,
        conviction: 1,
        routing: null,
        metadata: {},
      },
    ])
    world.start().trading().run(70_000)
    const [plan] = world.entries('plan.made')
    const intent = plan?.payload['intent'] as { averageTrueRange?: number } | undefined
    const range = intent?.averageTrueRange ?? 0
    expect(range).toBeGreaterThan(0)
    const submitted = world.entries('order.submitting')[0]?.payload['proposal'] as { quantity: Decimal; limitPrice: Decimal } | undefined
    if (submitted === undefined) throw new Error('nothing was submitted')
    const [price, fee] = [toNumber(submitted.limitPrice), 0.004]
    const loss = price * (1 + fee) - (price - 100 * range) * (1 - fee)
    const wanted = (toNumber(world.company.portfolio.equity) * 0.0005) / loss
    expect(Math.abs(toNumber(submitted.quantity) / wanted - 1)).toBeLessThan(0.02)
    world.close()
  })
})

describe('RSK-12 manual positions', () => {
  /** A stranger trades on our account, by hand and at once. */
  function withStranger(risk: Partial<TroupeConfig['risk']>): World {
    const world = ready({ totalAtRiskRatioMax: 0.001, positionRatioMax: 0.001, assetRatioMax: 1, ...risk })
    world.placeAsStranger('0.05', String(Math.round(toNumber(priceAt(world, 50)))), false)
    world.run(60_000)
    const positions = world.control.positions().map(({ botId: bot, netQuantity }) => `${bot} ${netQuantity}`)
    expect(positions.join()).toContain('0.05')
    return world
  }

  test('count in budgets by default', () => {
    const world = withStranger({})
    expect(trade(world, '0.001')).toBe('total_at_risk')
    world.close()
  })

  test('are left out of budgets where configured, and the monitors agree', () => {
    const world = withStranger({ manualPositions: 'ignore' })
    expect(trade(world, '0.001')).toBe('sent')
    expect(world.life.runtime.monitors.breaches).toEqual([])
    world.close()
  })

  test('are seen by hard caps all the same', () => {
    const world = withStranger({ manualPositions: 'ignore', assetRatioMax: 0.001 })
    expect(trade(world, '0.001')).toBe('asset_max')
    world.close()
  })
})

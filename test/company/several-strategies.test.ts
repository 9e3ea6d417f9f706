// In virtual time, against the Kraken emulator.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { add, decimal, isZero, ZERO } from '#domain/decimal'
import { botId, instrumentId, strategyId } from '#domain/ids'
import type { TroupeConfig } from '#config/schema'
import { expectAgreement } from './agree'
import { expectReplayEqual } from './replayed'
import { type Life, World as WholeWorld } from '#sim/world/world'
import { loadConfig } from '#config/load'
import { type BotConfig, quietBot, World } from './world'

setDefaultTimeout(60_000)

const BTC = instrumentId('BTC-USD@kraken')
const BOT = botId('several')
const NO_BUDGET = { atRiskRatioMax: null, allocationRatio: null, tradesPerCycleMax: null }

function severalBot(
  budget: Partial<typeof NO_BUDGET> | { readonly atRiskRatioMax: number } = {},
  over: Partial<BotConfig> = {},
): BotConfig {
  const member = { enabled: true, convictionMin: 0, budget: NO_BUDGET }
  return {
    ...quietBot('several'),
    routing: { style: 'marketable', slippageBpsMax: 50, timeInForce: 'ioc' },
    strategy: null,
    parameters: {},
    strategies: [
      { ...member, strategy: 'bollinger-reversion', parameters: { timeframe: '1m', period: 5, deviations: 1 } },
      {
        ...member,
        strategy: 'trend-following',
        parameters: { timeframes: ['1m'], fastPeriod: 2, slowPeriod: 4, atrPeriod: 2, minConfidence: 0 },
        budget: { ...NO_BUDGET, ...budget },
      },
      { ...member, strategy: 'rsi-reversion', parameters: { timeframe: '1m' }, enabled: false },
    ],
    ...over,
  }
}

const wide = (config: TroupeConfig): TroupeConfig => ({ ...config, risk: { ...config.risk, riskPerTradeRatioMax: null } })

test('STR-03 STR-05 several strategies share a bot: one wish at a time, each booked to its own', () => {
  const world = new World({ bots: [severalBot()], config: wide }).start().trading()
  world.run(90 * 60_000)
  const [bot] = world.control.bots()
  const strategies = bot?.strategies ?? []
  expect(strategies.map((one) => [one.strategyId, one.enabled])).toEqual([
    ['bollinger-reversion', true],
    ['rsi-reversion', false],
    ['trend-following', true],
  ])
  const [bands, rsi, trend] = strategies
  for (const one of [bands, trend]) {
    expect(one?.proposals).toBeGreaterThan(5)
    expect(one?.approved).toBeGreaterThan(0)
  }
  expect(rsi).toMatchObject({ proposals: 0, approved: 0, dropped: {}, trades: 0 })
  const told = world.entries('strategies.aggregated')
  expect(told.length).toBeGreaterThan(5)
  expect(Object.keys({ ...bands?.dropped, ...trend?.dropped })).toContain('held_by_other')

  // Every order bears the strategy whose intent won, and what they earned adds up to what the bot did.
  const chosen = new Map(told.map(({ payload }) => [payload['decidedOnMs'], payload['chosen']]))
  for (const { proposal } of world.company.orders.ended()) {
    expect(['bollinger-reversion', 'trend-following']).toContain(proposal.strategyId)
    const winner = chosen.get(Number(proposal.intentId.split(':').at(-1))) as { readonly strategyId: string } | null | undefined
    if (winner !== undefined && winner !== null) expect(winner.strategyId).toBe(proposal.strategyId)
  }
  const sum = strategies.reduce((total, { realizedPnl }) => add(total, decimal(realizedPnl)), ZERO)
  expect(sum).toBe(decimal(bot?.realizedPnl ?? '0'))
  expect(strategies.reduce((count, { trades }) => count + trades, 0)).toBe(bot?.fills ?? -1)
  expect(world.runtime.monitors.breaches).toEqual([])
  expectReplayEqual(world)
  expectAgreement(world)
  world.close()
})

test('EXE-12 STR-05 crashes leave several strategies with one position each line, and with their owners', () => {
  const world = new World({ bots: [severalBot()], config: wide }).start().trading()
  for (let life = 0; life < 3; life++) {
    world.run(15 * 60_000 + 7_000)
    world.crash()
    world.start().trading()
  }
  world.run(15 * 60_000)
  for (const { strategyId: id } of world.company.portfolio.netPositions())
    expect(['bollinger-reversion', 'trend-following']).toContain(String(id))
  expect(world.company.orders.ended().length).toBeGreaterThan(2)
  expect(world.runtime.monitors.breaches).toEqual([])
  expectReplayEqual(world)
  expectAgreement(world)
  world.close()
})

test('STR-03 a strategy that is not enabled is told of once a start, and never asked', () => {
  const said: unknown[] = []
  const config = wide({ ...loadConfig({ configDir: 'config', file: null, options: {} }), bots: [severalBot()] })
  const onLife = ({ runtime }: Life) =>
    Object.assign(runtime.company.deps.log, {
      info: (message: string, details: unknown) => void (message === 'skipped (disabled)' && said.push(details)),
    })
  const world = new WholeWorld({ seed: 'skipped', config, onLife }).start().trading()
  world.run(10 * 60_000)
  expect(said).toEqual([{ botId: BOT, strategyId: strategyId('rsi-reversion') }])
  const rsi = world.control.bots()[0]?.strategies.find((one) => one.strategyId === 'rsi-reversion')
  expect(rsi).toMatchObject({ enabled: false, proposals: 0 })
  world.emulator.stop()
})

test('STR-04 a budget of nothing blocks one strategy as strategy_cap and leaves the other alone', () => {
  const world = new World({ bots: [severalBot({ atRiskRatioMax: 0 })], config: wide }).start().trading()
  world.run(30 * 60_000)
  const [bands, , trend] = world.control.bots()[0]?.strategies ?? []
  expect(trend?.blocked['strategy_cap']).toBeGreaterThan(0)
  expect([trend?.approved, trend?.trades]).toEqual([0, 0])
  expect(bands?.approved).toBeGreaterThan(1)
  expect(bands?.blocked['strategy_cap']).toBeUndefined()
  const limits = world.control.gate.limits('several').limits.filter(({ check }) => check === 'strategy_cap')
  expect(limits.find(({ scope }) => scope === 'bot:several strategy:trend-following')).toMatchObject({
    configured: '0 of equity',
    limit: '0',
  })
  expect(world.runtime.monitors.breaches).toEqual([])
  world.close()
})

test('EXE-13 STR-05 what closes a position for other reasons is booked to the strategy that holds it', () => {
  const protection = {
    stopLossRatio: 0.02,
    takeProfitRatio: null,
    trailingRatio: null,
    collarBps: 25,
    escalateAfterMs: 5_000,
    retryMs: 250,
    native: false,
  }
  const world = new World({ bots: [severalBot({}, { protection })], config: wide }).start().trading().run(10_000)
  const held = () => world.company.portfolio.positionOf(BOT, BTC)
  world.until('one of them holds something', () => !isZero(held()), 1_800_000, 100)
  const holder = world.company.portfolio.strategyOf(BOT, BTC)
  world.until('it is protected', () => world.company.protections.find(BOT, BTC)?.state === 'HOLDING', 1_000)
  world.emulator.shiftPrice('BTC/USD', 0.97)
  world.until('the stop has closed it', () => isZero(held()), 30_000)
  const closing = [...world.company.orders.ended()].filter(({ proposal }) => proposal.intentId.includes(':protect:'))
  expect(closing.length).toBeGreaterThan(0)
  expect(['bollinger-reversion', 'trend-following']).toContain(holder as string)
  for (const { proposal } of closing) expect(proposal.strategyId).toBe(holder as typeof proposal.strategyId)
  expect(world.control.bots()[0]?.strategies.find((one) => one.strategyId === holder)?.trades).toBeGreaterThanOrEqual(2)
  expect(world.runtime.monitors.breaches).toEqual([])
  world.close()
})

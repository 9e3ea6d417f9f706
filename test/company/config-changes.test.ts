import { describe, expect, test } from 'bun:test'
import type { TroupeConfig } from '#config/schema'
import { AppError, mustExist } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import { venueId } from '#domain/ids'
import { done, priceAt, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

// Virtual time; the company trades at the emulated venue behind the in-memory network.

const WHY = { reason: 'volatile week', isConfirmed: false }
const KRAKEN = venueId('kraken')

function ready(config?: (config: TroupeConfig) => TroupeConfig): World {
  const emulator = { stepMs: 15_000, tradeEveryMs: 15_000 }
  const bots = [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')]
  return new World({ bots, emulator, ...(config === undefined ? {} : { config }) }).start().trading().run(2_000)
}

const change = (world: World, patch: JsonObject, ask = WHY) => world.control.riskConfig.change(patch, ask, OPERATOR)
const limitsOf = (world: World, bot = 'tester') => {
  const host = mustExist(world.company.botOf(bot), bot)
  return world.company.limits.effective(host.spec.botId, KRAKEN)
}
const changed = (world: World) => world.disk.entries().filter(({ kind }) => kind === 'config.changed')

/** What is thrown; a test fails when nothing is. */
function refusalOf(act: () => unknown): AppError {
  try {
    act()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** Ends the life and begins the next on the same disk. */
function again(world: World, how: 'stop' | 'crash', config: TroupeConfig = world.config): void {
  if (how === 'stop') world.stop()
  else world.crash()
  Object.assign(world, { config })
  world.start()
}

describe('RSK-14 a change of limits while the company runs', () => {
  test('RSK-14 is in the journal with who and why, holds from the next verdict on, and tells where a limit comes from', () => {
    const world = ready()
    const before = done(world, { target: '0.005', price: priceAt(world, -40), postOnly: true })
    expect(before?.results[0]?.kind).toBe('sent')
    const made = change(world, { risk: { positionRatioMax: 0.0001, assetRatioMax: 0.04 } })
    expect(made).toMatchObject({
      version: 1,
      operator: OPERATOR.name,
      origin: OPERATOR.address,
      reason: 'volatile week',
      rollbackTo: null,
      loosened: [],
      changes: [
        { path: 'risk.positionRatioMax', from: 0.05, to: 0.0001 },
        { path: 'risk.assetRatioMax', from: 0.05, to: 0.04 },
      ],
    })
    expect(limitsOf(world).limits.positionRatioMax).toBe('0.0001' as never)
    expect(limitsOf(world).sources).toMatchObject({ positionRatioMax: 'change 1', totalAtRiskRatioMax: 'default' })
    const after = done(world, { target: '0.02', price: priceAt(world, -60), postOnly: true })
    expect(after?.results.map(({ kind }) => kind)).toEqual(['blocked'])
    expect(changed(world)).toHaveLength(1)
    expect(changed(world)[0]).toMatchObject({
      actor: 'operator',
      payload: { version: 1, operator: OPERATOR.name, address: OPERATOR.address, reason: 'volatile week' },
    })
    expect(world.life.runtime.monitors.breaches).toEqual([])
    world.close()
  })

  test('RSK-14 that fails leaves what was in force, journals nothing, and says key, value and rule', () => {
    const world = ready()
    const limits = limitsOf(world)
    const cases: readonly (readonly [JsonObject, string])[] = [
      [{ risk: { positionRatioMax: 0.5 } }, 'risk.positionRatioMax = 0.5: must not exceed risk.totalAtRiskRatioMax, which is 0.15'],
      [{ risk: { positionRatioMax: -0.1 } }, 'risk.positionRatioMax = -0.1: must not be negative'],
      [{ risk: { totalAtRiskRatioMax: 1.5 } }, 'risk.totalAtRiskRatioMax = 1.5: must not be over 1 (100 %)'],
      [{ risk: { positionRatioMx: 0.1 } }, 'unknown key "risk.positionRatioMx"'],
      [
        { risk: { orderNotionalMax: '100', cancelAllCommand: false } },
        'risk.cancelAllCommand = false: cannot change while the company runs',
      ],
      [
        { breakers: { stalenessCoolDownMs: 1 } },
        'a breaker under way keeps its cool-down; change it in the configuration file and restart',
      ],
      [{ desk: { retryMax: 1 } }, 'desk.retryMax = 1: cannot change while the company runs, only risk, policies, breakers'],
      [{ bots: { nobody: { policy: 'careful' } } }, 'there is no bot "nobody"; there are tester, other'],
      [{ bots: { tester: { capital: '1' } } }, 'only bots.tester.policy can'],
      [{ bots: { tester: { policy: 'careful' } } }, 'bots.tester.policy = "careful": there is no such policy'],
      [JSON.parse('{"risk":{"__proto__":{"x":1}}}'), 'names have letters, digits and dashes'],
      [{ risk: { positionRatioMax: 0.05 } }, 'nothing would change'],
      [{ risk: {} }, 'there is nothing to change'],
    ]
    for (const [patch, text] of cases) {
      const { code, message } = refusalOf(() => change(world, patch))
      expect([code, message]).toEqual(['REQUEST_INVALID', expect.stringContaining(text)])
    }
    expect(refusalOf(() => change(world, { risk: { openPositionsMax: 3 } }, { ...WHY, reason: ' ' })).message).toContain('needs a reason')
    expect(limitsOf(world)).toBe(limits)
    world.run(1_000)
    expect(changed(world)).toEqual([])
    world.close()
  })

  test('RSK-14 between verdict and send makes the verdict lapse: the order is not sent, whether limits got tighter or not', () => {
    for (const isTight of [true, false]) {
      const world = ready()
      const left: string[] = []
      world.onPassage = ({ direction, text }) => {
        if (direction === 'up' && text.includes('add_order')) left.push(text)
      }
      const end = world.life.journal.subscribe(({ kind }) => {
        if (kind !== 'verdict.passed') return
        end()
        change(world, { risk: isTight ? { positionRatioMax: 0.0001 } : { openPositionsMax: 9 } })
      })
      const answer = wish(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
      world.run(2_000)
      expect(left).toEqual([])
      expect(answer.result?.results[0]?.kind ?? 'dropped').toBe('dropped')
      expect(world.company.gate.book.all()).toEqual([])
      expect(world.life.runtime.monitors.breaches).toEqual([])
      world.close()
    }
  })

  test('RSK-14 outlives an orderly stop, a crash, and the fold of the journal alone; a roll back is a change of its own', () => {
    for (const how of ['stop', 'crash'] as const) {
      const world = ready()
      change(world, { risk: { orderNotionalMax: '900' }, policies: { careful: { orderNotionalMax: '300' } } })
      change(world, { bots: { tester: { policy: 'careful' } } })
      world.run(2_000)
      again(world, how)
      world.trading().run(1_000)
      expect([limitsOf(world).limits.orderNotionalMax, limitsOf(world, 'other').limits.orderNotionalMax] as string[]).toEqual([
        '300',
        '900',
      ])
      expect(limitsOf(world).sources.orderNotionalMax).toBe('policy careful (bot tester)')
      expect(limitsOf(world, 'other').sources.orderNotionalMax).toBe('change 1')
      expectReplayEqual(world)
      const back = world.control.riskConfig.rollBack(1, { reason: 'calm again', isConfirmed: false }, OPERATOR)
      expect(back).toMatchObject({
        version: 3,
        rollbackTo: 1,
        reason: 'calm again',
        changes: [{ path: 'bots.tester.policy', from: 'careful', to: null }],
        loosened: ['orderNotionalMax of tester on kraken'],
      })
      expect(limitsOf(world).limits.orderNotionalMax as string).toBe('900')
      world.control.riskConfig.rollBack(0, WHY, OPERATOR)
      expect(limitsOf(world).limits.orderNotionalMax as string).toBe('2000')
      expect(limitsOf(world).sources.orderNotionalMax).toBe('default')
      const history = world.control.riskConfig.history()
      expect(history.map(({ version, rollbackTo }) => [version, rollbackTo])).toEqual([
        [4, 0],
        [3, 1],
        [2, null],
        [1, null],
      ])
      expect(refusalOf(() => world.control.riskConfig.rollBack(9, WHY, OPERATOR))).toMatchObject({ code: 'NOT_FOUND' })
      expect(world.control.riskConfig.read()).toMatchObject({ version: 4, overlay: [] })
      world.close()
    }
  })

  test('RSK-14 a configuration that was edited against it refuses the start with both named; written alike it starts', () => {
    const world = ready()
    change(world, { risk: { orderNotionalMax: '900' } })
    world.run(2_000)
    const original = world.config
    const withMax = (orderNotionalMax: string): TroupeConfig => ({ ...original, risk: { ...original.risk, orderNotionalMax } })
    const edited = refusalOf(() => again(world, 'stop', withMax('1500')))
    expect([edited.code, edited.message]).toEqual([
      'CONFIG_INVALID',
      expect.stringContaining('risk.orderNotionalMax is "1500" in the configuration, where it was "2000" when change 1 made it "900"'),
    ])
    const narrow = { ...original, risk: { ...original.risk, orderNotionalMin: '950' } }
    Object.assign(world, { config: narrow })
    const contradicted = refusalOf(() => world.start())
    expect(contradicted.message).toContain('risk.orderNotionalMin = "950": must not exceed risk.orderNotionalMax, which is 900')
    expect(contradicted.message).toContain('change 1 made risk.orderNotionalMax = "900"')
    Object.assign(world, { config: withMax('900') })
    world.start().trading()
    expect(limitsOf(world).limits.orderNotionalMax as string).toBe('900')
    world.close()
  })

  test('RSK-14 thresholds of breakers change too, those of the gate that are the same with them', () => {
    const world = ready()
    const threshold = () => world.control.risk().breakers.find(({ kind }) => kind === 'dailyLoss')?.threshold
    expect(threshold()).toBe('0.05')
    change(world, { breakers: { dailyLossRatio: 0.03, quoteStaleMs: 500 } })
    expect(threshold()).toBe('0.03')
    expect(limitsOf(world).limits.quoteAgeMsMax).toBe(500)
    expect(world.control.config()).toMatchObject({ breakers: { dailyLossRatio: 0.03, quoteStaleMs: 500 } })
    world.run(3_000)
    const trips = world.disk.entries().filter(({ kind, payload }) => kind === 'breaker.transition' && payload['to'] === 'TRIPPED')
    expect(trips.map(({ correlationId }) => correlationId)).toContain('staleness:BTC-USD@kraken')
    world.close()
  })
})

describe('RSK-14 a threshold that is passed already', () => {
  test('RSK-14 trips with the change, and not at the next figure', () => {
    const world = ready()
    const state = () => world.control.risk().breakers.find(({ kind }) => kind === 'errorRate')?.state
    for (let count = 0; count < 3; count++)
      world.company.alerter.raise({ severity: 'CRITICAL', code: 'TEST', text: `error ${count}`, details: {} })
    world.run(100)
    expect(state()).toBe('ARMED')
    change(world, { breakers: { criticalErrors: 3 } })
    world.run(1)
    expect([state(), world.company.director.state]).toEqual(['TRIPPED', 'HALTED'])
    world.close()
  })
})

describe('RSK-14 policies', () => {
  test('RSK-14 the tightest of company, venue and bot judges each order; monitors judge by the same', () => {
    const world = ready((config) => ({
      ...config,
      policies: { careful: { orderNotionalMax: '150', onCapExceeded: 'block' }, slow: { orderNotionalMax: '900' } },
      venues: { ...config.venues, kraken: { ...config.venues.kraken, policy: 'slow' } },
      bots: config.bots.map((bot) => (bot.id === 'tester' ? { ...bot, policy: 'careful' } : bot)),
    }))
    expect([limitsOf(world).limits.orderNotionalMax, limitsOf(world, 'other').limits.orderNotionalMax] as string[]).toEqual(['150', '900'])
    const big = done(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
    expect(big?.results.map(({ kind }) => kind)).toEqual(['blocked'])
    const view = world.control.riskConfig.read()
    expect(view.effective.map(({ botId, policies }) => [botId, policies])).toEqual([
      [null, []],
      ['tester', ['slow', 'careful']],
      ['other', ['slow']],
    ])
    expect(view.effective[1]?.limits['orderNotionalMax']).toEqual({ value: '150', source: 'policy careful (bot tester)' })
    expect(world.life.runtime.monitors.breaches).toEqual([])
    world.close()
  })
})

// In virtual time, against the Kraken emulator: which stop counts for a position.
import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { botId, instrumentId } from '#domain/ids'
import { intentOf, priceAt, type Wish } from './intents'
import { expectReplayEqual } from './replayed'
import { World } from './world'

const BTC = instrumentId('BTC-USD@kraken')
const BOT = botId('tester')

const ready = () => new World().start().trading().run(10_000)
const stop = (world: World) => world.company.memory.gate.stopOf(BOT, BTC)
const line = (world: World) => world.company.memory.protections.line(BOT, BTC)

/** Hands the desk an intent with a stop, and waits until it is worked. */
function work(world: World, asked: Wish, stopPrice: Decimal | null): string {
  const { spec } = mustExist(world.company.bots.get(BOT), 'no bot')
  const routing = { ...spec.routing, style: 'marketable' as const }
  const terms = { routing, sizing: spec.sizing, isOperatorFlatten: false, shouldPreview: false }
  let became: string | null = null
  void world.company.desk.execute({ ...intentOf(world, asked), stopPrice }, terms).then((result) => {
    became = result?.isAmend === true ? 'amend' : (result?.results[0]?.kind ?? 'nothing')
  })
  world.until('the intent is worked', () => became !== null, 30_000)
  return String(became)
}

describe('RSK-04 EXE-13 the stop of an intent that the gate blocks is nobody’s', () => {
  test('RSK-04 a blocked increase leaves the stop of what is held, in the gate’s memory and over a crash', () => {
    const world = ready()
    const [first, second] = [priceAt(world, -300), priceAt(world, -10)]
    work(world, { target: '0.01' }, first)
    world.until('it is held', () => line(world).state === 'holding', 10_000)
    expect(stop(world)).toBe(first)
    world.company.reducing.begin({ kind: 'company' }, 'operator', 'by hand')
    expect(work(world, { target: '0.02', kind: 'increase' }, second)).toBe('blocked')
    expect([stop(world), line(world).stopPrice]).toEqual([first, first])
    expectReplayEqual(world)
    world.crash().start().run(5_000)
    expect(stop(world)).toBe(first)
    world.close()
  }, 60_000)

  test('RSK-04 a blocked amend leaves the stop that its order was approved with, also once that is filled', () => {
    const world = ready()
    const [first, second] = [priceAt(world, -300), priceAt(world, -280)]
    const price = priceAt(world, -50)
    expect(work(world, { target: '0.01', price, postOnly: true }, first)).toBe('sent')
    world.run(2_000)
    world.company.reducing.begin({ kind: 'company' }, 'operator', 'by hand')
    expect(work(world, { target: '0.02', price, postOnly: true }, second)).toBe('amend')
    expect(world.entries('plan.made').at(-1)?.payload).toMatchObject({ isAmend: true, isBlocked: true })
    expect(stop(world)).toBe(first)
    world.emulator.shiftPrice('BTC/USD', 0.994)
    world.until('it is filled', () => line(world).state === 'holding', 30_000)
    expect([stop(world), line(world).stopPrice]).toEqual([first, first])
    expectReplayEqual(world)
    world.close()
  }, 60_000)
})

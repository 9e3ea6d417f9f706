import { expect, test } from 'bun:test'
import { expectAgreement } from './agree'
import { Observer } from './observer'
import { expectReplayEqual } from './replayed'
import { busyBot, World } from './world'

test('I1 I2 I3 I4 I5 I7 I10 I12 hold over 20 virtual minutes of two busy bots, and the report agrees to the last digit', () => {
  const world = new World({
    bots: [
      busyBot('busy-btc'),
      busyBot('busy-eth', 'ETH-USD@kraken', {
        cycleMs: 3_000,
        parameters: { stepMs: 3_000, awayBps: 2, notionalSmall: 100, notionalLarge: 300 },
      }),
    ],
  })
  const observer = new Observer(world)
  world.start()
  observer.attach()
  world.trading().run(20 * 60_000)
  world.run(500)
  expectAgreement(world)
  expectReplayEqual(world)
  expect(world.stop()).toEqual({ exitCode: 0, error: null })
  expectAgreement(world, true)
  expect(observer.findings()).toEqual([])
  world.close()
})

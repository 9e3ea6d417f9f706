// The whole company in virtual time: a venue whose balance shrinks a little at each look.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { quietBot, World } from './world'

setDefaultTimeout(60_000)

test('PFL-07 PFL-08 differences below the tolerance are booked away up to the tolerance a day, and lower no peak', () => {
  const world = new World({ bots: [quietBot('tester')] }).start().trading().run(10_000)
  const { portfolio, drawdowns, synchroniser } = world.company
  const look = () => drawdowns.look(world.clock.now(), null)
  look()
  const before = { equity: Number(portfolio.refresh().equity), peak: drawdowns.company?.peak }
  const steal = (delta: string) => {
    world.emulator.faults.clear(['thief'])
    world.emulator.faults.add({ kind: 'wrongBalance', id: 'thief', asset: 'USD', delta })
    world.run(31_000)
  }
  steal('-0.9')
  expect(Number(portfolio.refresh().equity) - before.equity).toBeCloseTo(-0.9, 6)
  look()
  expect(drawdowns.company?.peak).toBe(before.peak)
  expect(synchroniser.hasDrift).toBe(false)
  // The second is as small, but with the first it is more than the day may lose.
  steal('-1.8')
  world.run(60_000)
  expect(Number(portfolio.refresh().equity) - before.equity).toBeCloseTo(-0.9, 6)
  expect(synchroniser.hasDrift).toBe(true)
  expect(synchroniser.driftLines.map(({ asset }) => asset as string)).toEqual(['USD'])
  world.crash()
  world.start()
  world.run(30_000)
  expect(world.company.portfolio.drift.roundings.lost as string).toBe('0.9')
  world.close()
})

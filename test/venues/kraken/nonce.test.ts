/** The nonces of one key as the emulator's strict check sees them: many callers, a clock that steps back, a crash. Virtual time. */
import { expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { orderOf, refOf } from '../venue-bench'
import { BTC, KrakenBench } from './emulator-bench'

const CALLERS = 50
const CALLS = 10_000

test('PAIN-07 10 000 private calls of 50 callers on one key, the clock stepped back 5 s and a crash amid them: no nonce is refused', () => {
  const bench = new KrakenBench({ config: { tier: 'pro', privateQueueMax: CALLS, privateQueueWaitMsMax: 1e9 } })
  const { clock } = bench
  const done = { answered: 0, errors: [] as unknown[] }
  const call = (caller: number, index: number): Promise<unknown> => {
    // One call in a hundred is a question, which costs a point of the counter; cancels are free there and come before them.
    if (index % 100 === 99) return bench.venue.balances()
    const order = orderOf(bench.venue, { instrumentId: BTC, side: 'buy', quantity: decimal('0.01'), price: decimal(30_000 + caller) })
    return bench.venue.cancel(refOf(order))
  }
  const start = (count: number): void => {
    for (let caller = 0; caller < CALLERS; caller++) {
      for (let index = 0; index < count / CALLERS; index++) {
        void call(caller, index).then(
          () => done.answered++,
          (error) => done.errors.push(error),
        )
      }
    }
  }
  const nonces: bigint[] = []
  const collect = (): void => {
    for (const body of bench.transport.bodies) nonces.push(BigInt(new URLSearchParams(body).get('nonce') ?? '0'))
  }

  start(CALLS / 2)
  clock.advance(10_000)
  bench.stepOurClock(-5_000)
  clock.advance(10_000)
  const answeredBeforeCrash = done.answered
  expect(answeredBeforeCrash).toBeGreaterThan(1_000)
  expect(answeredBeforeCrash).toBeLessThan(CALLS / 2)
  collect()
  bench.restart() // what still waited is gone with its process
  start(CALLS - nonces.length)
  clock.advance(20_000)
  bench.stepOurClock(-5_000)
  clock.advance(400_000)
  collect()

  expect(done.errors).toEqual([])
  expect(nonces.length).toBeGreaterThanOrEqual(CALLS)
  expect(done.answered).toBeGreaterThanOrEqual(CALLS - 1) // one call was under way when the process died
  for (const [index, nonce] of nonces.entries()) if (index > 0) expect(nonce > (nonces[index - 1] ?? 0n)).toBe(true)
  const { counters } = bench.emulator.record()
  expect(counters).toMatchObject({ invalidNonce: 0, invalidKey: 0, invalidSignature: 0, restRateLimit: 0 })
})

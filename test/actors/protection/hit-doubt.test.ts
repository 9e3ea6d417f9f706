import { expect, test } from 'bun:test'
import { HitDoubt } from '#actors/protection/hit-doubt'
import { VirtualClock } from '#sim/virtual-clock'
import { NOW_MS, quoteOf } from '#test/risk/fixtures'

/* In virtual time. */

function rig() {
  const clock = new VirtualClock(NOW_MS)
  const looks: number[] = []
  const doubt = new HitDoubt(clock, () => looks.push(clock.now() - NOW_MS))
  /** Whether a quote that came so long after the start is believed now. */
  const believes = (atMs: number, { isTraded = false, ask = '90.1', isOutlier = true } = {}) =>
    doubt.believes(quoteOf('90', ask, NOW_MS + atMs), isOutlier, isTraded)
  return { clock, doubt, looks, believes }
}

/** How long one quote is doubted while nothing else comes, ms. */
function aloneMs(seen: Parameters<ReturnType<typeof rig>['believes']>[1]): number {
  const { clock, believes } = rig()
  for (let ms = 0; ms <= 10_000; ms += 50, clock.advance(50)) if (believes(0, seen)) return ms
  return Number.POSITIVE_INFINITY
}

test('EXE-13 a price that has not jumped is believed at once', () => {
  expect(rig().believes(0, { isOutlier: false })).toBe(true)
})

test('EXE-13 a price that has jumped waits for a second quote that says so, a tenth of a second later', () => {
  const { clock, believes } = rig()
  expect(believes(0)).toBe(false)
  clock.advance(99)
  expect(believes(99)).toBe(false) // one burst of a bad feed
  clock.advance(1)
  expect(believes(0)).toBe(false) // the first one, looked at again
  expect(believes(100)).toBe(true)
})

test('EXE-13 a quote of one side alone is believed by a second one as well', () => {
  const { clock, believes } = rig()
  expect(believes(0, { ask: '100' })).toBe(false)
  clock.advance(150)
  expect(believes(150, { ask: '100' })).toBe(true)
})

test('EXE-13 a price that comes back is forgotten: the next jump is doubted anew', () => {
  const { clock, doubt, believes } = rig()
  believes(0)
  clock.advance(500)
  doubt.clear()
  expect(believes(500)).toBe(false)
  clock.advance(500)
  expect(believes(500)).toBe(false)
})

test('EXE-13 one quote alone is believed within a second; one side of it alone after five, unless somebody has traded there', () => {
  expect(aloneMs({})).toBe(900)
  expect(aloneMs({ ask: '100' })).toBe(5_000)
  expect(aloneMs({ ask: '100', isTraded: true })).toBe(900)
})

test('EXE-13 a trade that is told of within the burst shortens the wait of a side alone', () => {
  const { clock, looks, believes } = rig()
  believes(0, { ask: '100' })
  clock.advance(50)
  believes(50, { ask: '100', isTraded: true })
  clock.advance(10_000)
  expect(looks).toEqual([900])
})

test('EXE-13 it looks again by itself, and not once there is nothing to doubt', () => {
  const { clock, doubt, looks, believes } = rig()
  believes(0)
  clock.advance(50)
  believes(50)
  clock.advance(10_000)
  expect(looks).toEqual([900])
  believes(0)
  doubt.clear()
  clock.advance(10_000)
  expect(looks).toEqual([900])
})

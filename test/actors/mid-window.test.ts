import { describe, expect, test } from 'bun:test'
import { MidWindow } from '#actors/mid-window'

const START_MS = 1_760_000_000_000

/** A window that heard one mid a second; the newest second is not over. */
function heard(mids: readonly number[]): { readonly window: MidWindow; readonly nowMs: number } {
  const window = new MidWindow()
  for (const [second, mid] of mids.entries()) window.note(mid, START_MS + second * 1_000)
  return { window, nowMs: START_MS + mids.length * 1_000 }
}
const noisy = (count: number) => Array.from({ length: count }, (_, index) => 100 + (index % 2 === 0 ? 0.1 : -0.1))

describe('the last minute’s mids', () => {
  test('MKT-05 a jump is told in standard deviations and basis points of the minute before', () => {
    const { window, nowMs } = heard(noisy(60))
    expect(window.jumpOf(101, nowMs)?.sigmas).toBeCloseTo(10, 9)
    expect(window.jumpOf(101, nowMs)?.bps).toBeCloseTo(100, 9)
    expect(window.jumpOf(99, nowMs)?.sigmas).toBeCloseTo(10, 9)
    expect(window.jumpOf(100, nowMs)?.sigmas).toBeCloseTo(0, 9)
  })

  test('MKT-05 says nothing while it knows too little, of one second or of what is older than a minute', () => {
    const short = heard(noisy(9))
    expect(short.window.jumpOf(200, short.nowMs)).toBeNull()
    const { window, nowMs } = heard(noisy(30))
    expect(window.jumpOf(200, nowMs)).not.toBeNull()
    expect(window.jumpOf(200, nowMs + 60_000)).toBeNull()
    window.clear()
    expect(window.jumpOf(200, nowMs)).toBeNull()
  })

  test('MKT-05 takes the first mid of a second, and judges without the present one', () => {
    const { window, nowMs } = heard(noisy(60))
    expect(window.isDue(nowMs - 1)).toBe(false)
    expect(window.isDue(nowMs)).toBe(true)
    window.note(110, nowMs)
    expect(window.isDue(nowMs + 999)).toBe(false)
    expect(window.jumpOf(110, nowMs + 500)?.sigmas).toBeGreaterThan(90)
  })

  test('MKT-05 a price that stays where it jumped to is no outlier after a few seconds', () => {
    const at = (seconds: number) => {
      const { window, nowMs } = heard([...noisy(60), ...Array.from({ length: seconds }, () => 110)])
      return window.jumpOf(110, nowMs)?.sigmas ?? 0
    }
    expect(at(0)).toBeGreaterThan(90)
    expect(at(1)).toBeGreaterThan(6)
    expect(at(3)).toBeLessThan(6)
  })

  test('MKT-05 any move off a minute that stood still is beyond all deviations', () => {
    const { window, nowMs } = heard(Array.from({ length: 60 }, () => 100))
    expect(window.jumpOf(100, nowMs)).toEqual({ sigmas: 0, bps: 0 })
    expect(window.jumpOf(100.5, nowMs)?.sigmas).toBeGreaterThan(1e6)
  })
})

import { describe, expect, test } from 'bun:test'
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { instrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import { BarFiles } from '#store/bar-files'
import { removeTempDirs, tempDir } from './temp-dir'

removeTempDirs()

const BTC = instrumentId('BTC-USD@kraken')
const MINUTE = 60_000
const FIRST = Date.UTC(2026, 0, 1)

/** Returns the bar number `index`; its figures follow from the number. */
function bar(index: number): Bar {
  const openAtMs = FIRST + index * MINUTE
  const open = 100 + index / 7
  return { openAtMs, closeAtMs: openAtMs + MINUTE, open, high: open + 1, low: open - 1, close: open + 0.3, volume: index / 3 }
}

const bars = (from: number, count: number): Bar[] => Array.from({ length: count }, (_, index) => bar(from + index))

function series() {
  const root = tempDir()
  return { store: new BarFiles(root), path: join(root, BTC, '1m.bars'), again: () => new BarFiles(root) }
}

describe('BarFiles', () => {
  test('MKT-04 gives back exactly what was stored, ascending, over several segments and another process', () => {
    const { store, again } = series()
    store.append(BTC, '1m', bars(0, 2_500))
    store.append(BTC, '1m', bars(2_500, 1))
    expect(again().read(BTC, '1m', 0, 10_000)).toEqual(bars(0, 2_501))
  })

  test('MKT-04 reads the newest so many since a time', () => {
    const { store } = series()
    store.append(BTC, '1m', bars(0, 1_500))
    expect(store.read(BTC, '1m', 0, 3)).toEqual(bars(1_497, 3))
    expect(store.read(BTC, '1m', bar(1_498).openAtMs, 100)).toEqual(bars(1_498, 2))
    expect(store.read(BTC, '1m', bar(1_498).openAtMs + 1, 100)).toEqual(bars(1_499, 1))
    expect(store.read(BTC, '1m', bar(9_999).openAtMs, 100)).toEqual([])
    expect(store.read(BTC, '1m', 0, 0)).toEqual([])
  })

  test('MKT-04 keeps instruments and timeframes apart, and an unknown series is empty', () => {
    const { store } = series()
    store.append(BTC, '1m', bars(0, 2))
    expect(store.read(BTC, '5m', 0, 10)).toEqual([])
    expect(store.read(instrumentId('ETH-USD@kraken'), '1m', 0, 10)).toEqual([])
  })

  test('MKT-04 ignores bars that are stored already: the first figures stay', () => {
    const { store, path } = series()
    store.append(BTC, '1m', bars(0, 10))
    const before = readFileSync(path)
    store.append(BTC, '1m', [{ ...bar(3), close: 999 }, bar(9)])
    expect(readFileSync(path)).toEqual(before)
    store.append(BTC, '1m', bars(5, 10))
    expect(store.read(BTC, '1m', 0, 100)).toEqual(bars(0, 15))
  })

  test('MKT-04 fills a hole in its place', () => {
    const { store } = series()
    store.append(BTC, '1m', [...bars(0, 3), ...bars(1_100, 3)])
    store.append(BTC, '1m', bars(2, 1_100))
    expect(store.read(BTC, '1m', 0, 5_000)).toEqual(bars(0, 1_103))
  })

  test.each([
    ['of another timeframe', { ...bar(1), closeAtMs: bar(1).openAtMs + 1 }],
    ['that opens between', { ...bar(1), openAtMs: bar(1).openAtMs + 1, closeAtMs: bar(1).closeAtMs + 1 }],
    ['without a price', { ...bar(1), close: 0 }],
    ['with NaN', { ...bar(1), high: Number.NaN }],
  ])('refuses a bar %s, and stores nothing of its group', (_name, bad) => {
    const { store } = series()
    expect(() => store.append(BTC, '1m', [bar(0), bad])).toThrow('not a 1m bar')
    expect(store.read(BTC, '1m', 0, 10)).toEqual([])
  })

  test('MKT-04 a torn tail is cut at open and the series goes on behind it, wherever the file was cut', () => {
    for (const count of [5, 1_024, 1_030]) {
      for (const cut of [1, 7, 8, 16, 4_000, 8_100, 12_000]) {
        const { store, path, again } = series()
        store.append(BTC, '1m', bars(0, count))
        truncateSync(path, readFileSync(path).length - cut)
        const left = again().read(BTC, '1m', 0, 5_000)
        expect(left).toEqual(bars(0, left.length))
        again().append(BTC, '1m', bars(left.length, 1_200))
        expect(again().read(BTC, '1m', 0, 5_000)).toEqual(bars(0, left.length + 1_200))
      }
    }
  })

  test('MKT-04 a crash between two columns leaves the row out, and the next append writes over it', () => {
    const { store, path, again } = series()
    store.append(BTC, '1m', bars(0, 5))
    // Everything of row 5 but its open time, which is written last.
    const bytes = readFileSync(path)
    for (const column of [0, 1, 2, 3, 4]) bytes.writeDoubleLE(777, 16 + column * 8_192 + 5 * 8)
    writeFileSync(path, bytes)
    expect(again().read(BTC, '1m', 0, 10)).toEqual(bars(0, 5))
    again().append(BTC, '1m', [bar(5)])
    expect(again().read(BTC, '1m', 0, 10)).toEqual(bars(0, 6))
  })

  test('bytes behind the end do not count and are overwritten', () => {
    const { store, path, again } = series()
    store.append(BTC, '1m', bars(0, 1_024))
    appendFileSync(path, Buffer.alloc(50_000, 0xee))
    expect(again().read(BTC, '1m', 0, 5_000)).toEqual(bars(0, 1_024))
    again().append(BTC, '1m', bars(1_024, 2))
    expect(again().read(BTC, '1m', 0, 5_000)).toEqual(bars(0, 1_026))
  })

  test('names a file that is no bar file, or one of a later layout', () => {
    const { store, path } = series()
    store.append(BTC, '1m', [bar(0)])
    const bytes = readFileSync(path)
    bytes.writeUInt32LE(2, 4)
    writeFileSync(path, bytes)
    expect(() => store.read(BTC, '1m', 0, 1)).toThrow('has layout 2')
    writeFileSync(path, 'something else, longer than a header')
    expect(() => store.append(BTC, '1m', [bar(1)])).toThrow('is no bar file')
  })

  test('MKT-04 any order of overlapping appends gives the same series', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1_200), fc.integer({ min: 1, max: 150 })), { maxLength: 8 }), (ranges) => {
        const { store } = series()
        for (const [from, count] of ranges) store.append(BTC, '1m', bars(from, count))
        const wanted = [...new Set(ranges.flatMap(([from, count]) => bars(from, count).map((each) => each.openAtMs)))].sort((a, b) => a - b)
        expect(store.read(BTC, '1m', 0, 5_000).map((each) => each.openAtMs)).toEqual(wanted)
      }),
      { numRuns: 40 },
    )
  })
})

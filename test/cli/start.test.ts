import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { cli, newDataDir } from './cli'

// Virtual time: the emulator is inside the process, and an hour of the market takes seconds.
removeTempDirs()
setDefaultTimeout(60_000)

interface Report {
  readonly type: string
  readonly orders: number
  readonly fees: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly bots: readonly { readonly fees: string; readonly orders: number }[]
}

async function session(dataDir: string, ...words: string[]): Promise<Report> {
  const { code, out, err } = await cli(['start', '--json', '--speed', 'max', '--port', '0', '--data-dir', dataDir, ...words])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out.split('\n').at(-1) ?? '')
}

/** A day of past and then so many minutes, in which the price swings. */
function recordingOf(minutes: number): string {
  const file = join(tempDir(), 'swings.csv')
  const startMs = Date.UTC(2026, 1, 2)
  const rows = Array.from({ length: 1_440 + minutes }, (_, index) => {
    const price = 60_000 + Math.round(800 * Math.sin(index / 9))
    return `${startMs + index * 60_000},${price},${price + 40},${price - 40},${price + 10},3`
  })
  writeFileSync(file, ['open_time_ms,open,high,low,close,volume', ...rows, ''].join('\n'))
  return file
}

describe('start', () => {
  test('I11 the same seed gives the same journal, whatever the pace', async () => {
    const heads: string[] = []
    for (const speed of ['max', '6000']) {
      const dataDir = newDataDir()
      await session(dataDir, '--seed', '7', '--for', '10m', '--speed', speed)
      heads.push((await cli(['journal', 'verify', '--data-dir', dataDir])).out)
    }
    expect(heads[0]).toMatch(/^clean: \d{2,} entries/)
    expect(heads[1]).toBe(heads[0] ?? '')
  })

  test('RUN-08 a world in virtual time goes on where it ended, and each report is of its own session', async () => {
    const dataDir = newDataDir()
    const first = await session(dataDir, '--for', '20m')
    const second = await session(dataDir, '--for', '20m')
    expect(second.startedAtMs).toBeGreaterThanOrEqual(first.startedAtMs + 20 * 60_000)
    expect(first.orders).toBeGreaterThan(0)
    expect(second.orders).toBeGreaterThan(0)
    for (const { orders, fees, bots } of [first, second]) {
      expect(bots.reduce((sum, bot) => sum + bot.orders, 0)).toBe(orders)
      expect(bots.reduce((sum, bot) => sum + Number(bot.fees), 0)).toBeCloseTo(Number(fees), 6)
    }
    expect((await cli(['journal', 'verify', '--data-dir', dataDir])).code).toBe(0)
    expect(existsSync(join(dataDir, 'api.json'))).toBe(false)
  })

  test('SIM-03 a recording is traded to its end, and not again in the same data directory', async () => {
    const file = recordingOf(90)
    const dataDir = newDataDir()
    const report = await session(dataDir, '--replay', file)
    expect(report.orders).toBeGreaterThan(0)
    expect(report.endedAtMs - report.startedAtMs).toBeGreaterThanOrEqual(90 * 60_000)
    const again = await cli(['start', '--port', '0', '--data-dir', dataDir, '--replay', file])
    expect(again.code).toBe(1)
    expect(again.err).toContain('was played to its end in this data directory')
  })
})

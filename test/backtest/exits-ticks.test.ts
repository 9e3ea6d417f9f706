import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { BacktestPlan } from '#sim/backtest/plan'
import { DEFAULT_PROTECTION } from '#risk/protection'
import { d, MINUTE, runScript, type ScriptRun, ticksOf, type Wish } from './scripted'

setDefaultTimeout(60_000)

/*
 * Protective exits on ticks (F1), with figures worked out by hand. The script decides at minute 1 on quotes of 99 and 101: a long position is
 * bought at 101, a short one sold at 99. A quote sets an exit off when the company sees it; the exit takes the quote that it finds. Where stops
 * rest at the venue, a print sets them off.
 */

const FINE = { instrument: { tickSize: d('0.01') }, protection: { ...DEFAULT_PROTECTION, native: false } } as const
const NATIVE = { protection: DEFAULT_PROTECTION } as const
const S = 1_000

/** Runs one position over quotes of minute 1 on: ms behind it, bid, ask. */
function hold(
  wish: Partial<Wish>,
  rows: readonly (readonly number[])[],
  plan: Partial<BacktestPlan> = {},
  prints: readonly (readonly number[])[] = [],
): ScriptRun {
  const between = prints.map(([ms = 0, ...print]) => [MINUTE + ms, ...print])
  const edges = [[0, 1, 100, 1], ...between, [5 * MINUTE, 1, 100, 1]]
  const quotes = [[0, 99, 101, 50, 50], ...rows.map(([ms = 0, bid = 0, ask = 0]) => [MINUTE + ms, bid, ask, 50, 50])]
  return runScript(ticksOf(quotes, edges), { 0: { quantity: '1', ...wish } }, { ...FINE, ...plan })
}

const exitOf = ({ fills }: ScriptRun) => fills.slice(1).map(({ side, price, atMs }) => `${side} ${price} at ${atMs - MINUTE}`)
const exitsOf = ({ result }: ScriptRun) => result.report.events.exits

test('PAIN-12 the first quote that reaches a level sets it off: the bid of a long position, the ask of a short one', () => {
  const falling = [
    [10 * S, 96, 96.1],
    [20 * S, 94.5, 94.6],
    [30 * S, 90, 90.1],
  ]
  const stopped = hold({ stop: '95', target: '110' }, falling)
  expect(exitOf(stopped)).toEqual(['sell 94.5 at 20000'])
  expect(exitsOf(stopped)).toEqual({ stop: 1 })
  const won = hold({ quantity: '-1', stop: '105', target: '95' }, falling)
  expect(exitOf(won)).toEqual(['buy 94.6 at 20000'])
  expect(exitsOf(won)).toEqual({ target: 1 })
})

test('PAIN-12 bars apart, and with nothing else at work, it is found all the same', () => {
  const rows = [
    [70 * S, 96, 96.1],
    [140 * S, 94.5, 94.6],
    [200 * S, 99, 101],
  ]
  expect(exitOf(hold({ stop: '95' }, rows))).toEqual(['sell 94.5 at 140000'])
})

test('PAIN-12 of two quotes of one instant the first one counts', () => {
  const rows = [
    [10 * S, 94.5, 94.6],
    [10 * S, 99, 101],
  ]
  expect(exitsOf(hold({ stop: '95' }, rows))).toEqual({ stop: 1 })
})

test('PAIN-12 latency: it is seen so much later, and takes what it then finds', () => {
  const rows = [
    [10 * S, 94.5, 94.6],
    [10 * S + 150, 94.4, 94.5],
  ]
  expect(exitOf(hold({ stop: '95' }, rows, { latencyMs: 100 }))).toEqual(['sell 94.4 at 10200'])
})

test('PAIN-12 where the market runs away the exit escalates by its steps, as live', () => {
  const rows = [
    [10 * S, 94.9, 95.1],
    [10 * S + 50, 90, 90.2],
  ]
  const run = hold({ stop: '95' }, rows, { latencyMs: 100 })
  // 25 bp below the mid of 95 are 94.77, where nobody buys any more; 5 s later, 50 bp below the mid of 90.10 are 89.65.
  expect(run.events).toContain('order.amended')
  expect(exitOf(run)).toEqual(['sell 90 at 15200'])
})

test('PAIN-12 a trailing stop follows each best quote, also those between which nothing happens', () => {
  const rows = [
    [10 * S, 103, 103.1],
    [20 * S, 108, 108.1],
    [30 * S, 103, 103.1],
    [40 * S, 102.6, 102.7],
    [50 * S, 90, 91],
  ]
  // 5 % below the best bid of 108.
  const run = hold({ trailing: '0.05' }, rows)
  expect(exitOf(run)).toEqual(['sell 102.6 at 40000'])
  expect(exitsOf(run)).toEqual({ trailing: 1 })
})

test('PAIN-12 without quotes the prints say it, and the exit takes the next one', () => {
  const prints = [
    [0, 1, 100, 1],
    [MINUTE + 10 * S, 1, 101, 1],
    [MINUTE + 20 * S, -1, 94.9, 1],
    [MINUTE + 22 * S, -1, 94.8, 1],
    [5 * MINUTE, 1, 100, 1],
  ]
  const run = runScript(ticksOf([], prints), { 0: { quantity: '1', stop: '95' } }, FINE)
  expect(exitOf(run)).toEqual(['sell 94.8 at 22000'])
})

describe('EXE-14 a stop that rests at the venue', () => {
  const falling = [
    [10 * S, 96, 96.1],
    [20 * S, 94.5, 94.6],
    [60 * S, 99, 99.1],
  ]

  test('EXE-13 goes off by a print at its trigger, and takes the quote behind all of that instant', () => {
    const prints = [
      [10 * S, -1, 95.01, 1],
      [20 * S, -1, 95, 1],
    ]
    const run = hold({ stop: '95' }, falling, NATIVE, prints)
    expect(run.events).toEqual(['order.submitting', 'order.accepted', 'order.filled', 'order.submitting', 'order.accepted', 'order.filled'])
    expect(exitOf(run)).toEqual(['sell 94.5 at 20000'])
    expect(exitsOf(run)).toEqual({ stop: 1 })
  })

  test('EXE-13 where nobody trades it has its time; then the exit of the company goes on', () => {
    const run = hold({ stop: '95' }, falling, NATIVE)
    expect(exitOf(run)).toEqual(['sell 94.5 at 25250'])
    expect(exitsOf(run)).toEqual({ stop: 1 })
  })

  test('EXE-13 it follows a trailing stop by amends, and gives way to a target', () => {
    const rising = [
      [10 * S, 103, 103.1],
      [20 * S, 108, 108.1],
      [40 * S, 102.5, 102.6],
    ]
    const prints = [
      [10 * S, 1, 103.1, 1],
      [20 * S, 1, 108.1, 1],
      [40 * S, -1, 102.6, 1],
    ]
    // 5 % below the best bid of 108.
    const trailed = hold({ trailing: '0.05' }, rising, NATIVE, prints)
    expect(trailed.events).toContain('order.amended')
    expect(exitOf(trailed)).toEqual(['sell 102.5 at 40000'])
    expect(exitsOf(trailed)).toEqual({ trailing: 1 })
    const won = hold({ stop: '95', target: '107' }, rising, NATIVE, prints)
    expect(won.events).toContain('order.canceled: canceled')
    expect(exitOf(won)).toEqual(['sell 108 at 20250'])
    expect(exitsOf(won)).toEqual({ target: 1 })
  })
})

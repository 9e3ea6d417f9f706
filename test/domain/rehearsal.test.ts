import { expect, test } from 'bun:test'
import { rehearsalOf } from '#domain/rehearsal'

const HOUR = 3_600_000
const to = (hours: number, state: string) => ({ atMs: hours * HOUR, kind: 'company.transition', payload: { to: state } })
const fact = (hours: number, kind: string) => ({ atMs: hours * HOUR, kind, payload: {} })

test('SIM-06 counts the time in TRADING alone', () => {
  const { cleanMs, tradedMs } = rehearsalOf([
    to(0, 'CHECKING'),
    to(1, 'TRADING'),
    to(3, 'PAUSED'),
    to(5, 'TRADING'),
    fact(29, 'order.filled'),
  ])
  expect([cleanMs, tradedMs]).toEqual([26 * HOUR, 26 * HOUR])
})

test('SIM-06 an unhandled breach begins the count anew and is named', () => {
  const { cleanMs, tradedMs, breaches } = rehearsalOf([
    to(0, 'TRADING'),
    fact(20, 'invariant.breached'),
    fact(30, 'child.escalated'),
    to(40, 'STOPPING'),
  ])
  expect([cleanMs, tradedMs]).toEqual([10 * HOUR, 40 * HOUR])
  expect(breaches).toEqual(['an invariant broke at 1970-01-01T20:00:00.000Z', 'restarts were spent at 1970-01-02T06:00:00.000Z'])
})

test('SIM-06 a life that was killed counts up to its last entry, not through the time it was dead', () => {
  const { cleanMs } = rehearsalOf([to(0, 'TRADING'), fact(2, 'order.filled'), to(50, 'CHECKING'), to(51, 'TRADING'), to(52, 'STOPPING')])
  expect(cleanMs).toBe(3 * HOUR)
})

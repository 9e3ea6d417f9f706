import { describe, expect, test } from 'bun:test'
import { Lags, Overtakes } from '#sim/simulate/effects'
import type { Passage } from '#sim/wire'
import { busyBot, World } from '#test/company/world'

const up = (id: number): Passage => ({
  host: 'h',
  path: '/auth',
  carrier: 'socket',
  direction: 'up',
  text: `{"method":"add_order","req_id":${id}}`,
})
const down = (id: number): Passage => ({ ...up(id), direction: 'down' })
const events: Passage = { ...down(0), text: '{"channel":"executions","type":"update","data":[]}' }
const call = (direction: 'up' | 'down', path: string): Passage => ({ host: 'h', path, carrier: 'http', direction, text: '' })

function counted(passages: readonly Passage[]): number {
  const overtakes = new Overtakes()
  for (const passage of passages) overtakes.onPassage(passage)
  return overtakes.count
}

describe('SIM-08 what faults really did (messages made by hand)', () => {
  test('answers in the order of their questions were not overtaken, however late', () => {
    expect(counted([up(1), down(1), up(2), up(3), down(2), down(3), events])).toBe(0)
    expect(counted([call('up', '/0/private/OpenOrders'), call('down', '/0/private/OpenOrders')])).toBe(0)
  })

  test('an answer that comes after that of a later question, or after events, was', () => {
    expect(counted([up(1), up(2), down(2), down(1)])).toBe(1)
    expect(counted([up(1), events, down(1), up(2), down(2)])).toBe(1)
    expect(counted([call('up', '/a'), up(1), down(1), call('down', '/a')])).toBe(1)
  })

  test('one whose answer never came is none', () => {
    expect(counted([up(1), up(2), down(2), events])).toBe(0)
  })

  test('an answer lags where something has happened within its lag, and not where nothing has; of a company in virtual time', () => {
    const world = new World({ seed: 'lag', bots: [busyBot('busy')] })
    let hits = 1
    const lags = new Lags(world, 60_000, () => hits)
    lags.onPassage(call('down', '/0/private/OpenOrders'))
    expect(lags.count).toBe(0)
    world.start().until('an order is at the venue', () => world.account().openOrders.length > 0, 120_000)
    lags.onPassage(call('down', '/0/private/OpenOrders'))
    expect(lags.count).toBe(0)
    hits = 3
    lags.onPassage(call('down', '/0/private/OpenOrders'))
    expect(lags.count).toBe(2)
    world.close()
  })
})

// A company at rest in virtual time, with something left behind in it.
import { describe, expect, test } from 'bun:test'
import { Findings } from '#sim/simulate/findings'
import { atRest } from '#test/company/rest'
import { busyBot, World } from '#test/company/world'

const RETIRE_MS = 60_000

function rested() {
  const world = new World({
    seed: 'leftovers',
    bots: [busyBot('busy')],
    config: (config) => ({ ...config, desk: { ...config.desk, retireAfterMs: RETIRE_MS } }),
  }).start()
  const findings = new Findings(world, () => undefined)
  findings.follow(world.life)
  atRest(world.trading().run(300_000))
  findings.judgeLeftovers()
  expect(findings.breaches).toEqual([])
  expect(findings.checks['I13']).toBeGreaterThan(3)
  return { world, findings }
}

describe('I13 at rest nothing is left behind', () => {
  test('finished orders were retired meanwhile, with their charts', () => {
    const { world } = rested()
    const { orders, registry } = world.company
    const finished = new Set(world.entries('order.submitting').map(({ correlationId }) => correlationId)).size - [...orders.live()].length
    expect(finished).toBeGreaterThan([...orders.ended()].length)
    expect(registry.size).toBe(world.orders().length)
    world.close()
  })

  test('a chart of an order that nobody tracks, timers and a socket more are breaches', () => {
    const { world, findings } = rested()
    const [record] = world.company.orders.ended()
    const orders = world.orders.bind(world)
    world.orders = () => orders().filter((one) => one !== record)
    for (let count = 0; count < 40; count++) world.life.clock.setTimeout(() => undefined, 1_000_000)
    world.network.transport().openSocket('wss://nowhere.test/v2', { onOpen() {}, onText() {}, onClose() {} })
    findings.judgeLeftovers()
    expect(findings.breaches.map(({ text }) => text.replace(/^\d+ (\w+) .*/, '$1'))).toEqual(['actors', 'timers', 'sockets'])
    world.close()
  })

  test('a socket that the company has closed is none, though its closing frame reaches the venue late', () => {
    const { world, findings } = rested()
    const socket = world.network.transport().openSocket('wss://kraken.sim/v2', { onOpen() {}, onText() {}, onClose() {} })
    world.run(100)
    world.fate = ({ carrier, text }) => ({ kind: 'carry', extraMs: carrier === 'socket' && text === '' ? 60_000 : 0 })
    socket.close()
    world.run(3_000)
    expect(world.network.openSockets).toBe(3)
    findings.judgeLeftovers()
    expect(findings.breaches).toEqual([])
    world.close()
  })
})

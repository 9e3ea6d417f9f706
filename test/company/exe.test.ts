import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { expectAgreement } from './agree'
import { done, intentOf, place, priceAt, rest, wish } from './intents'
import { Observer } from './observer'
import { expectReplayEqual } from './replayed'
import { atRest } from './rest'
import { OPERATOR, quietBot, World } from './world'

setDefaultTimeout(60_000)

/** A world that trades and has spent no budget lately. */
function ready(options: ConstructorParameters<typeof World>[0] = {}): World {
  return new World(options).start().trading().run(20_000)
}

function ended(world: World, id: string, status: string, limitMs = 60_000): void {
  world.until(`${id} is ${status}`, () => world.statusOf(id) === status, limitMs)
}

describe('EXE-03 client order ids', () => {
  test('the same intent gives the same id, in every life; a repeat is dropped and a new decision gets another', () => {
    const world = ready()
    const asked = { target: '0.01', price: priceAt(world, -40), postOnly: true, id: 'decision-1' }
    const first = place(world, asked)
    const again = done(world, { ...asked, target: '0.02' })
    expect(again?.results.map((result) => result.kind)).not.toContain('sent')
    world.crash().start().trading()
    const after = done(world, { ...asked, target: '0.02' })
    expect(after?.results.map((result) => result.kind)).not.toContain('sent')
    expect(world.account().openOrders.map((order) => order.clientId)).toEqual([first.clientOrderId])
    const other = place(world, { ...asked, id: 'decision-2', target: '0.03' })
    expect(other.clientOrderId).not.toBe(first.clientOrderId)
    world.close()
  })

  test('a storm of the same decision leaves exactly one live order', () => {
    const world = ready()
    const asked = { target: '0.01', price: priceAt(world, -40), postOnly: true, id: 'storm' }
    for (let i = 0; i < 50; i++) wish(world, asked)
    world.run(5_000)
    expect(world.account().openOrders.length).toBe(1)
    expect(Object.values(world.record().clientIds.byId).map((use) => use.accepted)).toEqual([1])
    world.close()
  })
})

describe('EXE-04 the order of things', () => {
  test('verdict before submission, submission durable before its first byte, and the bytes in the step of the answer', () => {
    const world = ready()
    const seen: string[] = []
    world.onPassage = ({ direction, text }) => {
      if (direction === 'up' && text.includes('add_order')) seen.push(`bytes after ${world.disk.entries().at(-1)?.kind}`)
    }
    const record = place(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
    expect(seen).toEqual(['bytes after order.submitting'])
    const kinds = world
      .entries()
      .filter((entry) => entry.correlationId === record.clientOrderId)
      .map((entry) => entry.kind)
    expect(kinds.slice(0, 2)).toEqual(['verdict.passed', 'order.submitting'])
    world.close()
  })

  for (const [what, act] of [
    ['a halt of the company', (world: World) => world.control.commandCompany('halt', OPERATOR, 'now')],
    ['a pause of the company', (world: World) => world.control.commandCompany('pause', OPERATOR, 'now')],
    ['a pause of the bot', (world: World) => world.control.commandBot('tester', 'pause', OPERATOR, 'now')],
    ['the kill switch', (world: World) => world.control.tripKillSwitch('now', OPERATOR)],
    ['a change of limits', (world: World) => world.company.epochs.bump({ kind: 'company' })],
  ] as const) {
    test(`${what} between verdict and send lapses the verdict: nothing leaves, nothing stays reserved`, () => {
      const world = ready()
      const observer = new Observer(world).attach()
      const unsubscribe = world.life.journal.subscribe((entry) => {
        if (entry.kind !== 'order.submitting') return
        unsubscribe()
        // After the entry was taken, before it is durable.
        queueMicrotask(() => act(world))
      })
      const answer = wish(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
      world.run(2_000)
      expect(answer.result?.results[0]?.kind).toBe('dropped')
      expect(observer.submissions.size).toBe(0)
      expect(world.company.gate.book.all()).toEqual([])
      expect(world.orders().map((order) => world.statusOf(order.clientOrderId))).toEqual(['CANCELED'])
      expectReplayEqual(world)
      world.close()
    })
  }

  test('a verdict older than a second is not used: what the journal kept too long is not sent', () => {
    const world = ready()
    const observer = new Observer(world).attach()
    const { journal } = world.life
    const durable = journal.durable.bind(journal)
    journal.durable = async (draft) => {
      const seq = await durable(draft)
      await new Promise<void>((resolve) => world.life.clock.setTimeout(resolve, 1_001))
      return seq
    }
    const answer = wish(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
    world.run(3_000)
    expect(answer.result?.results[0]).toMatchObject({ kind: 'dropped', reason: 'the verdict lapsed' })
    expect(observer.submissions.size).toBe(0)
    world.close()
  })
})

describe('EXE-06 refusals', () => {
  test('a passing refusal is retried after 1, 2 and 4 s under new verdicts and one id, then ERROR and an alert', () => {
    const world = ready()
    const sentAtMs: number[] = []
    world.onPassage = ({ direction, text }) => {
      if (direction === 'up' && text.includes('add_order')) sentAtMs.push(world.clock.now())
    }
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EService:Market in cancel_only mode' })
    const record = place(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
    ended(world, record.clientOrderId, 'ERROR')
    const gaps = sentAtMs.slice(1).map((atMs, index) => Math.round((atMs - (sentAtMs[index] ?? 0)) / 100) / 10)
    expect(gaps).toEqual([1, 2, 4])
    expect(world.entries('verdict.passed').length).toBe(4)
    expect(world.alertCodes()).toContain('ORDER_RETRIES_EXHAUSTED')
    expect(world.company.gate.book.all()).toEqual([])
    expectReplayEqual(world)
    world.close()
  })

  test('a retry that succeeds is one order under the first id', () => {
    const world = ready()
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EOrder:Rate limit exceeded', count: 2 })
    const record = place(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
    ended(world, record.clientOrderId, 'OPEN')
    expect(world.control.order(record.clientOrderId).retries).toBe(2)
    expect(world.account().openOrders.map((order) => order.clientId)).toEqual([record.clientOrderId])
    world.close()
  })

  test('the retry queue survives a crash; a pause meanwhile ends the order instead', () => {
    const world = ready({ bots: [quietBot('tester'), quietBot('other', 'ETH-USD@kraken')] })
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EService:Market in cancel_only mode', count: 1 })
    const record = place(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
    ended(world, record.clientOrderId, 'PENDING', 500)
    world.crash().start().trading()
    ended(world, record.clientOrderId, 'OPEN', 10_000)
    world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text: 'EService:Market in cancel_only mode', count: 1 })
    const second = place(world, { target: '0.2', price: priceAt(world, -41, 'other'), postOnly: true, bot: 'other' })
    ended(world, second.clientOrderId, 'PENDING', 500)
    world.control.commandBot('other', 'pause', OPERATOR, 'test')
    world.run(10_000)
    expect(world.statusOf(second.clientOrderId)).toBe('CANCELED')
    expect(world.account().openOrders.map((order) => order.clientId)).toEqual([record.clientOrderId])
    world.close()
  })

  for (const text of ['EOrder:Insufficient funds', 'EGeneral:Invalid arguments:price']) {
    test(`a permanent refusal (${text}) is REJECTED at once and never retried`, () => {
      const world = ready()
      world.emulator.faults.add({ kind: 'apiError', methods: ['add_order'], text })
      const record = place(world, { target: '0.01', price: priceAt(world, -40), postOnly: true })
      world.run(100)
      expect(world.statusOf(record.clientOrderId)).toBe('REJECTED')
      world.run(20_000)
      expect(world.control.order(record.clientOrderId).retries).toBe(0)
      expect(world.company.gate.book.all()).toEqual([])
      world.close()
    })
  }
})

describe('EXE-08 fills', () => {
  test('duplicated and withheld reports and an execution that overtakes its acceptance are booked once each', () => {
    const world = ready()
    const observer = new Observer(world).attach()
    world.emulator.faults.add({ kind: 'duplicate', methods: ['executions'], delayMs: 30, count: 20 })
    world.emulator.faults.add({ kind: 'crossing', methods: ['add_order'], count: 1 })
    const bought = place(world, { target: '0.02' })
    ended(world, bought.clientOrderId, 'FILLED')
    world.run(15_000)
    atRest(world)
    expectAgreement(world, true)
    expectReplayEqual(world)
    expect(observer.findings()).toEqual([])
    world.close()
  })

  test('a frame of executions that is lost shows as a gap: what it told is fetched and booked', () => {
    const world = ready()
    world.emulator.faults.add({ kind: 'droppedFrame', methods: ['executions'], count: 2 })
    const bought = place(world, { target: '0.02' })
    world.run(60_000)
    ended(world, bought.clientOrderId, 'FILLED')
    atRest(world)
    expectAgreement(world, true)
    world.close()
  })

  test('a fill that the stream withholds after a cancel is booked as a correction, with an alert', () => {
    const world = ready()
    const record = rest(world, '0.01')
    // The chart is told of an end that was none: then the execution comes.
    world.company.desk.onOrderReport(record.proposal.venueId, {
      kind: 'canceled',
      venueOrderId: record.venueOrderId as never,
      clientOrderId: record.clientOrderId,
      filledQuantity: decimal('0'),
      quantity: null,
      limitPrice: null,
      reason: 'said the venue',
      venueAtMs: world.clock.now(),
    })
    expect(world.statusOf(record.clientOrderId)).toBe('CANCELED')
    world.company.desk.onFill({
      tradeId: 'T-late' as never,
      venueId: record.proposal.venueId,
      instrumentId: record.proposal.instrumentId,
      venueOrderId: record.venueOrderId as never,
      clientOrderId: record.clientOrderId,
      side: 'buy',
      quantity: decimal('0.01'),
      price: priceAt(world, -50),
      cost: decimal('600'),
      feeAsset: 'USD',
      feeQuantity: decimal('1'),
      liquidity: 'maker',
      venueAtMs: world.clock.now(),
    })
    expect(world.alertCodes()).toContain('ORDER_CORRECTED')
    expect(world.statusOf(record.clientOrderId)).toBe('FILLED')
    expect(world.company.portfolio.positionOf(record.proposal.botId, record.proposal.instrumentId) as string).toBe('0.01')
    world.run(5)
    expectReplayEqual(world)
    world.close()
  })

  test('more executed than ordered is booked whole, capped in the order, flagged and alerted', () => {
    const world = ready()
    const bought = place(world, { target: '0.02' })
    ended(world, bought.clientOrderId, 'FILLED')
    const fill = {
      venueId: bought.proposal.venueId,
      instrumentId: bought.proposal.instrumentId,
      venueOrderId: bought.venueOrderId as never,
    }
    world.company.desk.onFill({
      ...fill,
      tradeId: 'T-over' as never,
      clientOrderId: bought.clientOrderId,
      side: 'buy',
      quantity: decimal('0.005'),
      price: priceAt(world, 0),
      cost: decimal('320'),
      feeAsset: 'USD',
      feeQuantity: decimal('0'),
      liquidity: 'taker',
      venueAtMs: world.clock.now(),
    })
    expect(world.alertCodes()).toContain('ORDER_OVERFILLED')
    expect(world.control.order(bought.clientOrderId).filledQuantity).toBe(bought.proposal.quantity)
    expect(Number(world.company.portfolio.positionOf(bought.proposal.botId, bought.proposal.instrumentId))).toBeCloseTo(
      Number(bought.proposal.quantity) + 0.005,
      8,
    )
    world.run(5)
    expectReplayEqual(world)
    world.close()
  })
})

describe('EXE-10 in flight', () => {
  test('at most 10 submissions are unanswered at once; the rest wait and follow', () => {
    const bots = Array.from({ length: 14 }, (_, index) => ({
      ...quietBot(`bot-${index}`, index % 2 === 0 ? 'BTC-USD@kraken' : 'ETH-USD@kraken'),
      capital: '5000',
    }))
    const world = ready({ bots })
    world.emulator.faults.add({ kind: 'latency', methods: ['add_order'], fixedMs: 800 })
    let most = 0
    let sent = 0
    let answered = 0
    world.onPassage = ({ direction, text }) => {
      if (direction === 'up' && text.includes('"add_order"')) most = Math.max(most, ++sent - answered)
      if (direction === 'down' && text.includes('"method":"add_order"')) answered++
    }
    for (const { id } of bots)
      wish(world, { bot: id, target: Number(id.slice(4)) % 2 === 1 ? '0.05' : '0.003', price: priceAt(world, -60, id), postOnly: true })
    world.run(10_000)
    expect(most).toBe(10)
    expect(world.account().openOrders.length).toBe(14)
    world.close()
  })
})

describe('EXE-09 the dead-man switch', () => {
  const armed = (world: World) => Object.keys(world.record().deadMen).length > 0

  test('is armed only while an order that adds risk works', () => {
    const world = ready()
    expect(armed(world)).toBe(false)
    const bought = place(world, { target: '0.02' })
    ended(world, bought.clientOrderId, 'FILLED')
    world.until('it is off with nothing working', () => !armed(world), 5_000)
    const exit = place(world, { target: '0', price: priceAt(world, 40), postOnly: true })
    ended(world, exit.clientOrderId, 'OPEN')
    world.run(3_000)
    expect(armed(world)).toBe(false)
    world.control.cancelOrder(exit.clientOrderId, OPERATOR)
    ended(world, exit.clientOrderId, 'CANCELED')
    rest(world, '0.03')
    world.until('it is armed', () => armed(world), 5_000)
    world.close()
  })

  test('is refreshed while journal and desk answer, and no more once they do not', () => {
    const world = ready()
    rest(world, '0.01', { price: priceAt(world, -90) })
    world.run(20 * 60_000)
    expect(world.record().counters.deadManFired).toBe(0)
    expect(world.account().openOrders.length).toBe(1)
    world.life.journal.settled = () => new Promise(() => undefined) // the disk hangs
    world.run(12 * 60_000)
    expect(world.record().counters.deadManFired).toBe(1)
    expect(world.account().openOrders.length).toBe(0)
    world.close()
  })

  test('after a restart with nothing that adds risk the switch of the former life is off', () => {
    const world = ready()
    rest(world, '0.01')
    world.until('it is armed', () => armed(world), 5_000)
    const venueOrderId = world.account().openOrders[0]?.orderId
    world.crash()
    expect(venueOrderId).toBeDefined()
    // The venue ends the order while we are away.
    world.emulator.setSystemStatus('cancel_only')
    world.start()
    world.run(2_000)
    world.emulator.setSystemStatus('online')
    world.trading()
    world.control.cancelAll(null, OPERATOR)
    world.until('it is off', () => !armed(world), 10_000)
    world.close()
  })
})

test('EXE-12 a crash between an order and its cancel leaves nothing behind that nobody knows', () => {
  for (let afterMs = 0; afterMs <= 24; afterMs += 2) {
    const world = ready()
    const record = rest(world, '0.01')
    world.control.cancelOrder(record.clientOrderId, OPERATOR)
    world.run(afterMs).crash().run(10).start().trading()
    world.until('the cancel is carried on', () => world.orders().every((order) => world.company.orders.isTerminal(order)), 30_000)
    expect(world.account().openOrders).toEqual([])
    expectAgreement(world)
    expectReplayEqual(world)
    world.close()
  }
})

test('EXE-01 an intent that must wait for a cancel follows by itself once the cancel has its evidence', () => {
  const world = ready()
  rest(world, '0.01')
  const bought = done(world, { target: '0.004', price: priceAt(world, 15) })
  expect(bought?.plan.reason === 'awaiting_cancel' || bought?.isAmend).toBe(true)
  world.run(5_000)
  expect(Number(world.company.portfolio.positionOf('tester' as never, intentOf(world, { target: '1' }).instrumentId))).toBeCloseTo(0.004, 6)
  atRest(world)
  expectAgreement(world, true)
  world.close()
})

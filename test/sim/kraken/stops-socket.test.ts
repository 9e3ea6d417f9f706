import { describe, expect, test } from 'bun:test'
import type { Answer, FakeSocket } from './harness'
import { Tape } from './tape'

interface Line {
  readonly bench: Tape
  readonly socket: FakeSocket
  /** Places a sell of 0.1 BTC unless told otherwise, and returns the answer. */
  readonly add: (fields: object) => Answer
  readonly placed: (fields: object) => string
  /** Rows of the executions channel since the last call. */
  readonly rows: () => Answer[]
}

async function open(last = '50000'): Promise<Line> {
  const bench = new Tape()
  await bench.tradeAt(last)
  const socket = await bench.privateSocket()
  socket.subscribe({ channel: 'executions', snap_orders: true, snap_trades: false })
  let seen = 0
  const rows = (): Answer[] => {
    const all = socket.of('executions').filter((frame) => frame.type === 'update')
    const fresh = all.slice(seen)
    seen = all.length
    return fresh.flatMap((frame) => frame.data)
  }
  const add = (fields: object): Answer => socket.trade('add_order', { symbol: 'BTC/USD', side: 'sell', order_qty: 0.1, ...fields })[0]
  const placed = (fields: object): string => {
    const answer = add(fields)
    if (!answer.success) throw new Error(answer.error)
    return answer.result.order_id
  }
  return { bench, socket, add, placed, rows }
}

const types = (rows: Answer[]): string[] => rows.map((row) => row.exec_type)

describe('conditional orders over the socket (emulator, virtual time)', () => {
  test('EXE-14 the life of a stop-loss: pending_new and new untriggered, status triggered, then fills and filled', async () => {
    const { bench, placed, rows } = await open()
    const id = placed({ order_type: 'stop-loss', triggers: { reference: 'last', price: 49000, price_type: 'static' }, cl_ord_id: 'stop-1' })
    const [pending, live, ...others] = rows()
    expect(others).toEqual([])
    expect(pending).toMatchObject({
      order_id: id,
      cl_ord_id: 'stop-1',
      exec_type: 'pending_new',
      order_status: 'pending_new',
      order_type: 'stop-loss',
      order_qty: 0.1,
      time_in_force: 'GTC',
      stop_price: 49000,
      triggers: {
        reference: 'last',
        price: 49000,
        price_type: 'static',
        actual_price: 49000,
        last_price: 50000,
        status: 'untriggered',
      },
    })
    expect(pending.limit_price).toBeUndefined()
    expect(live).toEqual({
      timestamp: live.timestamp,
      order_status: 'new',
      exec_type: 'new',
      order_userref: 0,
      order_id: id,
      cl_ord_id: 'stop-1',
    })
    await bench.tradeAt('49000.1')
    expect(rows()).toEqual([])
    await bench.tradeAt('49000')
    const after = rows()
    expect(types(after)).toEqual(['status', 'trade', 'filled'])
    expect(after[0]).toEqual({
      timestamp: after[0].timestamp,
      order_status: 'new',
      exec_type: 'status',
      order_id: id,
      cl_ord_id: 'stop-1',
      order_userref: 0,
      triggers: {
        reference: 'last',
        price: 49000,
        price_type: 'static',
        actual_price: 49000,
        last_price: 49000,
        status: 'triggered',
        timestamp: after[0].timestamp,
      },
    })
    expect(after[1]).toMatchObject({ order_type: 'stop-loss', last_price: 44000, liquidity_ind: 't', order_status: 'partially_filled' })
    expect(after[2]).toMatchObject({ order_status: 'filled', cum_qty: 0.1, cl_ord_id: 'stop-1' })
  })

  test('EXE-14 a trailing stop tells each move of its trigger with its peak', async () => {
    const { bench, placed, rows } = await open()
    placed({ order_type: 'trailing-stop', triggers: { reference: 'last', price: 2, price_type: 'pct' } })
    expect(rows()[0].triggers).toMatchObject({ price: 2, price_type: 'pct', actual_price: 49000, peak_price: 50000, status: 'untriggered' })
    await bench.tradeAt('51000')
    await bench.tradeAt('50500')
    const moved = rows()
    expect(types(moved)).toEqual(['status'])
    expect(moved[0]).toMatchObject({ order_status: 'new', triggers: { actual_price: 49980, peak_price: 51000, last_price: 51000 } })
    await bench.tradeAt('49980')
    const done = rows()
    expect(types(done)).toEqual(['status', 'trade', 'filled'])
    expect(done[0].triggers).toMatchObject({ status: 'triggered', actual_price: 49980, peak_price: 51000, last_price: 49980 })
  })

  test('EXE-14 order_status false leaves the moves and the trigger out', async () => {
    const { bench, placed } = await open()
    const quiet = await bench.privateSocket()
    quiet.subscribe({ channel: 'executions', snap_orders: false, snap_trades: false, order_status: false })
    placed({ order_type: 'trailing-stop', triggers: { price: 1000, price_type: 'quote' } })
    await bench.tradeAt('51000')
    await bench.tradeAt('50000')
    const told = quiet
      .of('executions')
      .filter((frame) => frame.type === 'update')
      .flatMap((frame) => frame.data)
    expect(types(told)).toEqual(['new', 'trade', 'filled'])
  })

  test('VEN-04 a trigger may be relative to the last price: told as given, with the price it came to', async () => {
    const { placed, rows } = await open()
    placed({ order_type: 'stop-loss', triggers: { price: -2, price_type: 'pct' } })
    placed({ order_type: 'take-profit-limit', triggers: { price: 1000.5, price_type: 'quote' }, limit_price: 50900 })
    const [first, , second] = rows()
    expect(first.triggers).toMatchObject({ price: -2, price_type: 'pct', actual_price: 49000 })
    expect(second.triggers).toMatchObject({ price: 1000.5, price_type: 'quote', actual_price: 51000.5 })
    expect(second).toMatchObject({ limit_price: 50900, limit_price_type: 'static', stop_price: 51000.5 })
  })

  test('VEN-04 the limit of a trailing stop-limit is a distance in pct or quote until it triggers, or a static price', async () => {
    const { bench, placed, rows } = await open()
    const triggers = { price: 1000, price_type: 'quote' }
    const follows = placed({ order_type: 'trailing-stop-limit', triggers, limit_price: -1, limit_price_type: 'pct' })
    const plain = placed({ order_type: 'trailing-stop-limit', triggers, limit_price: -200 })
    const still = placed({ order_type: 'trailing-stop-limit', triggers, limit_price: 48000, limit_price_type: 'static' })
    const terms = rows().filter((row) => row.exec_type === 'pending_new')
    expect(terms.map((row) => [row.limit_price, row.limit_price_type])).toEqual([
      [-1, 'pct'],
      [-200, 'quote'],
      [48000, 'static'],
    ])
    await bench.tradeAt('51000')
    await bench.tradeAt('50000')
    const limits = await Promise.all([follows, plain, still].map(async (id) => (await bench.orderOf(id)).limitprice))
    expect(limits).toEqual(['49500.00000', '49800.00000', '48000.00000'])
    const late = await bench.privateSocket()
    const snapshot = late
      .subscribe({ channel: 'executions', snap_orders: true, snap_trades: false })
      .find((frame) => frame.type === 'snapshot')
    const row = snapshot?.data.find((one: Answer) => one.order_id === follows)
    expect(row).toMatchObject({ limit_price: 49500, limit_price_type: 'static', triggers: { status: 'triggered', peak_price: 51000 } })
  })

  test('EXE-13 the snapshot of a new connection shows what waits', async () => {
    const { bench, placed } = await open()
    const id = placed({ order_type: 'stop-loss-limit', triggers: { price: 49000 }, limit_price: 48900 })
    const late = await bench.privateSocket()
    const snapshot = late
      .subscribe({ channel: 'executions', snap_orders: true, snap_trades: false })
      .find((frame) => frame.type === 'snapshot')
    expect(snapshot?.data).toMatchObject([
      {
        order_id: id,
        exec_type: 'new',
        order_status: 'new',
        order_type: 'stop-loss-limit',
        limit_price: 48900,
        cum_qty: 0,
        triggers: { price: 49000, price_type: 'static', reference: 'last', status: 'untriggered' },
      },
    ])
  })

  test('EXE-14 amend_order moves trigger, limit, quantity and distance; the report tells all of them', async () => {
    const { bench, socket, placed, rows } = await open()
    const id = placed({ order_type: 'stop-loss-limit', triggers: { price: 49000 }, limit_price: 48900 })
    rows()
    const amend = (fields: Record<string, unknown>): Answer => socket.trade('amend_order', fields)[0]
    const answer = amend({ order_id: id, order_qty: 0.2, trigger_price: 48000, trigger_price_type: 'static', limit_price: 47900 })
    expect(answer).toMatchObject({ success: true, result: { amend_id: expect.stringMatching(/^T/), order_id: id } })
    expect(rows()).toMatchObject([
      {
        exec_type: 'amended',
        order_status: 'new',
        amended: true,
        reason: 'User requested',
        order_qty: 0.2,
        limit_price: 47900,
        triggers: { price: 48000, price_type: 'static', actual_price: 48000, status: 'untriggered' },
      },
    ])
    amend({ order_id: id, order_qty: 0.2, trigger_price: -1, trigger_price_type: 'pct' })
    expect(rows()[0].triggers).toMatchObject({ price: -1, price_type: 'pct', actual_price: 49500 })
    amend({ order_id: id, order_qty: 0.2, trigger_price: 48500 })
    expect(rows()[0].triggers).toMatchObject({ price: 48500, price_type: 'static', actual_price: 48500 })

    const trailing = placed({
      order_type: 'trailing-stop-limit',
      triggers: { price: 1000, price_type: 'quote' },
      limit_price: -100,
      limit_price_type: 'quote',
    })
    await bench.tradeAt('51000')
    rows()
    amend({ order_id: trailing, order_qty: 0.1, trigger_price: 4, trigger_price_type: 'pct', limit_price: -1, limit_price_type: 'pct' })
    expect(rows()[0]).toMatchObject({
      limit_price: -1,
      limit_price_type: 'pct',
      triggers: { price: 4, price_type: 'pct', actual_price: 48960, peak_price: 51000 },
    })
    const refusals: readonly [Record<string, unknown>, string][] = [
      [{ order_id: trailing, order_qty: 0.1, trigger_price: 48000 }, 'EGeneral:Invalid arguments:trigger_price_type'],
      [{ order_id: trailing, order_qty: 0.1, trigger_price: -1, trigger_price_type: 'pct' }, 'EGeneral:Invalid arguments:trigger_price'],
      [{ order_id: id, order_qty: 0.2, limit_price: 1, limit_price_type: 'pct' }, 'EGeneral:Invalid arguments:limit_price_type'],
      [{ order_id: id, order_qty: 0.2, trigger_price: 1, trigger_price_type: 'x' }, 'EGeneral:Invalid arguments:trigger_price_type'],
      [{ order_id: id, trigger_price: 48000 }, 'EGeneral:Invalid arguments:order_qty'],
      [{ order_id: id, order_qty: 0.2, trigger_price: '48000' }, 'Trigger_price field must be a number_float'],
      [{ order_id: 'ONOBOD-YYYYY-YYYYYY', order_qty: 0.2, trigger_price: 48000 }, 'EOrder:Unknown order'],
    ]
    for (const [fields, error] of refusals) expect(amend(fields)).toMatchObject({ success: false, error })
  })

  test('EXE-14 an amend onto the far side of the last price triggers at once', async () => {
    const { socket, placed, rows } = await open()
    const id = placed({ order_type: 'stop-loss', triggers: { price: 49000 } })
    rows()
    socket.trade('amend_order', { order_id: id, order_qty: 0.1, trigger_price: 50500 })
    expect(types(rows())).toEqual(['amended', 'status', 'trade', 'filled'])
  })

  test('EXE-13 cancel_order, batch_cancel, cancel_all and edit_order take what waits', async () => {
    const { socket, placed, rows } = await open()
    const stop = { order_type: 'stop-loss', triggers: { price: 49000 } }
    const [one, two, three] = [placed(stop), placed(stop), placed({ ...stop, cl_ord_id: 'mine' })]
    placed(stop)
    rows()
    expect(socket.trade('cancel_order', { order_id: [one] })[0].result).toEqual({ order_id: one })
    expect(rows()).toMatchObject([{ exec_type: 'canceled', order_status: 'canceled', order_id: one, cum_qty: 0, reason: 'User requested' }])
    expect(socket.trade('batch_cancel', { orders: [two], cl_ord_id: ['mine'] })[0].result).toEqual({ count: 2 })
    expect(rows().map((row) => row.order_id)).toEqual([two, three])
    const trailing = placed({ order_type: 'trailing-stop', triggers: { price: 2, price_type: 'pct' } })
    const [edited] = socket.trade('edit_order', { order_id: trailing, symbol: 'BTC/USD', order_qty: 0.2 })
    expect(edited.result).toMatchObject({ original_order_id: trailing })
    expect(socket.trade('cancel_all', {})[0].result).toEqual({ count: 2 })
  })

  test('VEN-04 batch_add takes conditional slots; the coins they bind refuse one', async () => {
    const { socket } = await open()
    const slot = (order_type: string, price: number, order_qty: number): object => ({
      order_type,
      side: 'sell',
      order_qty,
      triggers: { price, price_type: 'quote' },
    })
    const [answer] = socket.trade('batch_add', {
      symbol: 'BTC/USD',
      orders: [slot('stop-loss', -1000, 6), slot('take-profit', 1000, 6), slot('trailing-stop', 500, 4)],
    })
    expect(answer.result).toEqual([
      { order_id: expect.any(String) },
      { error: 'EOrder:Insufficient funds' },
      { order_id: expect.any(String) },
    ])
  })

  const stop = { order_type: 'stop-loss', triggers: { price: 49000 } }
  const refused: readonly [string, object, string][] = [
    ['triggers on a limit order', { ...stop, order_type: 'limit', limit_price: 60000 }, 'EGeneral:Invalid arguments:triggers'],
    ['no trigger price', { ...stop, triggers: { reference: 'last' } }, 'EGeneral:Invalid arguments:triggers'],
    ['a trigger price as text', { ...stop, triggers: { price: '49000' } }, 'Price field must be a number_float'],
    ['an unknown price type', { ...stop, triggers: { price: 1, price_type: 'bps' } }, 'EGeneral:Invalid arguments:triggers'],
    ['an unknown reference', { ...stop, triggers: { price: 1, reference: 'mark' } }, 'EGeneral:Invalid arguments:triggers'],
    ['a static distance', { ...stop, order_type: 'trailing-stop' }, 'EGeneral:Invalid arguments:triggers'],
    [
      'a negative distance',
      { order_type: 'trailing-stop', triggers: { price: -1, price_type: 'pct' } },
      'EGeneral:Invalid arguments:triggers',
    ],
    ['a trigger below zero', { ...stop, triggers: { price: -100, price_type: 'pct' } }, 'EGeneral:Invalid arguments:triggers'],
    ['a stop-limit without a limit', { ...stop, order_type: 'stop-loss-limit' }, 'EGeneral:Invalid arguments:limit_price'],
    [
      'a limit type elsewhere than on a trailing stop-limit',
      { ...stop, order_type: 'stop-loss-limit', limit_price: -1, limit_price_type: 'pct' },
      'EGeneral:Invalid arguments:limit_price_type',
    ],
    [
      'a post-only stop',
      { ...stop, order_type: 'stop-loss-limit', limit_price: 48900, post_only: true },
      'EGeneral:Invalid arguments:post_only',
    ],
    ['coins that are not there', { ...stop, order_qty: 11 }, 'EOrder:Insufficient funds'],
    [
      'a trigger off the grid',
      { ...stop, triggers: { price: 49000.01 } },
      'EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals.',
    ],
  ]
  for (const [what, fields, error] of refused) {
    test(`VEN-04 add_order refuses ${what}`, async () => {
      const { add } = await open()
      expect(add(fields)).toMatchObject({ success: false, error })
    })
  }

  test('EXE-13 a lost reply, events withheld and a dropped frame befall a stop as any order', async () => {
    const { bench, socket, add, placed, rows } = await open()
    bench.fault({ kind: 'lostReply', methods: ['add_order'], count: 1 })
    expect(add({ ...stop, cl_ord_id: 'lost' })).toBeUndefined()
    expect(types(rows())).toEqual(['pending_new', 'new'])
    bench.fault({ kind: 'droppedFrame', methods: ['executions'], count: 1 })
    const sequence = (): number => socket.of('executions').at(-1)?.sequence
    const before = sequence()
    placed(stop)
    expect(sequence()).toBe(before + 2)
    expect(types(rows())).toEqual(['new'])
    bench.fault({ kind: 'withholdEvents', methods: ['add_order'], count: 1 })
    const unseen = placed(stop)
    await bench.tradeAt('48000')
    expect(rows()).toEqual([])
    expect(await bench.orderOf(unseen)).toMatchObject({ status: 'closed', misc: 'stopped' })
  })
})

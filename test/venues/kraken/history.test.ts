/** Questions about orders, executions and the ledger against a scripted fake of Kraken in virtual time. */
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { BTC, clientId, failureOf, type RestCall, type Rig, rig, START_MS, settle } from './fake-kraken'

const SINCE = START_MS - 3_600_000

function order(seed: number | null, fields: object = {}, descr: object = {}): object {
  return {
    refid: null,
    userref: 0,
    ...(seed === null ? {} : { cl_ord_id: clientId(seed) }),
    status: 'open',
    opentm: 1688666559.8974,
    starttm: 0,
    expiretm: 0,
    descr: {
      pair: 'XBTUSD',
      type: 'buy',
      ordertype: 'limit',
      price: '30010.0',
      price2: '0',
      leverage: 'none',
      order: 'text',
      close: '',
      ...descr,
    },
    vol: '1.25000000',
    vol_exec: '0.37500000',
    cost: '11253.75000',
    fee: '0.00000',
    price: '30010.00000',
    oflags: 'fciq',
    ...fields,
  }
}

function trade(orderId: string, time: number, fields: object = {}): object {
  return {
    ordertxid: orderId,
    pair: 'XXBTZUSD',
    time,
    type: 'buy',
    ordertype: 'limit',
    price: '30010.00000',
    cost: '600.20000',
    fee: '2.40080',
    vol: '0.02000000',
    margin: '0.00000',
    misc: '',
    trade_id: 40274859,
    maker: false,
    ...fields,
  }
}

/** A rig with tables loaded, and empty answers to every question of the past. */
function ready(): Rig {
  const made = rig({ tier: 'pro' })
  made.fake.rest.set('OpenOrders', () => ({ result: { open: {} } }))
  made.fake.rest.set('ClosedOrders', () => ({ result: { closed: {}, count: 0 } }))
  made.fake.rest.set('TradesHistory', () => ({ result: { trades: {}, count: 0 } }))
  made.fake.rest.set('QueryOrders', () => ({ result: {} }))
  settle(made.clock, made.venue.instruments())
  made.fake.calls.length = 0
  return made
}

/** Serves rows in pages of 50, newest first, as the venue does. */
function paged(rows: readonly (readonly [string, object])[], field: string) {
  return (call: RestCall) => {
    const offset = Number(call.parameters.get('ofs'))
    const page = rows.slice(offset, offset + 50)
    return { result: { [field]: Object.fromEntries(page), count: rows.length } }
  }
}

test('VEN-04 maps open orders, foreign ones too', () => {
  const made = ready()
  made.fake.rest.set('OpenOrders', () => ({
    result: {
      open: {
        'OOURS1-AAAAA-AAAAAA': order(1),
        'OFOREI-AAAAA-AAAAAA': order(
          null,
          { vol_exec: '0.00000000', status: 'pending' },
          { ordertype: 'market', price: '0', type: 'sell' },
        ),
      },
    },
  }))
  expect(settle(made.clock, made.venue.openOrders())).toEqual([
    {
      venueOrderId: 'OOURS1-AAAAA-AAAAAA',
      clientOrderId: clientId(1),
      instrumentId: BTC,
      side: 'buy',
      type: 'limit',
      status: 'open',
      quantity: decimal('1.25'),
      filledQuantity: decimal('0.375'),
      limitPrice: decimal('30010'),
      reason: null,
      openedAtMs: 1688666559897,
      userref: null,
    },
    {
      venueOrderId: 'OFOREI-AAAAA-AAAAAA',
      clientOrderId: null,
      instrumentId: BTC,
      side: 'sell',
      type: 'market',
      status: 'open',
      quantity: decimal('1.25'),
      filledQuantity: decimal('0'),
      limitPrice: null,
      reason: null,
      openedAtMs: 1688666559897,
      userref: null,
    },
  ] as never)
})

describe('looking an order up', () => {
  const id = clientId(1)
  const lookUp = (made: Rig) => settle(made.clock, made.venue.orderByClientId(id, SINCE))

  test('EXE-07 open orders, closed orders and executions are asked, in this order, before it is absent', () => {
    const made = ready()
    expect(lookUp(made)).toEqual({ kind: 'absent' })
    expect(made.fake.calls.map((call) => call.method)).toEqual(['OpenOrders', 'ClosedOrders', 'TradesHistory'])
    expect(made.fake.calls[0]?.parameters.get('cl_ord_id')).toBe(id)
    expect(made.fake.calls[1]?.parameters.get('cl_ord_id')).toBe(id)
    expect(made.fake.calls[2]?.parameters.get('consolidate_taker')).toBe('false')
  })

  test('EXE-07 an open one is found without asking further', () => {
    const made = ready()
    made.fake.rest.set('OpenOrders', () => ({ result: { open: { O1: order(1, { vol_exec: '0' }) } } }))
    expect(lookUp(made)).toMatchObject({ kind: 'found', order: { venueOrderId: 'O1', status: 'open' }, fills: [] } as never)
    expect(made.fake.calls).toHaveLength(1)
  })

  test('EXE-07 a closed one is found with its executions, the newest when an id was used twice', () => {
    const made = ready()
    made.fake.rest.set('ClosedOrders', () => ({
      result: {
        closed: {
          OOLD: order(1, { status: 'canceled', reason: 'User requested', opentm: 1688666000, vol_exec: '0.00000000' }),
          ONEW: order(1, { status: 'closed', opentm: 1688666559.8974, closetm: 1688667796 }),
        },
        count: 2,
      },
    }))
    made.fake.rest.set('TradesHistory', () => ({
      result: { trades: { T1: trade('ONEW', 1688667796.8802), T2: trade('OTHER', 1688667797) }, count: 2 },
    }))
    const found = lookUp(made)
    expect(found).toMatchObject({ kind: 'found', order: { venueOrderId: 'ONEW', status: 'filled' } } as never)
    expect(found.kind === 'found' ? found.fills.map((fill) => [fill.tradeId, fill.clientOrderId]) : []).toEqual([['T1', id]] as never)
  })

  test('EXE-07 an execution alone is evidence: its order is fetched', () => {
    const made = ready()
    made.fake.rest.set('TradesHistory', () => ({ result: { trades: { T1: trade('O9', START_MS / 1_000) }, count: 1 } }))
    made.fake.rest.set('QueryOrders', () => ({ result: { O9: order(1, { status: 'closed' }) } }))
    expect(lookUp(made)).toMatchObject({
      kind: 'found',
      order: { venueOrderId: 'O9' },
      fills: [{ tradeId: 'T1', clientOrderId: id }],
    } as never)
  })

  for (const method of ['OpenOrders', 'ClosedOrders', 'TradesHistory']) {
    for (const [name, answer] of [
      ['a lost answer', { kind: 'lost', reason: 'timed out' }],
      ['a rate limit', { error: 'EAPI:Rate limit exceeded' }],
      ['an edge error', { kind: 'answer', status: 520, headers: {}, body: '<html>' }],
      ['rubbish', { result: [] }],
    ] as const) {
      test(`PAIN-02 ${name} to ${method} leaves the question unanswered, never absent`, () => {
        const made = ready()
        made.fake.rest.set(method, () => answer as never)
        expect(lookUp(made)).toMatchObject({ kind: 'unanswered' })
      })
    }
  }
})

describe('executions', () => {
  test('VEN-04 reads every page with a pinned end, once each, ascending, with the client ids of their orders', () => {
    const made = ready()
    const rows = Array.from({ length: 120 }, (_, index): [string, object] => [
      `T${String(index).padStart(3, '0')}`,
      trade(`O${index % 3}`, START_MS / 1_000 - index),
    ])
    // While the pages are read one more execution comes in, and shifts the rest by one.
    let pages = 0
    made.fake.rest.set('TradesHistory', (call) =>
      paged(++pages === 1 ? rows : [['TNEW', trade('O0', START_MS / 1_000)], ...rows], 'trades')(call),
    )
    made.fake.rest.set('QueryOrders', () => ({ result: { O0: order(7), O1: order(null), O2: order(8) } }))
    const fills = settle(made.clock, made.venue.fills(SINCE))
    expect(fills).toHaveLength(120)
    expect(new Set(fills.map((fill) => fill.tradeId)).size).toBe(120)
    const times = fills.map((fill) => fill.venueAtMs)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    const ends = made.fake.callsOf('TradesHistory').map((call) => call.parameters.get('end'))
    expect(new Set(ends).size).toBe(1)
    expect(made.fake.callsOf('TradesHistory').map((call) => call.parameters.get('ofs'))).toEqual(['0', '50', '100'])
    expect(fills.find((fill) => fill.venueOrderId === ('O0' as never))?.clientOrderId).toBe(clientId(7))
    expect(fills.find((fill) => fill.venueOrderId === ('O1' as never))?.clientOrderId).toBeNull()
    // Asked once, remembered: foreign ones too.
    settle(made.clock, made.venue.fills(SINCE))
    expect(made.fake.callsOf('QueryOrders')).toHaveLength(1)
  })

  test('VEN-04 maps every field of an execution', () => {
    const made = ready()
    made.fake.rest.set('TradesHistory', () => ({
      result: { trades: { T1: trade('O1', START_MS / 1_000 + 0.8802, { maker: true, type: 'sell' }) }, count: 1 },
    }))
    expect(settle(made.clock, made.venue.fills(SINCE))).toEqual([
      {
        tradeId: 'T1',
        venueId: 'kraken',
        instrumentId: BTC,
        venueOrderId: 'O1',
        clientOrderId: null,
        side: 'sell',
        quantity: decimal('0.02'),
        price: decimal('30010'),
        cost: decimal('600.2'),
        feeAsset: 'USD',
        feeQuantity: decimal('2.4008'),
        liquidity: 'maker',
        venueAtMs: START_MS + 880,
        userref: null,
      },
    ] as never)
  })

  test('VEN-04 rows before the time asked for are left out, a pair that is not listed is a fault', () => {
    const made = ready()
    made.fake.rest.set('TradesHistory', () => ({
      result: {
        trades: {
          TOLD: trade('O1', SINCE / 1_000 - 0.001),
          TODD: trade('O1', SINCE / 1_000, { pair: 'GONEUSD' }),
          TNEW: trade('O1', SINCE / 1_000),
        },
        count: 3,
      },
    }))
    expect(settle(made.clock, made.venue.fills(SINCE)).map((fill) => fill.tradeId)).toEqual(['TNEW'] as never)
    expect(made.heard.onFault.map(([fault]) => fault.code)).toEqual(['UNKNOWN_PAIR'])
  })

  test('more pages than allowed is an error, never a cut-off answer', () => {
    const made = rig({ historyPagesMax: 2, tier: 'pro' })
    settle(made.clock, made.venue.instruments())
    const rows = Array.from({ length: 120 }, (_, index): [string, object] => [`T${index}`, trade('O1', START_MS / 1_000 - index)])
    made.fake.rest.set('TradesHistory', paged(rows, 'trades'))
    expect(failureOf(made.clock, made.venue.fills(SINCE))).toMatchObject({ code: 'VENUE_REJECTED' })
  })
})

test('VEN-04 PFL-06 cash flows are the ledger without trades and fee credits, ascending', () => {
  const made = ready()
  const entry = (type: string, asset: string, amount: string, time: number) => ({
    refid: 'R',
    time,
    type,
    subtype: '',
    aclass: 'currency',
    asset,
    amount,
    fee: '0.0000',
    balance: '100.0000',
  })
  made.fake.rest.set('Ledgers', () => ({
    result: {
      ledger: {
        L4: entry('transfer', 'XBT.M', '-1', START_MS / 1_000),
        L3: entry('trade', 'ZUSD', '-24.5000', START_MS / 1_000 - 1),
        L2: entry('staking', 'ETH2.S', '0.0001', START_MS / 1_000 - 2),
        L1: entry('deposit', 'ZUSD', '500.0000', START_MS / 1_000 - 3),
        L0: entry('deposit', 'KFEE', '10.00', START_MS / 1_000 - 4),
        LW: entry('withdrawal', 'XXBT', '-0.5', START_MS / 1_000 - 5),
        LS: entry('spend', 'XXDG', '-3', START_MS / 1_000 - 6),
        LR: entry('receive', 'ZUSD', '0.41', START_MS / 1_000 - 6),
        LC: entry('credit', 'ZUSD', '1.5', START_MS / 1_000 - 7),
      },
      count: 9,
    },
  }))
  expect(
    settle(made.clock, made.venue.cashFlows(SINCE)).map((change) => [change.ledgerId, change.kind, change.asset, change.amount]),
  ).toEqual([
    ['LC', 'feeCredit', 'USD', '1.5'],
    ['LR', 'dustConversion', 'USD', '0.41'],
    ['LS', 'dustConversion', 'DOGE', '-3'],
    ['LW', 'withdrawal', 'BTC', '-0.5'],
    ['L1', 'deposit', 'USD', '500'],
    ['L2', 'reward', 'ETH2', '0.0001'],
    ['L4', 'adjustment', 'BTC', '-1'],
  ] as never)
})

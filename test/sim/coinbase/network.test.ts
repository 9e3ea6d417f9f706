import { describe, expect, test } from 'bun:test'
import { MemoryNetwork } from '#sim/network'
import { SeededRandom } from '#sim/random'
import { type Answer, Bench, HOST, limit, market, PREFIX, tokenOf } from './harness'

// Virtual time and the network in memory: three hosts, as the venue has them.

describe('in-memory network', () => {
  test('SIM-01 SIM-08 REST and the two socket hosts are hosts of their own', async () => {
    const bench = new Bench()
    const { clock, emulator } = bench
    const network = new MemoryNetwork({ clock, random: new SeededRandom('net'), latencyMs: 5 })
    network.register(HOST, emulator)
    network.register('ws.test', emulator.listener('market'))
    network.register('ws-user.test', emulator.listener('user'))
    const transport = network.transport()
    const seen: string[] = []
    const open = (host: string, message: unknown): void => {
      const socket = transport.openSocket(`wss://${host}`, {
        onOpen: () => void socket.send(JSON.stringify(message)),
        onText: (text) => seen.push(`${host} ${JSON.parse(text).channel}`),
        onClose: () => seen.push(`${host} closed`),
      })
    }
    open('ws.test', { type: 'subscribe', channel: 'level2', product_ids: ['BTC-USD'] })
    open('ws-user.test', { type: 'subscribe', channel: 'user', jwt: tokenOf(bench.main, clock.now(), null) })
    clock.advance(50)
    const body = { client_order_id: 'a', product_id: 'BTC-USD', side: 'BUY', order_configuration: limit('0.01', '62600') }
    const pending = transport.request({
      method: 'POST',
      url: `https://${HOST}${PREFIX}/orders`,
      headers: { Authorization: `Bearer ${bench.token('POST', '/orders')}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      timeoutMs: 1_000,
    })
    clock.advance(5)
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    clock.advance(100)
    const result = await pending
    expect(result.kind === 'answer' && JSON.parse(result.body).success).toBe(true)
    expect(seen.toSorted()).toEqual(
      [
        'ws.test subscriptions',
        'ws.test l2_data',
        'ws.test l2_data',
        'ws-user.test subscriptions',
        ...Array(3).fill('ws-user.test user'),
      ].toSorted(),
    )
  })
})

describe('repeatability', () => {
  test('SIM-01 the same seed and the same requests give the same bytes', async () => {
    const run = async (): Promise<readonly string[]> => {
      const bench = new Bench({ stepMs: 250, tradeEveryMs: 500 })
      const socket = bench.socket('market')
      for (const channel of ['level2', 'market_trades', 'ticker']) socket.subscribe(channel, ['BTC-USD'], null)
      const user = bench.userSocket()
      for (let round = 0; round < 20; round++) {
        await bench.create(round % 2 === 0 ? 'BUY' : 'SELL', round % 3 === 0 ? market({ base_size: '0.01' }) : limit('0.01', '62700'), {
          client_order_id: `r${round}`,
        })
        bench.clock.advance(700)
      }
      return [...socket.texts, ...user.texts]
    }
    const [first, second] = [await run(), await run()]
    expect(first.length).toBeGreaterThan(100)
    expect(second).toEqual([...first])
  })
})

describe('what a client derives', () => {
  test('SIM-01 price and fee of each fill follow from two cumulative frames, and agree with the fills’ list', async () => {
    const bench = new Bench()
    const socket = bench.userSocket()
    await bench.placed('BUY', limit('0.01', '62600'))
    await bench.placed('SELL', limit('0.003', '62600'), {}, bench.other)
    await bench.placed('SELL', limit('0.007', '62600'), {}, bench.other)
    const rows: Answer[] = socket.orders.filter((row) => row.status === 'OPEN' && row.number_of_fills !== '0')
    const [first, second] = rows.map((row) => ({ quantity: Number(row.cumulative_quantity), fees: Number(row.total_fees) }))
    const { fills } = await bench.get('/orders/historical/fills')
    expect(fills.map((fill: Answer) => fill.size)).toEqual(['0.007', '0.003'])
    expect((second?.quantity ?? 0) - (first?.quantity ?? 0)).toBeCloseTo(0.007, 12)
    // 0.6 percent of 0.007 × 62600
    expect((second?.fees ?? 0) - (first?.fees ?? 0)).toBeCloseTo(2.6292, 10)
    expect(fills[0].commission).toBe('2.6292')
  })
})

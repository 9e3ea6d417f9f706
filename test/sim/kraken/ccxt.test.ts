import { Agent } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ccxt from 'ccxt'
import type { ClockPort } from '#ports/clock'
import { sandboxCredentials } from '#sim/kraken/credentials'
import { runSandbox, type Sandbox } from '#sim/kraken/main'
import { type Answer, silentLog } from './harness'

// A foreign client, written by people who trade on the real venue, against the emulator over real sockets.
const realClock: ClockPort = {
  now: () => Date.now(),
  monotonicUs: () => Math.floor(performance.now() * 1_000),
  setTimeout: (fn, delayMs) => setTimeout(fn as () => void, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  defer: (fn) => void setImmediate(fn),
}

let directory = ''
let sandbox: Sandbox
let client: Answer

/** Points every address of the client at the sandbox. */
function redirect(urls: Record<string, unknown>, port: number): void {
  for (const [name, value] of Object.entries(urls)) {
    if (typeof value === 'object' && value !== null) redirect(value as Record<string, unknown>, port)
    if (typeof value !== 'string') continue
    urls[name] = value
      .replace('https://api.kraken.com', `http://127.0.0.1:${port}`)
      .replace('wss://ws-auth.kraken.com/v2', `ws://127.0.0.1:${port}/auth/v2`)
      .replace('wss://ws.kraken.com/v2', `ws://127.0.0.1:${port}/v2`)
  }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ccxt-'))
  const settings = { hasLimits: false }
  sandbox = runSandbox({
    dataDir: directory,
    clock: realClock,
    seed: 'x',
    log: silentLog,
    port: 0,
    idleExitMs: null,
    handlesSignals: false,
    settings,
  })
  const key = sandboxCredentials('x')
  client = new ccxt.pro.kraken({ apiKey: key.apiKey, secret: key.apiSecret, enableRateLimit: false })
  // ccxt numbers its calls by the ms: two within one would repeat a nonce.
  let nonce = 0
  client.nonce = () => {
    nonce = Math.max(nonce + 1, client.milliseconds())
    return nonce
  }
  redirect(client.urls.api, sandbox.endpoint.port)
  client.httpAgent = new Agent() // it wants one named before it opens a plain ws:// address
  await client.loadMarkets()
})

afterAll(async () => {
  await client.close()
  await sandbox.stop()
  rmSync(directory, { recursive: true, force: true })
})

describe('ccxt against the emulator', () => {
  test('SIM-01 reads markets, prices and history', async () => {
    expect(Object.keys(client.markets)).toEqual(['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD'])
    expect((await client.fetchTicker('BTC/USD')).last).toBeGreaterThan(0)
    expect(await client.fetchOHLCV('BTC/USD', '1m')).toHaveLength(721)
    expect((await client.fetchOrderBook('BTC/USD', 5)).asks).toHaveLength(5)
    expect((await client.fetchTradingFee('BTC/USD')).taker).toBe(0.004)
    expect((await client.fetchStatus()).status).toBe('ok')
  })

  test('SIM-01 places, amends and cancels over REST, and finds its fills', async () => {
    const clientOrderId = '6d1b345e-2821-40e2-ad83-4ecb18a06876'
    const { id } = await client.createOrder('BTC/USD', 'limit', 'buy', 0.01, 30000, { clientOrderId, postOnly: true })
    expect(await client.fetchOrder(id)).toMatchObject({ status: 'open', clientOrderId, price: 30000, amount: 0.01 })
    await client.editOrder(id, 'BTC/USD', 'limit', 'buy', 0.02, 29000)
    expect(await client.fetchOpenOrders()).toMatchObject([{ id, amount: 0.02, price: 29000 }])
    await client.cancelOrder(id)
    await expect(client.cancelOrder(id)).rejects.toBeInstanceOf(ccxt.OrderNotFound)
    await expect(client.createOrder('BTC/USD', 'limit', 'buy', 100, 30000)).rejects.toBeInstanceOf(ccxt.InsufficientFunds)
    const bought = await client.createOrder('BTC/USD', 'market', 'buy', 0.01)
    expect(await client.fetchOrder(bought.id)).toMatchObject({ status: 'closed', filled: 0.01 })
    expect(await client.fetchMyTrades()).toMatchObject([{ order: bought.id, amount: 0.01, takerOrMaker: 'taker' }])
    expect(await client.fetchLedger()).toHaveLength(3)
    expect((await client.fetchBalance()).total.BTC).toBe(0.01)
  })

  test('SIM-01 follows the book by checksum and trades over WebSocket v2', async () => {
    let book = await client.watchOrderBook('BTC/USD', 10)
    for (let update = 0; update < 4; update++) book = await client.watchOrderBook('BTC/USD', 10)
    expect(book.bids).toHaveLength(10)
    expect(await client.watchOHLCV('BTC/USD', '1m')).toHaveLength(100)
    const orders = client.watchOrders()
    const trades = client.watchMyTrades()
    const placed = await client.createOrderWs('BTC/USD', 'limit', 'buy', 0.01, 31000)
    expect((await orders).map((order: Answer) => order.id)).toContain(placed.id)
    await client.createOrderWs('BTC/USD', 'market', 'buy', 0.01)
    expect((await trades).at(-1)).toMatchObject({ symbol: 'BTC/USD', amount: 0.01 })
    expect((await client.cancelAllOrdersWs()).result.count).toBe(1)
  })
})

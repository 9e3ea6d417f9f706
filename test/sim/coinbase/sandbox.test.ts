import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClockPort } from '#ports/clock'
import { sandboxKey } from '#sim/coinbase/credentials'
import { type CoinbaseSandbox, coinbaseEndpointFile, runCoinbaseSandbox } from '#sim/coinbase/main'
import { runSandbox, type Sandbox } from '#sim/kraken/main'
import { type Answer, PREFIX, silentLog, tokenOf } from './harness'

// Real sockets on loopback and real time: the one file of these tests that uses either.
const realClock: ClockPort = {
  now: () => Date.now(),
  monotonicUs: () => Math.floor(performance.now() * 1_000),
  setTimeout: (fn, delayMs) => setTimeout(fn as () => void, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  defer: (fn) => void setImmediate(fn),
}

const running: (CoinbaseSandbox | Sandbox)[] = []
const directories: string[] = []

afterEach(async () => {
  for (const sandbox of running.splice(0)) await sandbox.stop()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

const options = (dataDir: string) =>
  ({ dataDir, clock: realClock, seed: 'box', log: silentLog, port: 0, idleExitMs: null, handlesSignals: false }) as const

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-'))
  directories.push(directory)
  return directory
}

function open(dataDir: string): CoinbaseSandbox {
  const sandbox = runCoinbaseSandbox(options(dataDir))
  running.push(sandbox)
  return sandbox
}

async function call(port: number, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
  const host = `127.0.0.1:${port}`
  const authorization = `Bearer ${tokenOf(sandboxKey('box', 'EdDSA'), Date.now(), `${method} ${host}${PREFIX}${path}`)}`
  const headers = { authorization, 'content-type': 'application/json' }
  const response = await fetch(`http://${host}${PREFIX}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

describe('sandbox process (loopback sockets, real time)', () => {
  test('SIM-01 serves REST and both sockets on one port, beside a Kraken of the same directory, and keeps its orders', async () => {
    const directory = newDirectory()
    running.push(runSandbox(options(directory)))
    const { endpoint } = open(directory)
    expect(existsSync(coinbaseEndpointFile(directory))).toBe(true)
    const order = {
      client_order_id: 'kept',
      product_id: 'BTC-USD',
      side: 'BUY',
      order_configuration: { limit_limit_gtc: { base_size: '0.01', limit_price: '30000' } },
    }
    const placed = await call(endpoint.port, 'POST', '/orders', order)
    expect(placed.success).toBe(true)
    const frames: Answer[] = []
    const socket = new WebSocket(`ws://127.0.0.1:${endpoint.port}/user`)
    const snapshot = new Promise<void>((resolve) => {
      socket.onmessage = (event) => {
        frames.push(JSON.parse(String(event.data)))
        if (frames.length === 2) resolve()
      }
    })
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: 'subscribe', channel: 'user', jwt: tokenOf(sandboxKey('box'), Date.now(), null) }))
    await snapshot
    expect(frames.map((frame) => [frame.channel, frame.sequence_num])).toEqual([
      ['subscriptions', 0],
      ['user', 1],
    ])
    expect(frames[1].events[0].orders[0].client_order_id).toBe('kept')
    socket.close()
    await running.pop()?.stop()
    const again = open(directory)
    const { orders } = await call(again.endpoint.port, 'GET', '/orders/historical/batch')
    expect(orders.map((one: Answer) => [one.order_id, one.status])).toEqual([[placed.success_response.order_id, 'OPEN']])
    await fetch(`http://127.0.0.1:${again.endpoint.port}/emulator/shutdown`, { method: 'POST' })
    await again.stopped
    expect(existsSync(coinbaseEndpointFile(directory))).toBe(false)
  })
})

import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClockPort } from '#ports/clock'
import { sandboxCredentials } from '#sim/kraken/credentials'
import { endpointFile, runSandbox, type Sandbox, type SandboxOptions } from '#sim/kraken/main'
import { apiSign } from '#sim/kraken/signature'
import { serveSim } from '#sim/serve'
import { type Answer, Bench, silentLog } from './harness'

// Real sockets on loopback and real time: the one file of the emulator's tests that uses either.
const realClock: ClockPort = {
  now: () => Date.now(),
  monotonicUs: () => Math.floor(performance.now() * 1_000),
  setTimeout: (fn, delayMs) => setTimeout(fn as () => void, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  defer: (fn) => void setImmediate(fn),
}

const running: Sandbox[] = []
const directories: string[] = []

afterEach(async () => {
  for (const sandbox of running.splice(0)) await sandbox.stop()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-'))
  directories.push(directory)
  return directory
}

function open(dataDir: string, extra: Partial<SandboxOptions> = {}): Sandbox {
  const sandbox = runSandbox({
    dataDir,
    clock: realClock,
    seed: 'box',
    log: silentLog,
    port: 0,
    idleExitMs: null,
    handlesSignals: false,
    ...extra,
  })
  running.push(sandbox)
  return sandbox
}

async function callOver(port: number, method: string, fields: Record<string, string>, nonce: string): Promise<Answer> {
  const key = sandboxCredentials('box')
  const body = new URLSearchParams({ nonce, ...fields }).toString()
  const path = `/0/private/${method}`
  const headers = {
    'API-Key': key.apiKey,
    'API-Sign': apiSign(key.apiSecret, path, nonce, body),
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
  }
  return (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body })).json()
}

/** Opens a real socket and collects its frames; resolves with the first that `isWanted`. */
function listen(url: string): {
  socket: WebSocket
  frames: Answer[]
  next(isWanted: (frame: Answer) => boolean): Promise<Answer>
  closed: Promise<CloseEvent>
} {
  const socket = new WebSocket(url)
  const frames: Answer[] = []
  let wake: () => void = () => {}
  socket.onmessage = (event) => {
    frames.push(JSON.parse(String(event.data)))
    wake()
  }
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = (event) => {
      resolve(event)
      wake()
    }
  })
  const next = async (isWanted: (frame: Answer) => boolean): Promise<Answer> => {
    for (;;) {
      const found = frames.find(isWanted)
      if (found !== undefined) return found
      if (socket.readyState === WebSocket.CLOSED) throw new Error('the socket closed first')
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { socket, frames, next, closed }
}

describe('over real sockets', () => {
  test('SIM-01 serves REST and both sockets on one loopback port and carries an order through', async () => {
    const { endpoint } = open(newDirectory())
    const time = await (await fetch(`http://127.0.0.1:${endpoint.port}/0/public/Time`)).json()
    expect(Math.abs(time.result.unixtime - Date.now() / 1_000)).toBeLessThan(5)
    const { token } = (await callOver(endpoint.port, 'GetWebSocketsToken', {}, '1')).result
    const line = listen(`ws://127.0.0.1:${endpoint.port}/auth/v2`)
    await line.next((frame) => frame.channel === 'status')
    line.socket.send(JSON.stringify({ method: 'subscribe', params: { channel: 'executions', token, snap_orders: true }, req_id: 1 }))
    await line.next((frame) => frame.method === 'subscribe')
    const order = { order_type: 'market', side: 'buy', order_qty: 0.01, symbol: 'BTC/USD', token }
    line.socket.send(JSON.stringify({ method: 'add_order', params: order, req_id: 2 }))
    const answer = await line.next((frame) => frame.method === 'add_order')
    expect(answer.success).toBe(true)
    const filled = await line.next(
      (frame) => frame.channel === 'executions' && frame.data.some((row: Answer) => row.exec_type === 'filled'),
    )
    expect(filled.data[0].order_id).toBe(answer.result.order_id)
    const history = (await callOver(endpoint.port, 'TradesHistory', {}, '2')).result
    expect(history.count).toBe(1)
    const book = listen(`ws://127.0.0.1:${endpoint.port}/v2`)
    await book.next((frame) => frame.channel === 'status')
    book.socket.send(JSON.stringify({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'] } }))
    expect((await book.next((frame) => frame.channel === 'book' && frame.type === 'update')).data[0].symbol).toBe('BTC/USD')
    line.socket.close()
    book.socket.close()
    await Promise.all([line.closed, book.closed])
  })

  test('SIM-01 a dropped request cuts the line, an abrupt end shows as 1006, a refused upgrade as a failed handshake', async () => {
    const bench = new Bench()
    const served = serveSim(bench.emulator, { port: 0, log: silentLog })
    try {
      bench.fault({ kind: 'drop', face: 'rest', count: 1 })
      await expect(fetch(`http://127.0.0.1:${served.port}/0/public/Time`)).rejects.toThrow()
      expect((await fetch(`http://127.0.0.1:${served.port}/0/public/Time`)).status).toBe(200)
      const line = listen(`ws://127.0.0.1:${served.port}/v2`)
      await new Promise<void>((resolve) => {
        line.socket.onopen = () => resolve()
      })
      bench.clock.advance(0) // the greeting waits for the emulator's clock
      await line.next((frame) => frame.channel === 'status')
      expect(served.openSockets).toBe(1)
      bench.fault({ kind: 'drop', face: 'ws', count: 1 })
      line.socket.send('{"method":"ping"}')
      expect((await line.closed).code).toBe(1006)
      const refused = listen(`ws://127.0.0.1:${served.port}/nowhere`)
      expect([1002, 1006]).toContain((await refused.closed).code)
      expect(refused.frames).toEqual([])
      expect(served.openSockets).toBe(0)
      expect(() => serveSim(bench.emulator, { port: served.port, log: silentLog })).toThrow('cannot be opened')
    } finally {
      await served.stop()
    }
  })
})

describe('the sandbox of a data directory', () => {
  test('SIM-01 writes its endpoint while it listens, refuses a second instance, and removes the file when it stops', async () => {
    const directory = newDirectory()
    const first = open(directory)
    const file = endpointFile(directory)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(first.endpoint)
    expect(first.endpoint).toMatchObject({ pid: process.pid, seed: 'box' })
    expect(() => open(directory)).toThrow('another sandbox emulator uses')
    expect((await callOver(first.endpoint.port, 'Balance', {}, '1')).result.ZUSD).toBe('100000.0000') // the first is unharmed
    await first.stop()
    expect(existsSync(file)).toBe(false)
    await expect(fetch(`http://127.0.0.1:${first.endpoint.port}/0/public/Time`)).rejects.toThrow()
    const second = open(directory)
    expect((await callOver(second.endpoint.port, 'Balance', {}, '1')).error).toEqual(['EAPI:Invalid nonce'])
    expect((await callOver(second.endpoint.port, 'Balance', {}, '2')).error).toEqual([])
    await second.stop()
    expect(() => open(directory, { seed: 'other' })).toThrow('was made with seed "box"')
    const third = open(directory) // a refused start leaves nothing locked
    expect(third.endpoint.seed).toBe('box')
  })

  test('SIM-01 ends itself after a while without any client, and on POST /emulator/shutdown', async () => {
    const directory = newDirectory()
    const idle = open(directory, { idleExitMs: 150 })
    const line = listen(`ws://127.0.0.1:${idle.endpoint.port}/v2`)
    await line.next((frame) => frame.channel === 'status')
    await Bun.sleep(300)
    expect(existsSync(endpointFile(directory))).toBe(true) // a client is there
    line.socket.close()
    await idle.stopped
    expect(existsSync(endpointFile(directory))).toBe(false)
    const asked = open(directory)
    expect((await fetch(`http://127.0.0.1:${asked.endpoint.port}/emulator/shutdown`, { method: 'POST' })).status).toBe(202)
    await asked.stopped
    expect(existsSync(endpointFile(directory))).toBe(false)
  })

  test('SIM-01 stops in order on SIGTERM in a process of its own, and a killed one leaves no lock behind', async () => {
    const directory = newDirectory()
    const start = async () => {
      const child = Bun.spawn([process.execPath, join(import.meta.dir, 'fixtures', 'run-sandbox.ts'), directory], {
        stdout: 'pipe',
        stderr: 'inherit',
      })
      const reader = child.stdout.getReader()
      const port = Number(new TextDecoder().decode((await reader.read()).value).trim())
      return { child, port }
    }
    const first = await start()
    expect((await fetch(`http://127.0.0.1:${first.port}/0/public/SystemStatus`)).status).toBe(200)
    first.child.kill('SIGTERM')
    expect(await first.child.exited).toBe(0)
    expect(existsSync(endpointFile(directory))).toBe(false)
    const second = await start()
    expect((await callOver(second.port, 'Balance', {}, '5')).error).toEqual([])
    second.child.kill('SIGKILL')
    await second.child.exited
    expect(existsSync(endpointFile(directory))).toBe(true) // killed: it could not tidy up
    const third = open(directory)
    expect((await callOver(third.endpoint.port, 'Balance', {}, '5')).error).toEqual(['EAPI:Invalid nonce'])
  })
})

import { afterEach, describe, expect, test } from 'bun:test'
import type { InspectionSource } from '#api/inspect'
import { type ApiOptions, DEFAULT_API_OPTIONS } from '#api/options'
import { type ApiServer, serveApi } from '#api/serve'
import { AppError } from '#domain/errors'
import { Secret } from '#domain/secret'
import { RealClock } from '#ops/real-clock'
import { FakeControl } from './fake-control'
import { fakeLog } from './fake-log'

// The real server on a loopback port, over a fake control.
const running: ApiServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

function start(options: Partial<ApiOptions> = {}, inspector: InspectionSource | null = null) {
  const clock = new RealClock()
  const control = new FakeControl(clock)
  const texts: string[] = []
  const server = serveApi({
    control,
    clock,
    log: fakeLog(),
    page: null,
    inspector,
    options: { ...DEFAULT_API_OPTIONS, port: 0, ...options },
    watchText: (where, text) => texts.push(`${where}: ${text}`),
  })
  running.push(server)
  return { control, server, texts, socketUrl: `ws://127.0.0.1:${server.port}/api/v1/push` }
}

interface Outcome {
  readonly opened: boolean
  readonly protocol: string
  readonly first: string
}

/** Opens a socket with headers: Bun's constructor takes them, the browser's type does not know. */
function openSocket(url: string, init: Bun.WebSocketOptions): WebSocket {
  return Reflect.construct(WebSocket, [url, init])
}

function tryOpen(url: string, init: Bun.WebSocketOptions = {}): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = openSocket(url, init)
    socket.onmessage = (event) => {
      resolve({ opened: true, protocol: socket.protocol, first: String(event.data) })
      socket.close()
    }
    socket.onerror = () => resolve({ opened: false, protocol: '', first: '' })
  })
}

describe('serveApi', () => {
  test('I9 hands each answer and each push over to be searched, and sends them as they are', async () => {
    const { control, server, texts, socketUrl } = start()
    const body = await (await fetch(`${server.url}api/v1/health`)).text()
    expect(texts).toEqual([`an answer of the API: ${body}`])
    const received = new Promise<string>((resolve) => {
      const socket = openSocket(socketUrl, {})
      socket.onmessage = ({ data }) => {
        if (String(data).includes('"hello"')) control.push('bot', { botId: 'a' })
        else resolve(String(data))
      }
    })
    expect(texts.at(-1) ?? '').not.toContain('a push')
    expect(texts).not.toContain(await received)
    expect(texts.at(-1)).toBe(`a push of the API: ${await received}`)
  })

  test('I9 hands each inspection message over to be searched', async () => {
    const source: InspectionSource = {
      attach: (send) => {
        send('{"type":"@xstate.actor"}')
        return () => undefined
      },
    }
    const { server, texts } = start({ inspection: true }, source)
    expect(await tryOpen(`ws://127.0.0.1:${server.port}/api/v1/inspect`)).toMatchObject({ opened: true, first: '{"type":"@xstate.actor"}' })
    expect(texts).toContain('an inspection message: {"type":"@xstate.actor"}')
  })

  test('API-04 listens on 127.0.0.1 with a port that the system chose and answers under its own Host only', async () => {
    const { server } = start()
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/`)
    expect((await fetch(`${server.url}api/v1/health`)).status).toBe(200)
    expect((await fetch(`${server.url}api/v1/health`, { headers: { host: 'evil.example' } })).status).toBe(403)
  })

  test('API-04 a port in use is one error with its remedy', async () => {
    const { server } = start()
    let thrown: unknown = null
    try {
      start({ port: server.port })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(AppError)
    if (!(thrown instanceof AppError)) return
    expect(thrown.code).toBe('PORT_IN_USE')
    expect(thrown.message).toBe(
      `Port ${server.port} on 127.0.0.1 is in use; stop what runs there or set another api.port (0 takes any free one)`,
    )
  })

  test('API-04 answers 413 for a chunked body without a declared length', async () => {
    const { server } = start()
    const body = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 20; index++) controller.enqueue(new TextEncoder().encode('x'.repeat(8_192)))
        controller.close()
      },
    })
    const response = await fetch(`${server.url}api/v1/company/pause`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ data: null, error: { code: 'PAYLOAD_TOO_LARGE' } })
  })

  test('API-06 pushes over a socket and replays after a reconnect', async () => {
    const { control, socketUrl } = start()
    const messages: { type: string; seq?: number; instance?: string }[] = []
    const first = new WebSocket(socketUrl)
    await new Promise<void>((resolve) => {
      first.onmessage = (event) => {
        messages.push(JSON.parse(String(event.data)))
        if (messages.length === 1) control.push('fill', { n: 1 })
        else resolve()
      }
    })
    first.close()
    control.push('fill', { n: 2 })
    control.push('fill', { n: 3 })
    const instance = messages[0]?.instance
    const replayed: number[] = []
    const second = new WebSocket(socketUrl)
    await new Promise<void>((resolve) => {
      second.onmessage = (event) => {
        const message = JSON.parse(String(event.data))
        if (message.type === 'hello') second.send(JSON.stringify({ type: 'resume', after: messages[1]?.seq, instance }))
        if (message.type === 'event') replayed.push(message.payload.n)
        if (message.type === 'resumed') resolve()
      }
    })
    second.close()
    expect(replayed).toEqual([2, 3])
  })

  test('SEC a foreign page cannot open a socket: Origin and Host are checked on the upgrade', async () => {
    const { server, socketUrl } = start({ inspection: true })
    for (const url of [socketUrl, socketUrl.replace('push', 'inspect')]) {
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { origin: `http://localhost:${server.port + 1}` },
        { host: 'evil.example' },
      ]) {
        expect((await tryOpen(url, { headers })).opened).toBe(false)
      }
    }
    expect((await tryOpen(socketUrl, { headers: { origin: `http://127.0.0.1:${server.port}` } })).opened).toBe(true)
  })

  test('API-04 a socket needs the token: as a header or, from a browser, as a subprotocol that is not echoed', async () => {
    const token = 'alice-token-0123456789'
    const { socketUrl } = start({ tokens: [{ name: 'alice', token: new Secret(token) }] })
    const encoded = Buffer.from(token).toString('base64url')
    expect((await tryOpen(socketUrl)).opened).toBe(false)
    expect((await tryOpen(socketUrl, { protocols: ['troupe.v1', 'troupe.token.bm9wZQ'] })).opened).toBe(false)
    expect((await tryOpen(socketUrl, { headers: { authorization: `Bearer ${token}` } })).opened).toBe(true)
    expect(await tryOpen(socketUrl, { protocols: ['troupe.v1', `troupe.token.${encoded}`] })).toMatchObject({
      opened: true,
      protocol: 'troupe.v1',
    })
  })

  test('WEB-03 the inspection socket is closed by default', async () => {
    const { server } = start()
    const response = await fetch(`${server.url}api/v1/inspect`)
    expect([response.status, (await response.json()).error.code]).toEqual([403, 'FORBIDDEN'])
    expect((await fetch(`${server.url}api/v1/push`)).status).toBe(400)
  })

  test('I13 stop closes the sockets, frees the port and ends the subscription', async () => {
    const { control, server, socketUrl } = start()
    const socket = new WebSocket(socketUrl)
    await new Promise((resolve) => {
      socket.onmessage = resolve
    })
    const closed = new Promise<number>((resolve) => {
      socket.onclose = (event) => resolve(event.code)
    })
    await server.stop()
    expect(await closed).toBe(1001)
    expect(control.watchers).toBe(0)
    const again = start({ port: server.port })
    expect(again.server.port).toBe(server.port)
  })
})

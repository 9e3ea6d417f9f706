import { describe, expect, test } from 'bun:test'
import net, { type AddressInfo } from 'node:net'
import { NetTransport } from '#ops/net-transport'
import { RealClock } from '#ops/real-clock'
import type { HttpRequest, SocketPort } from '#ports/transport'
import { VirtualClock } from '#sim/virtual-clock'

// Real sockets on the loopback interface, real time.
const transport = new NetTransport({ clock: new RealClock(), allowedHosts: null })

const post = (url: string, timeoutMs = 2_000): HttpRequest => ({ method: 'POST', url, headers: { 'API-Key': 'k' }, body: 'a=1', timeoutMs })

async function tcp(onData: (socket: net.Socket, data: Buffer) => void): Promise<{ url: string; [Symbol.dispose](): void }> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (data) => onData(socket, Buffer.from(data)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, [Symbol.dispose]: () => void server.close() }
}

describe('NetTransport requests', () => {
  test('returns status, lower-case headers and body, and follows no redirect', async () => {
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async (request) =>
        new URL(request.url).pathname === '/away'
          ? Response.redirect('http://127.0.0.1:1/', 302)
          : new Response(`${request.method} ${request.headers.get('api-key')} ${await request.text()}`, {
              status: 418,
              headers: { 'X-A': 'b' },
            }),
    })
    const result = await transport.request(post(`${server.url}path`))
    expect(result).toMatchObject({ kind: 'answer', status: 418, headers: { 'x-a': 'b' }, body: 'POST k a=1' })
    expect(await transport.request(post(`${server.url}away`))).toMatchObject({ kind: 'answer', status: 302 })
  })

  test('a refused connection and an unknown name are unsent', async () => {
    expect((await transport.request(post('http://127.0.0.1:1/'))).kind).toBe('unsent')
    expect((await transport.request(post('http://no-such-host.invalid/'))).kind).toBe('unsent')
  })

  test.each([
    ['a reset after the request', (socket: net.Socket) => void socket.resetAndDestroy()],
    ['a close without an answer', (socket: net.Socket) => void socket.end()],
    ['an answer that breaks off', (socket: net.Socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')],
  ])('%s is lost', async (_name, onData) => {
    using server = await tcp(onData)
    expect((await transport.request(post(server.url))).kind).toBe('lost')
  })

  test('a time-out is lost, and says after how long', async () => {
    using server = await tcp(() => undefined)
    expect(await transport.request(post(server.url, 60))).toEqual({ kind: 'lost', reason: 'no answer within 60 ms' })
  })

  test('I3 a kept-alive line that dies under a second command never sends it twice by itself', async () => {
    let commands = 0
    using server = await tcp((socket) => {
      commands++
      if (commands === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok')
      else socket.end()
    })
    expect((await transport.request(post(server.url))).kind).toBe('answer')
    expect((await transport.request(post(server.url))).kind).toBe('lost')
    expect(commands).toBe(2)
  })

  test('PAIN-18 a host that is not on the allow-list is refused before anything leaves, on both carriers', async () => {
    let hits = 0
    using server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => {
        hits++
        return new Response('x')
      },
    })
    const walled = new NetTransport({ clock: new RealClock(), allowedHosts: ['api.kraken.com', 'LOCALHOST'] })
    const result = await walled.request(post(server.url.href))
    expect(result).toEqual({ kind: 'unsent', reason: 'egress to 127.0.0.1 is refused: the host is not on the allow-list' })
    const close = await new Promise<string>((resolve) =>
      walled.openSocket(server.url.href.replace('http', 'ws'), {
        onOpen: () => resolve('open'),
        onText: resolve,
        onClose: (code, reason) => resolve(`${code} ${reason}`),
      }),
    )
    expect(close).toBe('1006 egress to 127.0.0.1 is refused: the host is not on the allow-list')
    expect(hits).toBe(0)
    expect((await walled.request(post(`http://localhost:${server.port}/`))).kind).not.toBe('unsent')
  })
})

describe('NetTransport sockets', () => {
  function serve() {
    return Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch(request, server) {
        const { pathname } = new URL(request.url)
        if (pathname === '/forbidden') return new Response('no', { status: 403 })
        return server.upgrade(request, { data: pathname }) ? undefined : new Response('no', { status: 400 })
      },
      websocket: {
        data: '' as string,
        open(socket) {
          if (socket.data === '/bye') socket.close(4001, 'bye')
          if (socket.data === '/cut') socket.terminate()
          if (socket.data === '/bytes') socket.send(Buffer.from('bytes'))
        },
        message: (socket, text) => void socket.send(`echo ${text}`),
      },
    })
  }

  /** Runs a socket until its close and returns what was called. */
  async function lifeOf(url: string, act: (socket: SocketPort, text: string) => void, over: NetTransport = transport): Promise<string[]> {
    const log: string[] = []
    await new Promise<void>((resolve) => {
      const socket = over.openSocket(url, {
        onOpen: () => {
          log.push('open')
          act(socket, 'open')
        },
        onText: (text) => {
          log.push(text)
          act(socket, text)
        },
        onClose: (code, reason) => {
          log.push(`close ${code} ${reason}`.trimEnd())
          expect(socket.send('x')).toBe(false)
          resolve()
        },
      })
      expect(socket.send('too early')).toBe(false)
    })
    return log
  }

  test('opens, sends, receives and closes with a handshake', async () => {
    using server = serve()
    const life = await lifeOf(`ws://127.0.0.1:${server.port}/v2`, (socket, text) => {
      if (text === 'open') expect(socket.send('one')).toBe(true)
      else socket.close()
    })
    expect(life).toEqual(['open', 'echo one', 'close 1000'])
  })

  test('hands on the server’s close code and reason, and calls a cut line 1006', async () => {
    using server = serve()
    const at = (path: string) => lifeOf(`ws://127.0.0.1:${server.port}${path}`, (socket, text) => text === 'bytes' && socket.close())
    expect(await at('/bye')).toEqual(['open', 'close 4001 bye'])
    expect(await at('/cut')).toEqual(['open', 'close 1006 connection lost'])
    expect(await at('/bytes')).toEqual(['open', 'bytes', 'close 1000'])
  })

  test('names the status of a refused upgrade, and a refused connection', async () => {
    using server = serve()
    expect(await lifeOf(`ws://127.0.0.1:${server.port}/forbidden`, () => undefined)).toEqual(['close 1006 upgrade refused with status 403'])
    const refused = await lifeOf('ws://127.0.0.1:1/', () => undefined)
    expect(refused).toHaveLength(1)
    expect(refused[0]).toContain('close 1006 connect ECONNREFUSED')
  })

  test('a peer that never answers the closing frame is cut after 2 s (of a virtual clock beside a real socket)', async () => {
    const deaf = await tcp((socket, data) => {
      const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(data.toString())?.[1]
      if (key === undefined) return
      const accept = new Bun.CryptoHasher('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
    })
    using _ = deaf
    const clock = new VirtualClock(0)
    const close = (socket: SocketPort) => {
      socket.close()
      clock.advance(1_999)
      queueMicrotask(() => clock.advance(1))
    }
    const life = await lifeOf(deaf.url.replace('http', 'ws'), close, new NetTransport({ clock, allowedHosts: null }))
    expect(life).toEqual(['open', 'close 1006 closing handshake timed out'])
  })
})

// What this machine and runtime cost at least, measured beside our own figures (the same parts as the published floors).
import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createActor, setup, assign } from 'xstate'
import { nowUs, percentile, ratePerSec, report } from './report'

const levels = Array.from(
  { length: 20 },
  (_, index) => `{"price":${(60_000 + index * 0.1).toFixed(1)},"qty":${(0.1 + index / 100).toFixed(8)}}`,
).join(',')
const book = `{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[${levels}],"asks":[${levels}],"checksum":3310070434,"timestamp":"2026-01-05T00:00:00.000000Z"}]}`
const parse = 1_000_000 / ratePerSec(300, () => JSON.parse(book))
const hmac = 1_000_000 / ratePerSec(300, () => new Bun.CryptoHasher('sha256', 'key').update('x'.repeat(200)).digest())

const machine = setup({ types: { events: {} as { type: 'go' }, context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  initial: 'a',
  states: {
    a: { on: { go: { target: 'b', actions: assign({ n: 1 }) } } },
    b: { on: { go: { target: 'c', actions: assign({ n: 2 }) } } },
    c: { on: { go: 'd' } },
    d: { on: { go: 'e' } },
    e: { on: { go: 'f' } },
    f: {},
  },
})
const lifecycle = ratePerSec(400, () => {
  const actor = createActor(machine).start()
  for (let k = 0; k < 5; k++) actor.send({ type: 'go' })
})

function insertUs(synchronous: 'FULL' | 'NORMAL'): number {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-floor-'))
  const database = new Database(join(dir, 'floor.sqlite'))
  database.run('pragma journal_mode=WAL')
  database.run(`pragma synchronous=${synchronous}`)
  database.run('create table t(seq integer primary key, data text not null) strict')
  const insert = database.prepare('insert into t(data) values(?)')
  const samples: number[] = []
  for (let index = 0; index < 2_000; index++) {
    const start = nowUs()
    insert.run('x'.repeat(300))
    samples.push(nowUs() - start)
  }
  database.close()
  rmSync(dir, { recursive: true })
  return percentile(samples, 0.5)
}

async function loopbackUs(): Promise<number> {
  const server = Bun.serve<undefined>({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request, self) => (self.upgrade(request, { data: undefined }) ? undefined : new Response('', { status: 400 })),
    websocket: { message: (socket, text) => void socket.send(text) },
  })
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}`)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const samples: number[] = []
  await new Promise<void>((resolve) => {
    let start = nowUs()
    socket.addEventListener('message', () => {
      samples.push(nowUs() - start)
      if (samples.length >= 3_000) return resolve()
      start = nowUs()
      socket.send('ping')
    })
    socket.send('ping')
  })
  socket.close()
  await server.stop(true)
  return percentile(samples, 0.5)
}

report([
  { name: 'floor: JSON.parse of a 1 kB book frame', value: parse, unit: 'us' },
  { name: 'floor: HMAC-SHA256 of 200 B', value: hmac, unit: 'us' },
  { name: 'floor: bare XState lifecycle (create, 5 events)', value: lifecycle, unit: '/s' },
  { name: 'floor: SQLite insert, process (WAL NORMAL) p50', value: insertUs('NORMAL'), unit: 'us' },
  { name: 'floor: SQLite insert, power (WAL FULL) p50', value: insertUs('FULL'), unit: 'us' },
  { name: 'floor: loopback WebSocket round trip p50', value: await loopbackUs(), unit: 'us' },
])

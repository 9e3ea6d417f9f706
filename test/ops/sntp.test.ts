import { createSocket } from 'node:dgram'
import { afterEach, describe, expect, test } from 'bun:test'
import { judgeClock } from '#domain/clock-gate'
import { medianSample, readSntp, sntpRequest } from '#domain/sntp'
import { readClock } from '#ops/sntp'
import { RealClock } from '#ops/real-clock'

/** Seconds from 1900 to 1970. */
const OFFSET_SEC = 2_208_988_800n

/** A time as the protocol writes it, made by whole-number arithmetic: nothing is shared with the code under test. */
function stampOf(utcMs: number): bigint {
  const us = BigInt(Math.round(utcMs * 1_000))
  const whole = us / 1_000_000n
  return (((whole + OFFSET_SEC) % (1n << 32n)) << 32n) | (((us % 1_000_000n) << 32n) / 1_000_000n)
}

interface Answer {
  readonly originate: bigint
  readonly receivedMs: number
  readonly sentMs: number
  readonly flags?: number
  readonly stratum?: number
  readonly kiss?: string
}

function answerOf({ originate, receivedMs, sentMs, flags = 0x24, stratum = 2, kiss = 'LOCL' }: Answer): Uint8Array {
  const packet = Buffer.alloc(48)
  packet[0] = flags
  packet[1] = stratum
  packet.write(kiss, 12, 'ascii')
  packet.writeBigUInt64BE(originate, 24)
  packet.writeBigUInt64BE(stampOf(receivedMs), 32)
  packet.writeBigUInt64BE(stampOf(sentMs), 40)
  return packet
}

const AT_MS = Date.UTC(2026, 0, 1, 0, 0, 0, 250)
const ORIGINATE = stampOf(AT_MS)

describe('packets', () => {
  test('SEC-04 a request is version 4 of a client and carries its own time', () => {
    const request = Buffer.from(sntpRequest(AT_MS))
    expect(request.length).toBe(48)
    expect(request[0]).toBe(0x23)
    // 2026-01-01T00:00:00.250Z is 3976214400.25 s of 1900
    expect(request.readUInt32BE(40)).toBe(3_976_214_400)
    expect(request.readUInt32BE(44)).toBe(2 ** 30)
  })

  test('SEC-04 the offset is half of both differences, the delay the round trip less the time at the server', () => {
    // Ours is 300 ms behind; 40 ms there, 10 ms at the server, 20 ms back.
    const packet = answerOf({ originate: ORIGINATE, receivedMs: AT_MS + 340, sentMs: AT_MS + 350 })
    const sample = readSntp(packet, AT_MS, AT_MS + 70)
    expect(sample.offsetMs).toBeCloseTo(310, 3)
    expect(sample.delayMs).toBeCloseTo(60, 3)
    expect(sample.stratum).toBe(2)
  })

  test('SEC-04 the era that begins in 2036 is read on', () => {
    const atMs = Date.UTC(2040, 5, 1)
    const packet = answerOf({ originate: stampOf(atMs), receivedMs: atMs + 5, sentMs: atMs + 5 })
    expect(readSntp(packet, atMs, atMs + 10).offsetMs).toBeCloseTo(0, 3)
  })

  const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['a short packet', new Uint8Array(20), /20 bytes/],
    ['the answer to another request', answerOf({ originate: ORIGINATE + 1n, receivedMs: AT_MS, sentMs: AT_MS }), /another request/],
    ['a client', answerOf({ originate: ORIGINATE, receivedMs: AT_MS, sentMs: AT_MS, flags: 0x23 }), /mode 3/],
    ['an unsynchronised server', answerOf({ originate: ORIGINATE, receivedMs: AT_MS, sentMs: AT_MS, flags: 0xe4 }), /not synchronised/],
    ['a kiss of death', answerOf({ originate: ORIGINATE, receivedMs: AT_MS, sentMs: AT_MS, stratum: 0, kiss: 'RATE' }), /refuses: RATE/],
    ['stratum 16', answerOf({ originate: ORIGINATE, receivedMs: AT_MS, sentMs: AT_MS, stratum: 16 }), /stratum 16/],
    [
      'a server that answered before it was asked',
      answerOf({ originate: ORIGINATE, receivedMs: AT_MS + 9, sentMs: AT_MS + 1 }),
      /contradict/,
    ],
  ]
  test.each(refused)('SEC-04 %s is refused in words', (_name, packet, words) => {
    expect(() => readSntp(packet, AT_MS, AT_MS + 10)).toThrow(words)
  })

  test('SEC-04 one server that lies does not decide', () => {
    const sample = (offsetMs: number, delayMs = 10) => ({ offsetMs, delayMs, stratum: 2 })
    expect(medianSample([sample(2), sample(90_000), sample(-3)])?.offsetMs).toBe(2)
    expect(medianSample([sample(500, 80), sample(4, 20)])?.offsetMs).toBe(4)
    expect(medianSample([])).toBeNull()
  })
})

describe('the gate', () => {
  const reading = (offsetMs: number | null) => ({ offsetMs, text: '3 of 3 time servers answered' })
  test.each([
    ['sandbox', 9_999, 'skipped'],
    ['dry_run', null, 'skipped'],
    ['paper', 151, 'warn'],
    ['paper', null, 'warn'],
    ['paper', -150, 'ok'],
    ['live', 150, 'ok'],
    ['live', -150.1, 'refuse'],
    ['live', 151, 'refuse'],
    ['live', null, 'refuse'],
  ] as const)('SEC-04 REQ-TIME1 %s with a drift of %p ms: %s', (mode, offsetMs, kind) => {
    expect(judgeClock(mode, reading(offsetMs), 150).kind).toBe(kind)
  })

  test('SEC-04 a live start without time servers is refused and says what to do', () => {
    expect(judgeClock('live', null, 150)).toMatchObject({ kind: 'refuse', remedy: expect.stringContaining('clockServers') })
  })
})

/* Real sockets on the loopback, real time. */
describe('over UDP', () => {
  const open: ReturnType<typeof createSocket>[] = []
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close()
  })

  async function server(answer: ((request: Buffer, nowMs: number) => Uint8Array) | null): Promise<string> {
    const socket = createSocket('udp4')
    open.push(socket)
    socket.on('message', (request, from) => {
      if (answer !== null) socket.send(answer(request, Date.now()), from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return `127.0.0.1:${socket.address().port}`
  }
  const honest = (aheadMs: number) => (request: Buffer, nowMs: number) =>
    answerOf({ originate: request.readBigUInt64BE(40), receivedMs: nowMs + aheadMs, sentMs: nowMs + aheadMs })

  test('SEC-04 REQ-TIME1 the drift is what a server shows, and a silent one costs no more than the time-out', async () => {
    const servers = [await server(honest(400)), await server(null), await server(honest(402))]
    const reading = await readClock(new RealClock(), { servers, timeoutMs: 300 })
    expect(Math.abs((reading.offsetMs ?? 0) - 401)).toBeLessThan(50)
    expect(reading.text).toContain('2 of 3 time servers answered')
    expect(judgeClock('live', reading, 150)).toMatchObject({ kind: 'refuse', text: expect.stringContaining('behind') })
  })

  test('SEC-04 a clock that is right passes', async () => {
    const reading = await readClock(new RealClock(), { servers: [await server(honest(0))], timeoutMs: 1_000 })
    expect(judgeClock('live', reading, 150).kind).toBe('ok')
  })

  test('SEC-04 servers that are silent, unknown or talk nonsense are named', async () => {
    const servers = [await server(null), await server(() => new Uint8Array(3)), 'no-such-host.invalid']
    const reading = await readClock(new RealClock(), { servers, timeoutMs: 2_000 })
    expect(reading.offsetMs).toBeNull()
    expect(reading.text).toContain('no answer within 2000 ms')
    expect(reading.text).toContain('an answer of 3 bytes')
    expect(reading.text).toContain('no-such-host.invalid: ')
  })
})

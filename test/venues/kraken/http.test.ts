/** Private and public REST calls against a scripted fake of Kraken in virtual time. */
import { expect, test } from 'bun:test'
import { AppError } from '#domain/errors'
import type { HttpRequest, HttpResult, TransportPort } from '#ports/transport'
import { VirtualClock } from '#sim/virtual-clock'
import { NonceSource } from '#venues/kraken/nonce'
import { API_KEY, API_SECRET, FakeMarks, failureOf, orderRef, rig, START_MS, settle } from './fake-kraken'

/** For marks that can always be written. */
const unmarked = (error: unknown): never => {
  throw error
}

/** Answers each private call, and refuses a nonce that does not exceed the last one, as the exchange does. */
class StrictNonces implements TransportPort {
  last = 0n
  accepted = 0
  refused = 0
  inFlight = 0
  inFlightMax = 0
  readonly clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.clock = clock
  }

  request(request: HttpRequest): Promise<HttpResult> {
    this.inFlightMax = Math.max(this.inFlightMax, ++this.inFlight)
    // Answers take unlike times, so that calls sent together would arrive out of turn.
    const delayMs = 1 + ((this.accepted * 7) % 5)
    return new Promise((resolve) => {
      this.clock.setTimeout(() => {
        this.inFlight--
        const nonce = BigInt(new URLSearchParams(request.body ?? '').get('nonce') ?? '0')
        const isGreater = nonce > this.last
        if (isGreater) this.last = nonce
        this.accepted += isGreater ? 1 : 0
        this.refused += isGreater ? 0 : 1
        const body = isGreater ? '{"error":[],"result":{"count":0}}' : '{"error":["EAPI:Invalid nonce"]}'
        resolve({ kind: 'answer', status: 200, headers: {}, body })
      }, delayMs)
    })
  }

  openSocket(): never {
    throw new Error('no sockets here')
  }
}

test('PAIN-07 10 000 concurrent private calls, the clock stepped back 5 s and a restart between: strictly increasing, no reject', () => {
  const clock = new VirtualClock(START_MS)
  const exchange = new StrictNonces(clock)
  const marks = new FakeMarks()
  const config = { privateQueueMax: 20_000, privateQueueWaitMsMax: 1e9 }
  const make = () => {
    const made = rig(config, marks, clock)
    Object.assign(made.fake, { request: exchange.request.bind(exchange) })
    return made.venue
  }
  const run = (count: number): void => {
    const venue = make()
    let done = 0
    for (let call = 0; call < count; call++) void venue.rest.cancelOrder(null, `bot ${call % 50} call ${call}`).then(() => done++)
    clock.advance(500)
    clock.stepWallClock(-5_000)
    clock.advance(60_000)
    expect(done).toBe(count)
  }
  run(5_000)
  // The process dies and comes back while its clock is still behind.
  run(5_000)
  expect(exchange.refused).toBe(0)
  expect(exchange.accepted).toBe(10_000)
  expect(exchange.inFlightMax).toBe(1)
  expect(marks.puts).toBeLessThan(200)
})

test('PAIN-07 a nonce mark is on disk before any nonce under it is used', () => {
  const marks = new FakeMarks()
  const first = new NonceSource(marks, 'key', 1_000, unmarked)
  const used = [first.next(START_MS), first.next(START_MS), first.next(START_MS - 5_000)].map(BigInt)
  expect(used[0]).toBe(BigInt(START_MS) * 1_000_000n)
  expect(used[1]).toBe((used[0] ?? 0n) + 1n)
  expect(used[2]).toBe((used[0] ?? 0n) + 2n)
  expect(BigInt(marks.get('key') ?? '0')).toBeGreaterThanOrEqual(used[2] ?? 0n)
  expect(marks.puts).toBe(1)
  const restarted = BigInt(new NonceSource(marks, 'key', 1_000, unmarked).next(START_MS - 60_000))
  expect(restarted).toBeGreaterThan(used[2] ?? 0n)
})

test('PAIN-04 a disk that takes no mark holds no nonce back, is told of once, and is tried again with each', () => {
  const marks = new FakeMarks()
  const told: unknown[] = []
  const full = new Error('ENOSPC')
  let isFull = true
  const put = (key: string, value: string) => {
    if (isFull) throw full
    marks.put(key, value)
  }
  const source = new NonceSource({ get: (key) => marks.get(key), put }, 'key', 1_000, (error) => told.push(error))
  const used = Array.from({ length: 5 }, () => BigInt(source.next(START_MS)))
  for (const [index, nonce] of used.entries()) if (index > 0) expect(nonce).toBe((used[index - 1] ?? 0n) + 1n)
  expect(told).toEqual([full])
  isFull = false
  const marked = BigInt(source.next(START_MS))
  expect(marked).toBeGreaterThan(used[4] ?? 0n)
  expect(BigInt(marks.get('key') ?? '0')).toBeGreaterThanOrEqual(marked)
  isFull = true
  source.leap()
  source.next(START_MS)
  expect(told).toEqual([full, full])
})

test('VEN-02 two sources over the same marks never give the same nonce, and a leap passes every mark', () => {
  const marks = new FakeMarks()
  const a = new NonceSource(marks, 'key', 1, unmarked)
  const b = new NonceSource(marks, 'key', 1, unmarked)
  const seen = new Set<string>()
  for (let step = 0; step < 5_000; step++) for (const source of [a, b]) seen.add(source.next(START_MS + step))
  expect(seen.size).toBe(10_000)
  const highest = BigInt(marks.get('key') ?? '0')
  a.leap()
  expect(BigInt(a.next(START_MS))).toBeGreaterThan(highest)
})

test('VEN-02 one private call of a key is in flight at a time, a cancel goes before waiting questions', () => {
  const { clock, fake, venue } = rig()
  fake.rest.set('BalanceEx', () => ({ result: {} }))
  fake.rest.set('CancelOrder', () => ({ result: { count: 1 } }))
  settle(clock, venue.instruments())
  fake.calls.length = 0
  const questions = [venue.rest.balanceEx(), venue.rest.balanceEx(), venue.rest.balanceEx()]
  const cancel = venue.cancel(orderRef(1, 'OABCDE-AAAAA-AAAAAA'))
  expect(settle(clock, cancel)).toEqual({ kind: 'accepted' })
  settle(clock, Promise.all(questions))
  expect(fake.calls.map((call) => call.method)).toEqual(['BalanceEx', 'CancelOrder', 'BalanceEx', 'BalanceEx'])
  const nonces = fake.calls.map((call) => BigInt(call.parameters.get('nonce') ?? '0'))
  for (let at = 1; at < nonces.length; at++) expect(nonces[at]).toBeGreaterThan(nonces[at - 1] ?? 0n)
  expect(fake.callsOf('CancelOrder')[0]?.parameters.get('txid')).toBe('OABCDE-AAAAA-AAAAAA')
})

test('VEN-15 questions wait for the REST counter, in order', () => {
  const { clock, fake, venue } = rig({ tier: 'pro' })
  fake.rest.set('BalanceEx', () => ({ result: {} }))
  fake.latencyMs = 1
  const calls = Array.from({ length: 30 }, () => venue.rest.balanceEx())
  settle(clock, Promise.all(calls))
  const sentAt = fake.callsOf('BalanceEx').map((call) => call.atMs - START_MS)
  // 17 of 20 points at once, the reserve of three stays, then one a second.
  expect(sentAt.filter((at) => at < 100)).toHaveLength(17)
  expect(Math.max(...sentAt)).toBeGreaterThanOrEqual(12_900)
})

test('VEN-15 a full queue and a wait without prospect are refused, typed', () => {
  const { clock, fake, venue } = rig({ privateQueueMax: 3, privateQueueWaitMsMax: 2_000 })
  fake.rest.set('BalanceEx', () => ({ result: {} }))
  const results = Array.from({ length: 6 }, () =>
    venue.rest.balanceEx().then(
      () => 'ok',
      (error: AppError) => error.code,
    ),
  )
  expect(settle(clock, Promise.all(results))).toEqual(['ok', 'ok', 'ok', 'ok', 'RATE_LIMITED', 'RATE_LIMITED'])
  fake.rest.set('BalanceEx', () => ({ error: 'EGeneral:Temporary lockout' }))
  expect(failureOf(clock, venue.rest.balanceEx())).toMatchObject({ code: 'RATE_LIMITED' })
  // A locked-out key is left alone for a quarter of an hour: the next call is refused by ourselves, and at once.
  const before = fake.calls.length
  expect(failureOf(clock, venue.rest.balanceEx(), 1_000)).toMatchObject({ code: 'RATE_LIMITED' })
  expect(fake.calls).toHaveLength(before)
  clock.advance(900_000)
  fake.rest.set('BalanceEx', () => ({ result: {} }))
  expect(settle(clock, venue.rest.balanceEx())).toEqual({})
})

test('VEN-02 after an invalid nonce a question is sent once more with a fresh one, not twice', () => {
  const { clock, fake, venue } = rig()
  let refusals = 1
  fake.rest.set('BalanceEx', () => (refusals-- > 0 ? { error: 'EAPI:Invalid nonce' } : { result: {} }))
  expect(settle(clock, venue.rest.balanceEx())).toEqual({})
  expect(fake.callsOf('BalanceEx')).toHaveLength(2)
  refusals = 10
  expect(failureOf(clock, venue.rest.balanceEx())).toMatchObject({ code: 'VENUE_AUTH' })
  expect(fake.callsOf('BalanceEx')).toHaveLength(4)
})

test('VEN-02 questions are repeated after service errors, edge errors and lost answers, with growing pauses, and then fail typed', () => {
  const { clock, fake, venue } = rig({ queryAttemptsMax: 4 })
  const failures: readonly [() => ReturnType<NonNullable<Parameters<typeof fake.rest.set>[1]>>, string, number][] = [
    [() => ({ error: 'EService:Busy' }), 'VENUE_UNAVAILABLE', 4],
    [() => ({ kind: 'answer', status: 502, headers: {}, body: '<html>Bad Gateway</html>' }), 'VENUE_UNAVAILABLE', 4],
    [() => ({ kind: 'answer', status: 429, headers: {}, body: 'slow down' }), 'RATE_LIMITED', 4],
    [() => ({ kind: 'lost', reason: 'timed out' }), 'VENUE_TIMEOUT', 4],
    [() => ({ kind: 'unsent', reason: 'refused' }), 'VENUE_UNAVAILABLE', 4],
    [() => ({ kind: 'answer', status: 200, headers: {}, body: '<html>' }), 'VENUE_PROTOCOL', 1],
    [() => ({ kind: 'answer', status: 200, headers: {}, body: '{"result":{}}' }), 'VENUE_PROTOCOL', 1],
    [() => ({ error: 'EGeneral:Permission denied' }), 'VENUE_AUTH', 1],
    [() => ({ error: 'EQuery:Unknown asset pair' }), 'VENUE_REJECTED', 1],
    [() => ({ result: 'not what it should be' }), 'VENUE_PROTOCOL', 1],
  ]
  for (const [reply, code, attempts] of failures) {
    fake.calls.length = 0
    fake.rest.set('SystemStatus', reply)
    expect(failureOf(clock, venue.publicRest.systemStatus())).toMatchObject({ code })
    expect(fake.callsOf('SystemStatus')).toHaveLength(attempts)
  }
  fake.rest.set('SystemStatus', () => ({ result: { status: 'online', timestamp: 'x' } }))
  expect(settle(clock, venue.publicRest.systemStatus())).toBe('online')
  expect(venue.health()).toMatchObject({ restReachable: true, rateLimitHits: 4 })
})

test('a warning beside a result is a success', () => {
  const { clock, fake, venue } = rig()
  const body = '{"error":["WGeneral:Something to know"],"result":{"unixtime":1688669448,"rfc1123":"x"}}'
  fake.rest.set('Time', () => ({ kind: 'answer', status: 200, headers: {}, body }))
  expect(settle(clock, venue.publicRest.time())).toBe(1_688_669_448_000)
})

test('VEN-02 no error shows the key or the secret', () => {
  const { clock, fake, venue } = rig({ queryAttemptsMax: 1 })
  for (const text of ['EAPI:Invalid key', 'EAPI:Invalid signature', 'EGeneral:Permission denied', 'EService:Busy']) {
    fake.rest.set('BalanceEx', () => ({ error: text }))
    const error = failureOf(clock, venue.rest.balanceEx())
    const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${Bun.inspect(error)}`
    expect(error).toBeInstanceOf(AppError)
    expect(shown).not.toContain(API_KEY)
    expect(shown).not.toContain(API_SECRET)
  }
})

test('VEN-02 sends key and signature as headers, and the exact body that was signed', () => {
  const { clock, fake, venue } = rig()
  fake.rest.set('BalanceEx', () => ({ result: {} }))
  settle(clock, venue.rest.balanceEx())
  const [call] = fake.callsOf('BalanceEx')
  expect(call?.request.headers['API-Key']).toBe(API_KEY)
  expect(call?.request.headers['API-Sign']).toHaveLength(88)
  expect(call?.request.headers['user-agent']).not.toBe('')
  expect(call?.request.body).toMatch(/^nonce=\d{19}$/)
  expect(call?.request.url).toBe('https://api.kraken.com/0/private/BalanceEx')
})

test('VEN-02 the base URL is overridable, and public data needs no keys', () => {
  const { clock, fake, venue } = rig({ restUrl: 'http://127.0.0.1:9', usesPrivate: false })
  fake.rest.set('Time', () => ({ result: { unixtime: 1_700_000_000, rfc1123: 'x' } }))
  settle(clock, venue.publicRest.time())
  expect(fake.calls[0]?.request.url).toBe('http://127.0.0.1:9/0/public/Time')
  expect(failureOf(clock, venue.rest.balanceEx())).toMatchObject({ code: 'CREDENTIALS_MISSING' })
})

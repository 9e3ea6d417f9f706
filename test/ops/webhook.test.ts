import { describe, expect, test } from 'bun:test'
import type { Severity } from '#domain/errors'
import { Secret } from '#domain/secret'
import { NetTransport } from '#ops/net-transport'
import { RealClock } from '#ops/real-clock'
import { WebhookChannel, type WebhookFormat } from '#ops/webhook'
import type { LogPort, RaisedAlert } from '#ports/alerter'
import type { HttpRequest, HttpResult } from '#ports/transport'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'

const URL_TEXT = 'https://hooks.example.org/services/T0/B0/verySecretPart'
const AT_MS = Date.UTC(2026, 0, 5)

function alertOf(over: Partial<RaisedAlert> = {}): RaisedAlert {
  return { severity: 'HIGH', code: 'STALENESS', text: 'quotes are old', details: { venueId: 'kraken' }, atMs: AT_MS, folded: 0, ...over }
}

/* Virtual clock, scripted receiver. */
function rig(answers: readonly HttpResult[], format: WebhookFormat = 'json', severityMin: Severity = 'MEDIUM') {
  const clock = new VirtualClock(AT_MS)
  const sent: { readonly atMs: number; readonly request: HttpRequest }[] = []
  const lines: string[] = []
  const at = (level: string) => (message: string, details?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(details ?? {})}`)
  const log: LogPort = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') }
  const transport = {
    request: (request: HttpRequest) => {
      sent.push({ atMs: clock.now(), request })
      return Promise.resolve(answers[Math.min(sent.length - 1, answers.length - 1)] ?? OK)
    },
    openSocket: () => {
      throw new Error('no socket is asked for')
    },
  }
  const channel = new WebhookChannel({
    clock,
    log,
    transport,
    random: new SeededRandom('webhook'),
    url: new Secret(URL_TEXT),
    format,
    severityMin,
  })
  return { clock, channel, sent, lines }
}

const OK: HttpResult = { kind: 'answer', status: 200, headers: {}, body: 'ok' }
const status = (code: number): HttpResult => ({ kind: 'answer', status: code, headers: {}, body: '' })

describe('the webhook', () => {
  test('OBS-03 REQ-AL1 an alert leaves at once, with what it tells of', () => {
    const { clock, channel, sent } = rig([OK])
    channel.send(alertOf({ folded: 3 }))
    clock.advance(0)
    expect(sent).toHaveLength(1)
    expect(sent[0]?.request).toMatchObject({ method: 'POST', url: URL_TEXT })
    expect(JSON.parse(sent[0]?.request.body ?? '')).toEqual({ ...alertOf({ folded: 3 }) })
    expect(channel.figures).toEqual({ deliveredAtMs: AT_MS, failedAtMs: null, waiting: 0 })
  })

  test.each([
    ['slack', 'text'],
    ['discord', 'content'],
  ] as const)('OBS-03 %s gets one line in its field %s', (format, field) => {
    const { clock, channel, sent } = rig([OK], format)
    channel.send(alertOf())
    clock.advance(0)
    expect(JSON.parse(sent[0]?.request.body ?? '')).toEqual({ [field]: 'HIGH STALENESS: quotes are old (2026-01-05T00:00:00.000Z)' })
  })

  test('OBS-03 what fails in passing is tried again, four times in all, with jitter below 30 s', () => {
    const { clock, channel, sent } = rig([status(503), { kind: 'lost', reason: 'x' }, status(429), OK])
    channel.send(alertOf())
    clock.advance(60_000)
    expect(sent).toHaveLength(4)
    const gaps = sent.slice(1).map(({ atMs }, index) => atMs - (sent[index]?.atMs ?? 0))
    expect(gaps.every((gap, index) => gap <= 1_000 * 2 ** (index + 1))).toBe(true)
    expect(channel.figures.deliveredAtMs).not.toBeNull()
  })

  test('OBS-03 I9 what cannot be delivered is logged without the address, and the next one is tried', () => {
    const { clock, channel, sent, lines } = rig([status(404), { kind: 'unsent', reason: `connect ${URL_TEXT}` }, OK])
    channel.send(alertOf())
    channel.send(alertOf({ code: 'KILL_SWITCH', severity: 'CRITICAL' }))
    clock.advance(120_000)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('STALENESS was not delivered: HTTP 404')
    expect(lines.join()).not.toContain('verySecretPart')
    expect(sent.length).toBeGreaterThanOrEqual(3)
    expect(channel.figures).toMatchObject({ failedAtMs: AT_MS, waiting: 0 })
  })

  test('OBS-03 I9 a secret within an alert does not leave', () => {
    const { clock, channel, sent } = rig([OK])
    channel.send(alertOf({ text: 'request failed: token=abcdef', details: { apiSecret: 'abcdef' } }))
    clock.advance(0)
    expect(sent[0]?.request.body).not.toContain('abcdef')
  })

  test('OBS-03 milder ones stay, and a receiver that hangs fills no memory', () => {
    const { clock, channel, sent, lines } = rig([{ kind: 'lost', reason: 'x' }], 'json', 'HIGH')
    channel.send(alertOf({ severity: 'MEDIUM' }))
    clock.advance(0)
    expect(sent).toHaveLength(0)
    for (let number = 0; number < 150; number++) channel.send(alertOf())
    expect(channel.figures.waiting).toBe(100)
    expect(lines.filter((line) => line.includes('left out'))).toHaveLength(50)
  })

  test('OBS-03 over a real socket of the loopback', async () => {
    const got: unknown[] = []
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async (request) => {
        got.push(await request.json())
        return new Response('ok')
      },
    })
    const clock = new RealClock()
    const none = () => undefined
    const log: LogPort = { debug: none, info: none, warn: none, error: none, fatal: none }
    const channel = new WebhookChannel({
      clock,
      log,
      transport: new NetTransport({ clock, allowedHosts: ['127.0.0.1'] }),
      random: new SeededRandom('webhook'),
      url: new Secret(`http://127.0.0.1:${server.port}/hook`),
      format: 'slack',
      severityMin: 'LOW',
    })
    channel.send(alertOf())
    while (channel.figures.deliveredAtMs === null && channel.figures.failedAtMs === null) await Bun.sleep(5)
    await server.stop(true)
    expect(got).toEqual([{ text: 'HIGH STALENESS: quotes are old (2026-01-05T00:00:00.000Z)' }])
  })
})

import { expect, test } from 'bun:test'
import { describeEvent } from '../../src/web/describe-event'
import { stateTone } from '../../src/web/state-badge'

const at = (topic: string, payload: unknown) => describeEvent({ seq: 1, atMs: 0, topic, payload })

test.each([
  ['alert', { severity: 'CRITICAL', code: 'KILL_SWITCH', text: 'Tripped' }, 'KILL_SWITCH', 'Tripped', 'bad'],
  [
    'fill',
    { side: 'buy', quantity: '0.05', instrumentId: 'BTC-USD@kraken', price: '63104.9' },
    'Fill',
    'buy 0.05 BTC-USD@kraken at 63104.9',
    'good',
  ],
  ['order', { status: 'REJECTED', side: 'sell', quantity: '1', reason: 'post only' }, 'Order REJECTED', 'sell 1 post only', 'bad'],
  ['actor', { actorId: 'bot:a', state: 'PAUSED', event: 'bot.pause' }, 'bot:a', '→ PAUSED on bot.pause', 'warn'],
  ['bot', { botId: 'a', state: 'ACTIVE' }, 'a', '→ ACTIVE', 'quiet'],
  ['health', { status: 'UNHEALTHY' }, 'Health', 'status UNHEALTHY', 'bad'],
] as const)('API-06 tells a %s event', (topic, payload, title, text, tone) => {
  expect(at(topic, payload)).toEqual({ title, text, tone })
})

test('API-06 tells events of unknown topics and shapes without failing', () => {
  expect(at('weather', { sky: 'blue', nested: { a: 1 } })).toEqual({ title: 'Weather', text: 'sky blue', tone: 'quiet' })
  for (const payload of [null, undefined, 3, 'x', [], {}, { state: 7 }])
    for (const topic of ['alert', 'actor', '', 'fill']) expect(at(topic, payload).title).not.toBe('')
  expect(at('risk', { long: 'x'.repeat(1_000) }).text.length).toBe(240)
})

test('WEB-05 gives nested states the tone of their innermost part', () => {
  expect([stateTone('RUNNING.PAUSED'), stateTone('HALTED'), stateTone('active'), stateTone('NEVER_HEARD')]).toEqual([
    'warn',
    'bad',
    'good',
    'quiet',
  ])
})

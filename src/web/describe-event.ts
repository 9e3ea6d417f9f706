import type { PushedEvent } from './link'

/** How loud an event is in the feed. */
export type Tone = 'quiet' | 'good' | 'warn' | 'bad'

/** An event as a person reads it. */
export interface EventLine {
  readonly title: string
  readonly text: string
  readonly tone: Tone
}

const TEXT_MAX = 240

function field(payload: unknown, name: string): string {
  const value: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ')
}

/** Returns the plain fields of a payload whose shape the page does not know. */
function listed(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return payload === null || payload === undefined ? '' : String(payload)
  const parts = Object.keys(payload).flatMap((key) => {
    const value = field(payload, key)
    return value === '' ? [] : [`${key} ${value}`]
  })
  return parts.join(', ').slice(0, TEXT_MAX)
}

const ALERT_TONES: Readonly<Record<string, Tone>> = { CRITICAL: 'bad', HIGH: 'bad', MEDIUM: 'warn', LOW: 'quiet' }
const BAD_STATES = /HALTED|ERROR|REJECTED|FAILED|TRIPPED|UNHEALTHY/
const WARN_STATES = /PAUSED|UNKNOWN|DEGRADED|COOLING|BACKING_OFF/

function toneOf(state: string): Tone {
  const name = state.toUpperCase()
  if (BAD_STATES.test(name)) return 'bad'
  return WARN_STATES.test(name) ? 'warn' : 'quiet'
}

/** Returns the line that tells of an event; one of an unknown topic or shape is told by its fields. */
export function describeEvent({ topic, payload }: PushedEvent): EventLine {
  const get = (name: string): string => field(payload, name)
  const state = get('state')
  switch (topic) {
    case 'alert':
      return { title: get('code') === '' ? 'Alert' : get('code'), text: get('text'), tone: ALERT_TONES[get('severity')] ?? 'warn' }
    case 'fill':
      return {
        title: 'Fill',
        text: words(get('side'), get('quantity'), get('instrumentId'), get('price') === '' ? '' : `at ${get('price')}`, get('botId')),
        tone: 'good',
      }
    case 'order':
      return {
        title: words('Order', get('status')),
        text: words(get('side'), get('quantity'), get('instrumentId'), get('botId'), get('reason')),
        tone: toneOf(get('status')),
      }
    case 'actor':
    case 'bot': {
      const name = words(get('actorId') === '' ? get('botId') : get('actorId'))
      return {
        title: name === '' ? 'Actor' : name,
        text: words(state === '' ? '' : `→ ${state}`, get('event') === '' ? '' : `on ${get('event')}`),
        tone: toneOf(state),
      }
    }
    default:
      return {
        title: topic === '' ? 'Event' : `${topic[0]?.toUpperCase() ?? ''}${topic.slice(1)}`,
        text: get('text') === '' ? listed(payload) : get('text'),
        tone: toneOf(get('status')),
      }
  }
}

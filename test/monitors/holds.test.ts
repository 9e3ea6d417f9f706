import { describe, expect, test } from 'bun:test'
import { Rig } from './rig'

describe('I4 I10 (virtual clock, fake company): who is held is held, before and after a restart', () => {
  test('I4 breaks for whoever trades although something holds it, and holds where nobody does', () => {
    const at = new Rig().attach().sweep()
    expect(at.monitors.breaches).toEqual([])
    at.company.contradicted = 'alpha trades while operator holds it'
    at.sweep()
    expect(at.monitors.breaches).toMatchObject([{ invariant: 'I4', text: 'alpha trades while operator holds it' }])
  })

  test('I10 breaks for what the journal has held and the restart let go; not before that can be told', () => {
    const at = new Rig()
    at.company.heldKeys.set('killSwitch', null)
    at.attach().sweep()
    at.company.heldKeys.set('killSwitch', true)
    at.sweep()
    expect(at.monitors.breaches).toEqual([])
    at.company.heldKeys.set('killSwitch', false)
    at.sweep()
    expect(at.monitors.breaches).toMatchObject([
      { invariant: 'I10', text: 'the journal has killSwitch held, and after the restart it is not' },
    ])
  })

  for (const [key, kind, correlationId] of [
    ['killSwitch', 'killSwitch.cleared', null],
    ['company', 'company.command', null],
    ['bot:alpha', 'bot.command', 'alpha'],
    ['breaker:dailyLoss:company', 'breaker.transition', 'dailyLoss:company'],
  ] as const) {
    test(`I10 forgets ${key} once ${kind} is journaled`, () => {
      const at = new Rig()
      at.company.heldKeys.set(key, true)
      at.attach()
      at.append(kind, { to: 'ARMED' }, { correlationId })
      at.company.heldKeys.set(key, false)
      at.sweep()
      expect(at.monitors.breaches).toEqual([])
    })
  }

  test('I10 keeps a breaker in mind that only goes on to cool down', () => {
    const at = new Rig()
    at.company.heldKeys.set('breaker:dailyLoss:company', true)
    at.attach()
    at.append('breaker.transition', { to: 'COOLING' }, { correlationId: 'dailyLoss:company' })
    at.company.heldKeys.set('breaker:dailyLoss:company', false)
    at.sweep()
    expect(at.broken()).toEqual(['I10'])
  })
})

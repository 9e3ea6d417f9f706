import { describe, expect, test } from 'bun:test'
import { Rig } from './rig'

const SECRET = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=='

describe('I9 (virtual clock): no secret in what leaves the process or is kept', () => {
  const forms: Readonly<Record<string, string>> = {
    'as it is': SECRET,
    'in a URL': encodeURIComponent(SECRET),
    'in base64': Buffer.from(`key ${SECRET}`).toString('base64'),
    'in hex': Buffer.from(SECRET).toString('hex'),
    'as its bytes in hex': Buffer.from(SECRET, 'base64').toString('hex'),
  }
  for (const [name, form] of Object.entries(forms)) {
    test(`I9 finds a secret ${name}`, () => {
      const at = new Rig().attach()
      at.monitors.keepSecret(SECRET)
      at.monitors.watchText('an answer of the API', `{"note":"${name === 'in base64' ? Buffer.from(SECRET).toString('base64') : form}"}`)
      expect(at.monitors.breaches).toEqual([
        { invariant: 'I9', text: 'a secret stands in an answer of the API', atMs: at.clock.now(), seq: 0 },
      ])
    })
  }

  test('I9 holds for texts without one, and does not tell the secret when it breaks', () => {
    const at = new Rig().attach()
    at.monitors.keepSecret(SECRET)
    at.monitors.watchText('the log', 'nothing to see')
    expect([at.monitors.breachCount, at.monitors.checks.I9]).toEqual([0, 1])
    at.monitors.watchText('the log', SECRET)
    expect(JSON.stringify(at.monitors.breaches)).not.toContain(SECRET)
  })

  test('I9 finds a secret with a quotation mark in JSON, and looks for nothing shorter than eight characters', () => {
    const at = new Rig().attach()
    at.monitors.keepSecret('pass"word"of mine')
    at.monitors.keepSecret('short')
    at.monitors.watchText('the log', 'a short text')
    expect(at.monitors.breachCount).toBe(0)
    at.monitors.watchText('the log', JSON.stringify({ a: 'pass"word"of mine' }))
    expect(at.monitors.breachCount).toBe(1)
  })

  test('I9 keeps the newest fifty tokens of sessions, and every other secret for as long as it watches', () => {
    const at = new Rig().attach()
    at.monitors.keepSecret(SECRET)
    for (let index = 0; index <= 300; index++) at.monitors.keepToken(`token number ${index}.`)
    at.monitors.keepToken(SECRET)
    at.monitors.watchText('the log', 'token number 250.')
    expect(at.monitors.breachCount).toBe(0)
    at.monitors.watchText('the log', 'token number 251.')
    expect(at.monitors.breachCount).toBe(1)
    for (let index = 0; index <= 300; index++) at.monitors.keepSecret(`key number ${index}.`)
    at.monitors.watchText('an alert', SECRET)
    at.monitors.watchText('a frame', 'key number 0.')
    expect(at.monitors.breachCount).toBe(3)
  })

  test('I9 reads the journal as it was written', () => {
    const at = new Rig().attach()
    at.monitors.keepSecret(SECRET)
    at.append('note', { text: `the key is ${SECRET}` })
    expect(at.broken()).toEqual(['I9'])
    expect(at.texts()).toContain('journal entry 1')
  })
})

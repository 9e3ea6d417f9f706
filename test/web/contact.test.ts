import { expect, test } from 'bun:test'
import { contactStore, createStore, noteAnswer, noteSilence } from '../../src/web/contact'
import { socketProtocols } from '../../src/web/token'

test('WEB-05 keeps since when the backend is away: the last answer, not the last failure', () => {
  noteAnswer(1_000)
  noteAnswer(5_000)
  noteSilence(7_000)
  noteSilence(9_000)
  expect(contactStore.get()).toEqual({ kind: 'away', sinceMs: 5_000 })
  noteAnswer(10_000)
  expect(contactStore.get().kind).toBe('present')
})

test('WEB-05 tells subscribers of changes only, until they leave', () => {
  const store = createStore(1)
  let calls = 0
  const leave = store.subscribe(() => {
    calls++
  })
  store.set(1)
  store.set(2)
  leave()
  store.set(3)
  expect([calls, store.get()]).toEqual([1, 3])
})

test('API-04 packs any token into a subprotocol that the server reads back', () => {
  const token = 'a+/=~ü-0123456789'
  const [version, packed] = socketProtocols(token)
  expect(version).toBe('troupe.v1')
  expect(packed).toMatch(/^troupe\.token\.[A-Za-z0-9_-]+$/)
  expect(Buffer.from(packed?.replace('troupe.token.', '') ?? '', 'base64url').toString('utf8')).toBe(token)
  expect(socketProtocols(null)).toEqual(['troupe.v1'])
})

import { describe, expect, test } from 'bun:test'
import { classify, errorOf, type KrakenErrorClass } from '#venues/kraken/errors'

type Row = readonly [text: string, errorClass: KrakenErrorClass, retry: string, isOutcomeUnknown: boolean]

/** Every text of the venue's error taxonomy, with details appended where it appends them. */
const TABLE: readonly Row[] = [
  ['EAPI:Invalid key', 'auth', 'never', false],
  ['EAPI:Invalid signature', 'auth', 'never', false],
  ['EAPI:Invalid nonce', 'auth', 'transient', false],
  ['EGeneral:Permission denied', 'auth', 'never', false],
  ['EAccount:Invalid permissions', 'auth', 'never', false],
  ['EAccount:Invalid permissions:XYZ trading restricted for AT.', 'auth', 'never', false],
  ['EAuth:Account temporary disabled', 'auth', 'never', false],
  ['EAuth:Account unconfirmed', 'auth', 'never', false],
  ['EAuth:Failed', 'auth', 'never', false],
  ['ETrade:User Locked', 'auth', 'never', false],
  ['ETrade:Locked', 'auth', 'never', false],
  ['ESession:Invalid session', 'auth', 'transient', false],
  ['EAPI:Rate limit exceeded', 'rateLimit', 'rateLimited', false],
  ['EOrder:Rate limit exceeded', 'rateLimit', 'rateLimited', false],
  ['EOrder:Domain rate limit exceeded', 'rateLimit', 'rateLimited', false],
  ['EGeneral:Too many requests', 'rateLimit', 'rateLimited', false],
  ['EGeneral:Temporary lockout', 'rateLimit', 'rateLimited', false],
  ['EAuth:Rate limit exceeded', 'rateLimit', 'rateLimited', false],
  ['EAuth:Too many requests', 'rateLimit', 'rateLimited', false],
  ['EService: Throttled: 1700000123', 'rateLimit', 'rateLimited', false],
  ['EService:Throttled:1700000123', 'rateLimit', 'rateLimited', false],
  ['EService:Unavailable', 'service', 'transient', true],
  ['EService:Busy', 'service', 'transient', true],
  ['EService:Timeout', 'service', 'transient', true],
  ['EService:Market in cancel_only mode', 'service', 'transient', false],
  ['EService:Market in post_only mode', 'service', 'transient', false],
  ['EService:Deadline elapsed', 'service', 'transient', false],
  ['EService:Something new', 'service', 'transient', true],
  ['EGeneral:Internal error', 'service', 'transient', true],
  ['EGeneral:Internal error:12345', 'service', 'transient', true],
  ['EDatabase:Internal error', 'service', 'transient', true],
  ['EGeneral:Invalid arguments', 'permanent', 'never', false],
  ['EGeneral:Invalid arguments:volume', 'permanent', 'never', false],
  ['EGeneral:Invalid arguments:volume minimum not met', 'permanent', 'never', false],
  ['EGeneral:Unknown method', 'permanent', 'never', false],
  ['EAPI:Bad request', 'permanent', 'never', false],
  ['EQuery:Unknown asset', 'permanent', 'never', false],
  ['EQuery:Unknown asset pair', 'permanent', 'never', false],
  ['EQuery:Invalid asset pair', 'permanent', 'never', false],
  ['EOrder:Insufficient funds', 'permanent', 'never', false],
  ['EOrder:Order minimum not met', 'permanent', 'never', false],
  ['EOrder:Cost minimum not met', 'permanent', 'never', false],
  ['EOrder:Tick size check failed', 'permanent', 'never', false],
  ['EOrder:Invalid price:XXBTZUSD price can only be specified up to 1 decimals.', 'permanent', 'never', false],
  ['EOrder:Invalid order', 'permanent', 'never', false],
  ['EOrder:Post only order', 'permanent', 'never', false],
  ['EOrder:Orders limit exceeded', 'rateLimit', 'rateLimited', false],
  ['EOrder:Positions limit exceeded', 'permanent', 'never', false],
  ['EOrder:Scheduled orders limit exceeded', 'permanent', 'never', false],
  ['EOrder:Unknown order', 'state', 'never', false],
  ['EOrder:Cancel pending', 'state', 'never', false],
  ['EOrder:Cannot open position', 'permanent', 'never', false],
  ['EOrder:Cannot open opposing position', 'permanent', 'never', false],
  ['EOrder:Margin allowance exceeded', 'permanent', 'never', false],
  ['EOrder:Margin level too low', 'permanent', 'never', false],
  ['EOrder:Insufficient margin', 'permanent', 'never', false],
  ['EOrder:Unknown position', 'permanent', 'never', false],
  ['EOrder:Reduce only:Non-PC', 'permanent', 'never', false],
  ['ETrade:Invalid request', 'permanent', 'never', false],
  ['EBM:limit exceeded:CAL', 'permanent', 'never', false],
  ['EFunding:Unknown withdraw key', 'permanent', 'never', false],
  ['Currency pair not supported XBT/USD', 'permanent', 'never', false],
  ["Unsupported field: 'params' for the given msg type: ping", 'permanent', 'never', false],
  ['Limit_price field must be a number_float', 'permanent', 'never', false],
  ['Token(s) not found', 'auth', 'transient', false],
  // Unknown texts: a judging category is a no, anything else leaves a command in doubt.
  ['EOrder:Some new rule', 'permanent', 'never', false],
  ['EQuery:Some new complaint', 'permanent', 'never', false],
  ['EGeneral:Some new trouble', 'permanent', 'never', true],
  ['ENew:Category', 'permanent', 'never', true],
  ['something else', 'permanent', 'never', true],
]

describe('taxonomy', () => {
  for (const [text, errorClass, retry, isOutcomeUnknown] of TABLE) {
    test(`VEN-02 classifies "${text}" as ${errorClass}, ${retry}${isOutcomeUnknown ? ', outcome unknown' : ''}`, () => {
      expect(classify(text)).toMatchObject({ errorClass, retry, isOutcomeUnknown, text })
    })
  }
})

test('VEN-02 prefers the longer prefix', () => {
  expect(classify('EGeneral:Invalid arguments:volume minimum not met').code).toBe('orderMinimum')
  expect(classify('EQuery:Unknown asset pair').code).toBe('unknownPair')
})

test('VEN-15 reads the time that a throttle ends', () => {
  expect(classify('EService: Throttled: 1700000123').retryAfterSec).toBe(1_700_000_123)
  expect(classify('EService:Busy').retryAfterSec).toBeNull()
})

test('VEN-02 makes a typed error of each class', () => {
  expect(errorOf('Balance', classify('EAPI:Invalid key')).code).toBe('VENUE_AUTH')
  expect(errorOf('Balance', classify('EAPI:Rate limit exceeded')).code).toBe('RATE_LIMITED')
  expect(errorOf('Balance', classify('EService:Busy')).code).toBe('VENUE_UNAVAILABLE')
  expect(errorOf('Balance', classify('EQuery:Unknown asset pair')).code).toBe('VENUE_REJECTED')
})

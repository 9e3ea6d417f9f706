import { AppError, type ErrorCode } from '#domain/errors'
import type { Refusal } from '#domain/outcome'

/**
 * What an error text of Kraken means: `auth` stop, `rateLimit` wait, `service` try again, `permanent` the request must change,
 * `state` the order is not what we think.
 */
export type KrakenErrorClass = 'auth' | 'rateLimit' | 'service' | 'permanent' | 'state'

/** A classified error text. */
export interface KrakenFault {
  /** The venue's own text, without its detail where that is long. */
  readonly text: string
  readonly errorClass: KrakenErrorClass
  /** Stable short name, for refusals and tests: `insufficientFunds`. */
  readonly code: string
  /** True when a command answered with it may have been executed all the same. */
  readonly isOutcomeUnknown: boolean
  readonly retry: Refusal['retry']
  /** UTC s before which the venue wants no retry; null when it names none. */
  readonly retryAfterSec: number | null
}

type Rule = readonly [prefix: string, errorClass: KrakenErrorClass, code: string, retry: Refusal['retry'], isOutcomeUnknown?: true]

/** Prefix rules, the longer before the shorter where one contains the other: details are appended to the texts. */
const RULES: readonly Rule[] = [
  ['EAPI:Invalid key', 'auth', 'invalidKey', 'never'],
  ['EAPI:Invalid signature', 'auth', 'invalidSignature', 'never'],
  ['EAPI:Invalid nonce', 'auth', 'invalidNonce', 'transient'],
  ['EAPI:Rate limit exceeded', 'rateLimit', 'rateLimited', 'rateLimited'],
  ['EAPI:Bad request', 'permanent', 'badRequest', 'never'],
  ['EGeneral:Permission denied', 'auth', 'permissionDenied', 'never'],
  ['EGeneral:Too many requests', 'rateLimit', 'tooManyRequests', 'rateLimited'],
  ['EGeneral:Temporary lockout', 'rateLimit', 'temporaryLockout', 'rateLimited'],
  ['EGeneral:Internal error', 'service', 'internalError', 'transient', true],
  ['EGeneral:Invalid arguments:volume minimum not met', 'permanent', 'orderMinimum', 'never'],
  ['EGeneral:Invalid arguments', 'permanent', 'invalidArguments', 'never'],
  ['EGeneral:Unknown method', 'permanent', 'unknownMethod', 'never'],
  ['EAccount:Invalid permissions', 'auth', 'accountPermissions', 'never'],
  ['EAuth:Rate limit exceeded', 'rateLimit', 'rateLimited', 'rateLimited'],
  ['EAuth:Too many requests', 'rateLimit', 'tooManyRequests', 'rateLimited'],
  ['EAuth:', 'auth', 'accountDisabled', 'never'],
  ['ETrade:User Locked', 'auth', 'accountLocked', 'never'],
  ['ETrade:Locked', 'auth', 'accountLocked', 'never'],
  ['ETrade:Invalid request', 'permanent', 'invalidRequest', 'never'],
  ['ESession:Invalid session', 'auth', 'invalidSession', 'transient'],
  ['EService:Throttled', 'rateLimit', 'throttled', 'rateLimited'],
  ['EService:Unavailable', 'service', 'unavailable', 'transient', true],
  ['EService:Busy', 'service', 'busy', 'transient', true],
  ['EService:Timeout', 'service', 'serviceTimeout', 'transient', true],
  ['EService:Market in cancel_only mode', 'service', 'cancelOnly', 'transient'],
  ['EService:Market in post_only mode', 'service', 'postOnlyMode', 'transient'],
  ['EService:Deadline elapsed', 'service', 'deadlineElapsed', 'transient'],
  ['EService:', 'service', 'service', 'transient', true],
  ['EDatabase:', 'service', 'internalError', 'transient', true],
  ['EQuery:Unknown asset pair', 'permanent', 'unknownPair', 'never'],
  ['EQuery:Invalid asset pair', 'permanent', 'unknownPair', 'never'],
  ['EQuery:Unknown asset', 'permanent', 'unknownAsset', 'never'],
  ['EOrder:Rate limit exceeded', 'rateLimit', 'orderRateLimited', 'rateLimited'],
  ['EOrder:Domain rate limit exceeded', 'rateLimit', 'orderRateLimited', 'rateLimited'],
  ['EOrder:Insufficient funds', 'permanent', 'insufficientFunds', 'never'],
  ['EOrder:Insufficient margin', 'permanent', 'margin', 'never'],
  ['EOrder:Order minimum not met', 'permanent', 'orderMinimum', 'never'],
  ['EOrder:Cost minimum not met', 'permanent', 'costMinimum', 'never'],
  ['EOrder:Tick size check failed', 'permanent', 'tickSize', 'never'],
  ['EOrder:Invalid price', 'permanent', 'invalidPrice', 'never'],
  ['EOrder:Invalid order', 'permanent', 'invalidOrder', 'never'],
  ['EOrder:Post only order', 'permanent', 'postOnlyWouldCross', 'never'],
  ['EOrder:Orders limit exceeded', 'rateLimit', 'openOrdersLimit', 'rateLimited'],
  ['EOrder:Positions limit exceeded', 'permanent', 'positionsLimit', 'never'],
  ['EOrder:Scheduled orders limit exceeded', 'permanent', 'scheduledOrdersLimit', 'never'],
  ['EOrder:Unknown order', 'state', 'unknownOrder', 'never'],
  ['EOrder:Cancel pending', 'state', 'cancelPending', 'never'],
  ['EOrder:Cannot open', 'permanent', 'margin', 'never'],
  ['EOrder:Margin', 'permanent', 'margin', 'never'],
  ['EOrder:Unknown position', 'permanent', 'margin', 'never'],
  ['EOrder:Reduce only', 'permanent', 'margin', 'never'],
  ['EBM:limit exceeded', 'permanent', 'purchaseLimit', 'never'],
  ['EFunding:', 'permanent', 'funding', 'never'],
  // The stream's own complaints about a frame: it was read and refused, nothing was executed.
  ['Currency pair not supported', 'permanent', 'unknownPair', 'never'],
  ['Already subscribed', 'state', 'alreadySubscribed', 'never'],
  ['Subscription ', 'permanent', 'subscriptionNotSupported', 'never'],
  ['Event(s) not found', 'permanent', 'unsupportedEvent', 'never'],
  ['Unsupported event', 'permanent', 'unsupportedEvent', 'never'],
  ['Unsupported field', 'permanent', 'unsupportedField', 'never'],
  ['Token(s) not found', 'auth', 'invalidSession', 'transient'],
  ['Exceeded msg rate', 'rateLimit', 'messageRate', 'rateLimited'],
]

const FIELD_COMPLAINT = /^\w+ field must be /
/** Rule-book categories: an unlisted text of these is still a definite no. */
const DEFINITE = /^E(API|Account|Order|Query|Trade|Funding|BM|Earnings):/
const TEXT_MAX = 200

/**
 * Classifies an error text by its prefix. An unknown text of a category that judges requests (`EOrder:`, `EQuery:`…) is a
 * permanent refusal. Any other unknown text is permanent to a question, but leaves a command's outcome in doubt: to look the
 * order up costs one call, to forget an accepted order costs money (PAIN-02).
 */
export function classify(raw: string): KrakenFault {
  const text = raw.slice(0, TEXT_MAX)
  // `EService: Throttled: 1700000000` is seen with and without the blanks.
  const tight = text.replace(/:\s+/g, ':')
  for (const [prefix, errorClass, code, retry, isOutcomeUnknown] of RULES) {
    if (!tight.startsWith(prefix)) continue
    const retryAfterSec = code === 'throttled' ? Number(/(\d{9,11})$/.exec(tight)?.[1] ?? Number.NaN) : Number.NaN
    return {
      text,
      errorClass,
      code,
      retry,
      isOutcomeUnknown: isOutcomeUnknown === true,
      retryAfterSec: Number.isNaN(retryAfterSec) ? null : retryAfterSec,
    }
  }
  const isDefinite = DEFINITE.test(tight) || FIELD_COMPLAINT.test(tight)
  return { text, errorClass: 'permanent', code: 'unknownError', retry: 'never', isOutcomeUnknown: !isDefinite, retryAfterSec: null }
}

/** Returns a refusal of a command. */
export function refusalOf(fault: KrakenFault): Refusal {
  return { code: fault.code, reason: fault.text, retry: fault.retry }
}

const CODES: Readonly<Record<KrakenErrorClass, ErrorCode>> = {
  auth: 'VENUE_AUTH',
  rateLimit: 'RATE_LIMITED',
  service: 'VENUE_UNAVAILABLE',
  permanent: 'VENUE_REJECTED',
  state: 'VENUE_REJECTED',
}

/** A question that Kraken answered with an error, did not answer, or answered with something unreadable. */
export class KrakenError extends AppError {
  readonly fault: KrakenFault | null

  constructor(message: string, code: ErrorCode, fault: KrakenFault | null = null, cause?: unknown) {
    super(message, {
      code,
      severity: code === 'VENUE_AUTH' ? 'HIGH' : 'MEDIUM',
      disposition: code === 'VENUE_AUTH' || code === 'VENUE_REJECTED' ? 'deny' : 'retry',
      cause,
      details: fault === null ? {} : { kraken: fault.text, class: fault.errorClass },
    })
    this.fault = fault
  }
}

/** Returns the typed error for a question that was answered with an error text (VEN-02). */
export function errorOf(method: string, fault: KrakenFault): KrakenError {
  return new KrakenError(`Kraken refused ${method}: ${fault.text}`, CODES[fault.errorClass], fault)
}

import { AppError, type ErrorCode } from '#domain/errors'
import type { Refusal } from '#domain/outcome'

/**
 * What a no of Coinbase means: `auth` the key is refused, `rateLimit` wait, `service` try again, `permanent` the request must change,
 * `marketState` the product does not take it now, `uncertain` a no that names no reason, `missing` there is no such thing (yet).
 */
export type CoinbaseErrorClass = 'auth' | 'rateLimit' | 'service' | 'permanent' | 'marketState' | 'uncertain' | 'missing'

/** A classified no. */
export interface CoinbaseFault {
  /** The venue's own text, short and without anything that looks like a key or a token. */
  readonly text: string
  readonly errorClass: CoinbaseErrorClass
  /** Stable short name, for refusals and tests: `insufficientFunds`. */
  readonly code: string
  /** True when a command answered with it may have been executed all the same. */
  readonly isOutcomeUnknown: boolean
  readonly retry: Refusal['retry']
}

const TEXT_MAX = 200
/** Tokens, PEM texts and key names, whole or cut off. */
const SECRETS = [/eyJ[\w-]+(\.[\w-]*)*/g, /-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, /organizations\/[\w-]+\/apiKeys\/[\w-]*/g]

/** Returns a text of the venue cut short, with whatever looks like a key or a token taken out (I9). */
export function scrubbed(text: string): string {
  let clean = text
  for (const pattern of SECRETS) clean = clean.replaceAll(pattern, '[secret]')
  return clean.replaceAll(/\s+/g, ' ').trim().slice(0, TEXT_MAX)
}

type Judgement = Pick<CoinbaseFault, 'errorClass' | 'retry'> & { readonly code?: string; readonly isOutcomeUnknown?: true }

const PERMANENT: Judgement = { errorClass: 'permanent', retry: 'never' }
const HALTED: Judgement = { errorClass: 'marketState', retry: 'transient' }
const UNFIT: Judgement = { errorClass: 'marketState', retry: 'never' }
const LIMITED: Judgement = { errorClass: 'rateLimit', retry: 'rateLimited' }
/** Looked up before anything is sent again: to ask costs one call, to forget an accepted order costs money (PAIN-02). */
const DOUBTFUL: Judgement = { errorClass: 'uncertain', retry: 'transient', isOutcomeUnknown: true }

/** Reasons of orders, edits and cancels without their `PREVIEW_`, that mean more than "the request must change". */
const REASONS: Readonly<Record<string, Judgement>> = {
  INSUFFICIENT_FUND: { ...PERMANENT, code: 'insufficientFunds' },
  INSUFFICIENT_FUNDS: { ...PERMANENT, code: 'insufficientFunds' },
  INSUFFICIENT_LEDGER_BALANCE: { ...PERMANENT, code: 'insufficientFunds' },
  REJECT_REASON_INSUFFICIENT_FUNDS: { ...PERMANENT, code: 'insufficientFunds' },
  HOLD_FAILURE: { ...PERMANENT, code: 'insufficientFunds' },
  TRADING_DISABLED: HALTED,
  PRODUCT_TRADING_HALTED: HALTED,
  ORDER_ENTRY_DISABLED: HALTED,
  NOT_ALLOWED_BY_MARKET_STATE: HALTED,
  UNTRADABLE_PRODUCT: HALTED,
  LIMIT_PRICE_TOO_FAR_FROM_MARKET: UNFIT,
  INVALID_LIMIT_PRICE_POST_ONLY: { ...UNFIT, code: 'postOnlyWouldCross' },
  INVALID_LIMIT_PRICE_POSTONLY: { ...UNFIT, code: 'postOnlyWouldCross' },
  INVALID_NO_LIQUIDITY: UNFIT,
  RATE_LIMIT_EXCEEDED: LIMITED,
  RFQ_RATE_LIMITED: LIMITED,
  TOO_MANY_OPEN_ORDERS: LIMITED,
  TOO_MANY_PENDING_REPLACES: LIMITED,
  EXCEEDED_MAX_ALLOWED_EDIT_REQUEST_COUNT: LIMITED,
  COMMANDER_REJECTED_NEW_ORDER: DOUBTFUL,
  DUPLICATE_CLIENT_ORDER_ID: { ...DOUBTFUL, code: 'duplicateClientOrderId' },
  COMMANDER_REJECTED_EDIT_ORDER: { errorClass: 'uncertain', retry: 'transient' },
  COMMANDER_REJECTED_CANCEL_ORDER: { errorClass: 'uncertain', retry: 'transient' },
  ORDER_IS_BEING_REPLACED: { errorClass: 'uncertain', retry: 'transient' },
  ORDER_IS_ALREADY_BEING_REPLACED: { errorClass: 'uncertain', retry: 'transient' },
  ORDER_NOT_FOUND: { errorClass: 'missing', retry: 'transient', code: 'unknownOrder' },
}

/** Fields of a refusal in the order in which they are believed; any may be missing, empty, or `UNKNOWN_…`. */
export interface RefusalFields {
  readonly new_order_failure_reason?: string | null | undefined
  readonly preview_failure_reason?: string | null | undefined
  readonly error?: string | null | undefined
  readonly message?: string | null | undefined
  readonly error_details?: string | null | undefined
}

/** Classifies a refusal that came with HTTP 200. */
export function faultOfRefusal(fields: RefusalFields): CoinbaseFault {
  const words = [fields.message, fields.error_details].map((text) => scrubbed(text ?? '')).filter((text) => text !== '')
  const reason = [fields.new_order_failure_reason, fields.preview_failure_reason, fields.error].find(isNamed)
  if (reason !== undefined && reason !== null) return faultOfReason(reason, words[0] ?? '')
  const text = words.join(': ')
  // A refusal with nothing but words is a refusal; one without any is to be looked up.
  if (text !== '') return { text, errorClass: 'permanent', code: 'refused', isOutcomeUnknown: false, retry: 'never' }
  return { ...DOUBTFUL, text: 'refused without a reason', code: 'unknownReason', isOutcomeUnknown: true }
}

/** Classifies one failure reason; the sets are open, and an unknown one means that the request must change. */
export function faultOfReason(raw: string, words = ''): CoinbaseFault {
  const reason = raw.replace(/^PREVIEW_/, '')
  const judgement = REASONS[reason] ?? PERMANENT
  return {
    text: scrubbed(words === '' ? raw : `${raw}: ${words}`),
    errorClass: judgement.errorClass,
    code: judgement.code ?? scrubbed(camelCase(reason)),
    isOutcomeUnknown: judgement.isOutcomeUnknown === true,
    retry: judgement.retry,
  }
}

function isNamed(reason: string | null | undefined): boolean {
  return typeof reason === 'string' && reason !== '' && !reason.startsWith('UNKNOWN_')
}

function camelCase(reason: string): string {
  return reason.toLowerCase().replaceAll(/_+(\w)/g, (_, letter: string) => letter.toUpperCase())
}

const BY_STATUS: Readonly<Record<number, Judgement & { readonly code: string }>> = {
  400: { ...PERMANENT, code: 'invalidRequest' },
  401: { errorClass: 'auth', retry: 'transient', code: 'unauthorized' },
  403: { errorClass: 'auth', retry: 'never', code: 'permissionDenied' },
  404: { errorClass: 'missing', retry: 'never', code: 'notFound' },
  429: { ...LIMITED, code: 'tooManyRequests' },
}

/** gRPC's `resource_exhausted`, as gateways in front of the venue write it. */
const GRPC_EXHAUSTED = 8
const V2_IDS: Readonly<Record<string, keyof typeof BY_STATUS>> = {
  rate_limit_exceeded: 429,
  authentication_error: 401,
  invalid_token: 401,
  expired_token: 401,
  revoked_token: 403,
  invalid_scope: 403,
  two_factor_required: 403,
}

/** Classifies an answer with another status than 2xx: plain text, HTML, nothing, or JSON of one of three shapes. */
export function faultOfHttp(status: number, body: string): CoinbaseFault {
  const said = readBody(body)
  const text = said.text === '' ? `HTTP ${status}` : `HTTP ${status}: ${said.text}`
  const known = BY_STATUS[said.actsLike ?? status]
  // Whatever a server error says: a command may have gone through.
  const isServerError = status >= 500
  if (known !== undefined && (!isServerError || known.errorClass === 'rateLimit'))
    return { text, errorClass: known.errorClass, code: known.code, isOutcomeUnknown: isServerError, retry: known.retry }
  if (status >= 400 && !isServerError) return { ...PERMANENT, text, code: 'invalidRequest', isOutcomeUnknown: false }
  return { text, errorClass: 'service', code: 'unavailable', isOutcomeUnknown: true, retry: 'transient' }
}

function readBody(body: string): { readonly text: string; readonly actsLike: keyof typeof BY_STATUS | null } {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return { text: body.trimStart().startsWith('<') ? 'an HTML page' : scrubbed(body), actsLike: null }
  }
  if (typeof json !== 'object' || json === null) return { text: '', actsLike: null }
  const { error, message, error_details: details, code, errors } = json as { readonly [key: string]: unknown }
  const first: unknown = Array.isArray(errors) ? errors[0] : null
  if (typeof first === 'object' && first !== null) {
    const { id, message: words } = first as { readonly [key: string]: unknown }
    return { text: scrubbed([id, words].filter(isText).join(': ')), actsLike: typeof id === 'string' ? (V2_IDS[id] ?? null) : null }
  }
  const said = [...new Set([error, message, details].filter(isText))].filter((text) => text !== 'unknown')
  return { text: scrubbed(said.join(': ')), actsLike: code === GRPC_EXHAUSTED ? 429 : null }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Returns a refusal of a command. */
export function refusalOf(fault: CoinbaseFault): Refusal {
  return { code: fault.code, reason: fault.text, retry: fault.retry }
}

const CODES: Readonly<Record<CoinbaseErrorClass, ErrorCode>> = {
  auth: 'VENUE_AUTH',
  rateLimit: 'RATE_LIMITED',
  service: 'VENUE_UNAVAILABLE',
  permanent: 'VENUE_REJECTED',
  marketState: 'VENUE_REJECTED',
  uncertain: 'VENUE_REJECTED',
  missing: 'VENUE_REJECTED',
}

const AUTH_ADVICE: Readonly<Record<string, string>> = {
  unauthorized: "check that key name and private key belong together, that the key still exists, and this machine's clock",
  permissionDenied: "give the key the permissions view and trade on the portfolio, and add this machine's address where it is limited",
}

/** A question that Coinbase answered with a no, did not answer, or answered with something unreadable. */
export class CoinbaseError extends AppError {
  readonly fault: CoinbaseFault | null

  constructor(message: string, code: ErrorCode, fault: CoinbaseFault | null = null) {
    super(message, {
      code,
      severity: code === 'VENUE_AUTH' ? 'HIGH' : 'MEDIUM',
      disposition: code === 'VENUE_AUTH' || code === 'VENUE_REJECTED' ? 'deny' : 'retry',
      details: fault === null ? {} : { coinbase: fault.text, class: fault.errorClass },
    })
    this.fault = fault
  }
}

/** Returns the typed error for a question that was answered with a no. */
export function errorOf(what: string, fault: CoinbaseFault): CoinbaseError {
  const advice = AUTH_ADVICE[fault.code]
  const message = `Coinbase refused ${what}: ${fault.text}${advice === undefined ? '' : `; ${advice}`}`
  return new CoinbaseError(message, CODES[fault.errorClass], fault)
}

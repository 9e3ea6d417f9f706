import { type ClientOrderId, clientOrderId } from './ids'

/** Returns the SHA-256 of UTF-8 text as 64 lower-case hex digits. Synchronous, so that it takes no virtual time. */
export function sha256Hex(text: string): string {
  return Bun.SHA256.hash(text, 'hex')
}

export interface ClientOrderIdParts {
  /** 6 hex digits that name the data directory: two installations on one account never mint the same id. */
  readonly tag: string
  readonly accountId: string
  readonly botId: string
  readonly instrumentId: string
  readonly intentId: string
  /** The order's number in its plan, from 0; a retry under a new verdict keeps it, a replacement gets the next. */
  readonly index: number
}

/** Returns the deterministic client order id of EXE-03: the tag and 26 hex digits of a digest (Kraken accepts 32 hex). */
export function clientOrderIdOf(parts: ClientOrderIdParts): ClientOrderId {
  const text = [parts.accountId, parts.botId, parts.instrumentId, parts.intentId, parts.index].join('\u0000')
  return clientOrderId(parts.tag + sha256Hex(text).slice(0, 26))
}

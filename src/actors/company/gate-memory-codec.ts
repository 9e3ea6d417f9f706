import { type Decimal, isNegative, isZero } from '#domain/decimal'
import { clientOrderId, intentId } from '#domain/ids'
import type { IntentGrounds } from '#domain/intent'
import type { Json, JsonObject } from '#domain/json'
import { readDecimal, readInteger, readNullable, readNumber, readObject, readOneOf, readText } from '#domain/json-read'
import type { IntentFacts, LatchedThrottle, SentOrder } from '#risk/guard-facts'

export const THROTTLE_KINDS = ['messages', 'executions'] as const

/** Returns which way a target points; null for one that points nowhere. */
export function directionOf(target: JsonObject): 'long' | 'short' | null {
  switch (readText(target['kind'], 'target.kind')) {
    case 'risk':
      return readOneOf(target['direction'], 'direction', ['long', 'short'] as const)
    case 'quantity':
      return signOf(readDecimal(target['quantity'], 'quantity'))
    case 'notional':
      return signOf(readDecimal(target['notional'], 'notional'))
    default:
      return null
  }
}

function signOf(value: Decimal): 'long' | 'short' | null {
  if (isZero(value)) return null
  return isNegative(value) ? 'short' : 'long'
}

/** Reads what the gate wants of an intent, of the journal or of a snapshot. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function readIntentFacts(intent: JsonObject): IntentFacts {
  return {
    intentId: intentId(readText(intent['intentId'], 'intentId')),
    stopPrice: readNullable(intent['stopPrice'], 'stopPrice', readDecimal),
    conviction: readNumber(intent['conviction'], 'conviction'),
    grounds: intent['grounds'] === undefined ? null : readNullable(intent['grounds'], 'grounds', readGrounds),
  }
}

export function intentFactsJson({ grounds, ...facts }: IntentFacts): JsonObject {
  return { ...facts, grounds: grounds === null ? null : groundsJson(grounds) }
}

/** Returns what an intent is founded on as plain JSON. */
function groundsJson({ edge, ...grounds }: IntentGrounds): JsonObject {
  return { ...grounds, edge: edge === null ? null : { ...edge } }
}

function readGrounds(json: Json): IntentGrounds {
  const grounds = readObject(json, 'grounds')
  return {
    edge: readNullable(grounds['edge'], 'edge', (value) => {
      const edge = readObject(value, 'edge')
      const winProbability = readNumber(edge['winProbability'], 'winProbability')
      return { winProbability, payoffRatio: readNumber(edge['payoffRatio'], 'payoffRatio') }
    }),
    style: readOneOf(grounds['style'], 'style', ['directional', 'arbitrage', 'marketMaking', 'hedge'] as const),
    sourceNotional: readNullable(grounds['sourceNotional'], 'sourceNotional', readDecimal),
    expectedProfit: readNullable(grounds['expectedProfit'], 'expectedProfit', readDecimal),
  }
}

export function sentJson(sent: SentOrder | null): JsonObject | null {
  return sent === null ? null : { ...sent }
}

/** Reads an order of a snapshot. */
export function readSentAt(json: Json): SentOrder {
  const sent = readObject(json, 'sent')
  return readSent(sent, readInteger(sent['atMs'], 'atMs'))
}

/** Reads an order as it was proposed, sent at that moment (UTC ms). */
export function readSent(sent: JsonObject, atMs: number): SentOrder {
  return {
    clientOrderId: clientOrderId(readText(sent['clientOrderId'], 'clientOrderId')),
    intentId: intentId(readText(sent['intentId'], 'intentId')),
    quantity: readDecimal(sent['quantity'], 'quantity'),
    limitPrice: readNullable(sent['limitPrice'], 'limitPrice', readDecimal),
    atMs,
  }
}

export function readLatch(json: JsonObject): LatchedThrottle {
  const kind = readOneOf(json['kind'], 'kind', THROTTLE_KINDS)
  return { kind, reason: readText(json['reason'], 'reason'), sinceMs: readInteger(json['sinceMs'], 'sinceMs') }
}

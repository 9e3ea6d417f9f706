import { refuse, refuseArgument } from './refusal'
import { readRfc3339 } from '#sim/emulator/wire-time'

const DEADLINE_AHEAD_MAX_MS = 60_000

/**
 * Checks an order's `deadline`, RFC 3339. Null is none.
 * @throws {KrakenRefusal} `EService:Deadline elapsed` when it has passed; `EGeneral:Invalid arguments:deadline` when it is no
 * time or more than a minute ahead. How near it may lie is not checked: the venue cannot know how long the message was under way.
 */
export function checkDeadline(text: string | null, nowMs: number): void {
  if (text === null) return
  const atMs = readRfc3339(text) ?? refuseArgument('deadline')
  if (atMs > nowMs + DEADLINE_AHEAD_MAX_MS) refuseArgument('deadline')
  if (atMs <= nowMs) refuse('EService:Deadline elapsed')
}

const EXPIRY_MIN_MS = 5_000
const EXPIRY_MAX_MS = 31 * 86_400_000

/** Reads `expiretm`: `0` is none, unix seconds, or `+<seconds>` from 5 to a month. @throws {KrakenRefusal} naming `expiretm`. */
export function readExpiry(text: string | null, nowMs: number): number | null {
  if (text === null || text === '0') return null
  const match = /^(\+?)(\d{1,12}(?:\.\d{1,9})?)$/.exec(text)
  if (match?.[2] === undefined) return refuseArgument('expiretm')
  const givenMs = Math.round(Number(match[2]) * 1_000)
  return checkExpiry(match[1] === '+' ? nowMs + givenMs : givenMs, nowMs, 'expiretm')
}

/** Checks that an expiry lies from 5 s to a month ahead. @throws {KrakenRefusal} naming `field`. */
export function checkExpiry(atMs: number, nowMs: number, field: string): number {
  const aheadMs = atMs - nowMs
  return aheadMs >= EXPIRY_MIN_MS && aheadMs <= EXPIRY_MAX_MS ? atMs : refuseArgument(field)
}

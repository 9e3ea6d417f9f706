import { AppError } from './errors'

/** Bytes of a packet without extensions (RFC 5905 §7.3). */
export const SNTP_BYTES = 48
/** Seconds from the protocol's first moment, 1900, to 1970. */
const EPOCH_SEC = 2_208_988_800
/** One era of the protocol's seconds; the present one ends in 2036. */
const ERA_SEC = 2 ** 32
const FRACTION = 2 ** 32
/** No leap warning, version 4, client. */
const CLIENT = 0x23
const SERVER_MODE = 4
const UNSYNCHRONISED = 3
const STRATUM_MAX = 15

const TRANSMIT_AT = 40
const ORIGINATE_AT = 24
const RECEIVE_AT = 32

/** One exchange with a time server, UTC ms with fractions. */
export interface ClockSample {
  /** The server's clock minus ours: positive where ours is slow. */
  readonly offsetMs: number
  /** Round trip less the server's own time: the offset is known to half of it. */
  readonly delayMs: number
  /** Distance from a reference clock: 1 has one. */
  readonly stratum: number
}

/** Returns a request that is sent at `atMs`: its transmit time comes back, so that an answer to another request is known as one. */
export function sntpRequest(atMs: number): Uint8Array {
  const packet = new Uint8Array(SNTP_BYTES)
  packet[0] = CLIENT
  writeTime(new DataView(packet.buffer), TRANSMIT_AT, atMs)
  return packet
}

/**
 * Reads an answer (RFC 5905 §8: the offset is half of the differences on both ways).
 * @param sentAtMs what the request was made with; @param receivedAtMs our clock as the answer came, both UTC ms.
 * @throws {AppError} `CLOCK_SAMPLE` for what is no answer to it, and for a server that says that it does not know the time.
 */
export function readSntp(packet: Uint8Array, sentAtMs: number, receivedAtMs: number): ClockSample {
  if (packet.length < SNTP_BYTES) throw refusal(`an answer of ${packet.length} bytes; ${SNTP_BYTES} are needed`)
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const flags = view.getUint8(0)
  const stratum = view.getUint8(1)
  if ((flags & 7) !== SERVER_MODE) throw refusal(`mode ${flags & 7} is no server's`)
  if (flags >> 6 === UNSYNCHRONISED) throw refusal('the server is not synchronised itself')
  if (stratum === 0) throw refusal(`the server refuses: ${kissOf(view)}`)
  if (stratum > STRATUM_MAX) throw refusal(`stratum ${stratum} is not synchronised`)
  if (!isSame(view, ORIGINATE_AT, sentAtMs)) throw refusal('the answer is to another request')
  const serverReceivedMs = readTime(view, RECEIVE_AT)
  const serverSentMs = readTime(view, TRANSMIT_AT)
  const delayMs = receivedAtMs - sentAtMs - (serverSentMs - serverReceivedMs)
  if (serverSentMs < serverReceivedMs || delayMs < 0) throw refusal('its times contradict each other')
  return { offsetMs: (serverReceivedMs - sentAtMs + (serverSentMs - receivedAtMs)) / 2, delayMs, stratum }
}

/**
 * Returns the sample whose offset is the median: one server that lies moves it no further than to a neighbour's.
 * Of an even number the one of the smaller delay of the two in the middle. Null for none.
 */
export function medianSample(samples: readonly ClockSample[]): ClockSample | null {
  const sorted = [...samples].sort((a, b) => a.offsetMs - b.offsetMs)
  const high = sorted[Math.floor(sorted.length / 2)] ?? null
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? null
  if (low === null || high === null) return null
  return low.delayMs <= high.delayMs ? low : high
}

function refusal(text: string): AppError {
  return new AppError(`time server: ${text}`, { code: 'CLOCK_SAMPLE', severity: 'LOW' })
}

/** The four letters in which a server says why it refuses, such as RATE. */
function kissOf(view: DataView): string {
  const letters = [12, 13, 14, 15].map((at) => String.fromCharCode(view.getUint8(at)))
  return letters.join('').replace(/[^A-Z]/g, '') || 'no reason given'
}

function writeTime(view: DataView, at: number, utcMs: number): void {
  const [seconds, fraction] = partsOf(utcMs)
  view.setUint32(at, seconds)
  view.setUint32(at + 4, fraction)
}

function partsOf(utcMs: number): readonly [number, number] {
  const whole = Math.floor(utcMs / 1_000)
  return [(whole + EPOCH_SEC) % ERA_SEC, Math.floor(((utcMs - whole * 1_000) / 1_000) * FRACTION)]
}

function isSame(view: DataView, at: number, utcMs: number): boolean {
  const [seconds, fraction] = partsOf(utcMs)
  return view.getUint32(at) === seconds && view.getUint32(at + 4) === fraction
}

/** Seconds before 1970 can only be of the next era, which begins in 2036. */
function readTime(view: DataView, at: number): number {
  const seconds = view.getUint32(at)
  const sinceEpoch = seconds < EPOCH_SEC ? seconds + ERA_SEC - EPOCH_SEC : seconds - EPOCH_SEC
  return sinceEpoch * 1_000 + (view.getUint32(at + 4) / FRACTION) * 1_000
}

import { createSocket, type Socket } from 'node:dgram'
import type { ClockReading } from '#domain/clock-gate'
import { AppError, messageOf } from '#domain/errors'
import { type ClockSample, medianSample, readSntp, sntpRequest } from '#domain/sntp'
import type { ClockPort } from '#ports/clock'

/** Port of the protocol. */
const SNTP_PORT = 123

export interface SntpOptions {
  /** `host` or `host:port`; all are asked at once. */
  readonly servers: readonly string[]
  /** How long an answer may take, ms. */
  readonly timeoutMs: number
}

/**
 * Asks time servers how far this machine's clock is off (SEC-04): the median of those that answer within the time. Never throws: what a
 * server could not tell is in the reading's text.
 */
export async function readClock(clock: ClockPort, { servers, timeoutMs }: SntpOptions): Promise<ClockReading> {
  const answers = await Promise.allSettled(servers.map((server) => sampleOf(clock, server, timeoutMs)))
  const samples = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const found = medianSample(samples)
  if (found !== null) {
    const text = `${samples.length} of ${servers.length} time servers answered, round trip ${found.delayMs.toFixed(1)} ms`
    return { offsetMs: found.offsetMs, text }
  }
  const faults = answers.flatMap((answer, index) =>
    answer.status === 'rejected' ? [`${servers[index]}: ${messageOf(answer.reason)}`] : [],
  )
  return { offsetMs: null, text: faults.length === 0 ? 'no time server is configured (clockServers)' : faults.join('; ') }
}

/** @throws {AppError} `CLOCK_SAMPLE` for silence, a name that is not found, and an answer that is none. */
function sampleOf(clock: ClockPort, server: string, timeoutMs: number): Promise<ClockSample> {
  const { host, port } = addressOf(server)
  return new Promise((resolve, reject) => {
    const socket: Socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const end = (settle: () => void) => {
      clock.clearTimeout(timer)
      socket.close()
      settle()
    }
    const timer = clock.setTimeout(() => end(() => reject(silence(timeoutMs))), timeoutMs)
    // Times within the exchange run on the monotonic side: a clock that steps meanwhile would be measured as a round trip.
    const sentAtMs = clock.now()
    const sentUs = clock.monotonicUs()
    socket.once('error', (error) => end(() => reject(new AppError(error.message, { code: 'CLOCK_SAMPLE', severity: 'LOW', cause: error }))))
    socket.once('message', (packet) => {
      const receivedAtMs = sentAtMs + (clock.monotonicUs() - sentUs) / 1_000
      end(() => {
        try {
          resolve(readSntp(packet, sentAtMs, receivedAtMs))
        } catch (error) {
          reject(error)
        }
      })
    })
    socket.send(sntpRequest(sentAtMs), port, host)
  })
}

function silence(timeoutMs: number): AppError {
  return new AppError(`no answer within ${timeoutMs} ms`, { code: 'CLOCK_SAMPLE', severity: 'LOW' })
}

/** `host`, `host:port`, `[v6]:port`. */
function addressOf(server: string): { readonly host: string; readonly port: number } {
  const found = /^\[([^\]]+)\](?::(\d+))?$|^([^:]+)(?::(\d+))?$/.exec(server)
  const port = found?.[2] ?? found?.[4]
  return { host: found?.[1] ?? found?.[3] ?? server, port: port === undefined ? SNTP_PORT : Number(port) }
}

import type { SimConnection, SimConnectionHandlers } from '#sim/server'
import type { DeadMan } from './dead-man'
import type { Face } from './face'
import { FrameParams } from './frame-params'
import type { OrderEntry } from './order-entry'
import { KrakenRefusal, refuse } from './refusal'
import type { SocketHub } from './socket-hub'
import { SocketSession } from './socket-session'
import { type Acknowledgement, readToken, subscribe, unsubscribe } from './socket-subscribe'
import { FRAME_TRADING_METHODS, type TradingReply } from './socket-trading'
import { isWireObject, NumberToken, numberToken, readJson, type WireJson, type WireObject } from './wire-json'
import { microTime } from '#sim/emulator/wire-time'

/** Path of the public socket; the venue serves it on a host of its own. */
export const PUBLIC_PATH = '/v2'
/** Path of the private socket; the venue serves `/v2` on another host. */
export const PRIVATE_PATH = '/auth/v2'

const CONNECTIONS_MAX = 150
const CONNECTIONS_WINDOW_MS = 600_000

/** What the socket face asks of the emulator around a message. */
export interface SocketSurroundings {
  /** Makes everything durable and sends the frames that wait. */
  settle(): void
  /** Most messages a second of one client; null is without limit. */
  readonly messagesPerSecMax: number | null
}

/** One client message, read. */
interface Message {
  readonly method: string
  readonly params: WireObject | null
  readonly reqId: NumberToken | null
  readonly receivedAtMs: number
}

/** The WebSocket v2 face: takes sockets, reads messages, answers them and queues snapshots. */
export class SocketFace {
  readonly #face: Face
  readonly #hub: SocketHub
  readonly #entry: OrderEntry
  readonly #deadMan: DeadMan
  readonly #around: SocketSurroundings
  #attempts: number[] = []
  #connections = 0n

  constructor(face: Face, hub: SocketHub, entry: OrderEntry, deadMan: DeadMan, around: SocketSurroundings) {
    this.#face = face
    this.#hub = hub
    this.#entry = entry
    this.#deadMan = deadMan
    this.#around = around
  }

  /** Takes a socket opened on `/v2` or `/auth/v2`; null for another path, and beyond 150 attempts in ten minutes. */
  connect(path: string, connection: SimConnection): SimConnectionHandlers | null {
    if ((path !== PUBLIC_PATH && path !== PRIVATE_PATH) || this.#isFlooded()) return null
    const { clock, faults } = this.#face
    const session = new SocketSession({
      clock,
      faults,
      connection,
      isPrivate: path === PRIVATE_PATH,
      onEnd: (one) => this.#hub.remove(one),
    })
    this.#hub.add(session)
    session.push('status', this.statusFrame())
    // The first frame must not leave before the caller holds the handlers of its socket.
    clock.defer(() => session.flush())
    let sentInSecond = 0
    let second = 0
    return {
      onText: (text) => {
        if (!session.isOpen) return
        session.noteIncoming()
        const now = Math.floor(clock.monotonicUs() / 1_000_000)
        sentInSecond = now === second ? sentInSecond + 1 : 1
        second = now
        if (this.#around.messagesPerSecMax !== null && sentInSecond > this.#around.messagesPerSecMax) {
          session.push('error', { Error: 'Exceeded msg rate' })
          session.flush()
          return
        }
        this.#onText(session, text)
      },
      onClose: () => this.#hub.remove(session),
    }
  }

  /** Returns the status frame that greets a socket and tells a change. */
  statusFrame(): WireObject {
    const connectionId = numberToken((13_834_774_380_200_032_777n + this.#connections++).toString())
    const row = { api_version: 'v2', connection_id: connectionId, system: this.#face.state.systemStatus, version: '2.0.0' }
    return { channel: 'status', type: 'update', data: [row] }
  }

  #isFlooded(): boolean {
    if (!this.#face.hasLimits) return false
    const nowMs = this.#face.clock.now()
    this.#attempts = this.#attempts.filter((atMs) => atMs > nowMs - CONNECTIONS_WINDOW_MS)
    if (this.#attempts.length >= CONNECTIONS_MAX) return true
    this.#attempts.push(nowMs)
    return false
  }

  #onText(session: SocketSession, text: string): void {
    const message = readMessage(text, this.#face.clock.now())
    if (message === null) {
      const at = microTime(this.#face.clock.now())
      session.push('error', { error: 'Event(s) not found', success: false, time_in: at, time_out: at })
      session.flush()
      return
    }
    const { faults, clock } = this.#face
    if (faults.take('drop', 'ws', message.method) !== null) {
      session.end(1006, 'dropped', true)
      return
    }
    const late = faults.take('latency', 'ws', message.method, (rule) => rule.stage === 'request')
    if (late === null) this.#perform(session, message)
    else clock.setTimeout(() => session.isOpen && this.#perform(session, message), faults.delayOf(late))
  }

  #perform(session: SocketSession, message: Message): void {
    const { faults } = this.#face
    const mark = session.mark
    const early = faults.take('apiError', 'ws', message.method, (rule) => rule.when === 'before')
    const frames = early === null ? this.#run(session, message) : [this.#errorFrame(message, early.text, {})]
    const late = faults.take('apiError', 'ws', message.method, (rule) => rule.when === 'after')
    const lost = faults.take('lostReply', 'ws', message.method)
    if (lost?.withholdEvents === true || faults.take('withholdEvents', 'ws', message.method) !== null) this.#hub.withholdEvents()
    const replies = late === null ? frames : [this.#errorFrame(message, late.text, {})]
    // Answers go before the events of their own command, unless a fault crosses them.
    let at = faults.take('crossing', 'ws', message.method) === null ? mark : session.mark
    if (lost === null) for (const frame of replies) session.push(message.method, frame, at++)
    this.#around.settle()
  }

  /** Carries a message out and returns its answers; snapshots are queued behind them. */
  #run(session: SocketSession, message: Message): readonly WireObject[] {
    try {
      switch (message.method) {
        case 'ping':
          return [this.#pong(message)]
        case 'subscribe':
        case 'unsubscribe':
          return this.#runSubscription(session, message)
        default:
          return this.#runTrading(session, message)
      }
    } catch (error) {
      if (error instanceof KrakenRefusal) return [this.#errorFrame(message, error.wireText, {})]
      throw error
    }
  }

  #pong(message: Message): WireObject {
    if (message.params !== null) {
      const error = "Unsupported field: 'params' for the given msg type: ping"
      return this.#errorFrame({ ...message, reqId: message.reqId ?? numberToken('0') }, error, {})
    }
    return { method: 'pong', req_id: message.reqId ?? undefined, ...this.#times(message) }
  }

  #runSubscription(session: SocketSession, message: Message): readonly WireObject[] {
    const params = new FrameParams(message.params ?? {})
    const request = { face: this.#face, hub: this.#hub, session, params }
    const acknowledgements = message.method === 'subscribe' ? subscribe(request) : unsubscribe(request)
    for (const one of acknowledgements) if (one.kind === 'done') one.snapshot?.()
    return acknowledgements.map((one) => this.#acknowledge(message, one))
  }

  #acknowledge(message: Message, one: Acknowledgement): WireObject {
    if (one.kind === 'refused') return this.#errorFrame(message, one.text, { symbol: one.symbol ?? undefined })
    return { method: message.method, req_id: message.reqId ?? undefined, result: one.result, success: true, ...this.#times(message) }
  }

  #runTrading(session: SocketSession, message: Message): readonly WireObject[] {
    const method = FRAME_TRADING_METHODS.get(message.method) ?? refuse('Unsupported event')
    if (!session.isPrivate) return refuse('EGeneral:Permission denied')
    const params = new FrameParams(message.params ?? {})
    const { accountId } = readToken(this.#face, params)
    const call = {
      face: this.#face,
      entry: this.#entry,
      deadMan: this.#deadMan,
      accountId,
      params,
      nowMs: this.#face.clock.now(),
    }
    return method(call).map((reply) => this.#reply(message, reply))
  }

  #reply(message: Message, reply: TradingReply): WireObject {
    if (reply.kind === 'refused') return this.#errorFrame(message, reply.text, reply.named)
    return { method: message.method, req_id: message.reqId ?? undefined, result: reply.result, success: true, ...this.#times(message) }
  }

  #errorFrame(message: Message, error: string, named: WireObject): WireObject {
    return { error, method: message.method, req_id: message.reqId ?? undefined, success: false, ...named, ...this.#times(message) }
  }

  #times(message: Message): WireObject {
    return { time_in: microTime(message.receivedAtMs), time_out: microTime(this.#face.clock.now()) }
  }
}

function readMessage(text: string, receivedAtMs: number): Message | null {
  let value: WireJson
  try {
    value = readJson(text)
  } catch {
    return null // no JSON: answered like a message without a method
  }
  if (!isWireObject(value)) return null
  const { method, params, req_id: reqId } = value
  if (typeof method !== 'string') return null
  if (params !== undefined && !isWireObject(params)) return null
  return { method, params: params ?? null, reqId: reqId instanceof NumberToken ? reqId : null, receivedAtMs }
}

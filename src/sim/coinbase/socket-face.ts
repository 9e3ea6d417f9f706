import { z } from 'zod'
import type { SimConnection, SimConnectionHandlers } from '#sim/server'
import { type Face, userIdOf } from './face'
import { RateLimit, SOCKETS_PER_SEC } from './limits'
import type { Product } from './products'
import type { SocketHub } from './socket-hub'
import { CHANNELS, type Channel, type SocketHost, SocketSession } from './socket-session'

const messageSchema = z.looseObject({
  type: z.enum(['subscribe', 'unsubscribe']),
  channel: z.string(),
  product_ids: z.array(z.string()).max(10_000).optional(),
  jwt: z.string().optional(),
})

type Message = z.infer<typeof messageSchema>

const UNAUTHENTICATED = 'authentication failure'

/** Channels that need no products. */
const WITHOUT_PRODUCTS = new Set<Channel>(['heartbeats', 'user', 'status'])

function channelNamed(name: string): Channel | null {
  return CHANNELS.find((channel) => channel === name) ?? null
}

function isServed(host: SocketHost, channel: Channel): boolean {
  return channel === 'heartbeats' || (host === 'user') === (channel === 'user')
}

/** The WebSocket face: takes sockets on its two hosts, reads subscriptions, acknowledges them and queues snapshots. */
export class SocketFace {
  readonly #face: Face
  readonly #hub: SocketHub
  readonly #settle: () => void
  readonly #connections = new RateLimit(SOCKETS_PER_SEC)
  readonly #messages = new RateLimit(SOCKETS_PER_SEC)

  /** @param settle makes everything durable and sends the frames that wait. */
  constructor(face: Face, hub: SocketHub, settle: () => void) {
    this.#face = face
    this.#hub = hub
    this.#settle = settle
  }

  /** Takes a socket on one of the hosts; null when there are too many attempts. */
  connect(host: SocketHost, connection: SimConnection): SimConnectionHandlers | null {
    const { clock, faults, hasLimits, state } = this.#face
    if (hasLimits && !this.#connections.admit('all', clock.now())) {
      state.count('socketRateLimit')
      return null
    }
    const session = new SocketSession({ clock, faults, connection, host, onEnd: (one) => this.#hub.remove(one) })
    this.#hub.add(session)
    return {
      onText: (text) => {
        if (session.isOpen) this.#onText(session, text)
      },
      onClose: () => this.#hub.remove(session),
    }
  }

  #onText(session: SocketSession, text: string): void {
    const { faults, clock } = this.#face
    const message = readMessage(text)
    if (message === null) {
      session.pushError('failed to parse message')
      session.flush()
      return
    }
    if (faults.take('drop', 'ws', message.type) !== null) {
      session.end(1006, 'dropped', true)
      return
    }
    const late = faults.take('latency', 'ws', message.type, (rule) => rule.stage === 'request')
    if (late === null) this.#perform(session, message)
    else clock.setTimeout(() => session.isOpen && this.#perform(session, message), faults.delayOf(late))
  }

  #perform(session: SocketSession, message: Message): void {
    const error = this.#run(session, message)
    if (error !== null) session.pushError(error)
    this.#settle()
  }

  /** Carries a message out; the text of an error, or null. */
  #run(session: SocketSession, message: Message): string | null {
    const { hasLimits, clock, state } = this.#face
    const channel = channelNamed(message.channel)
    if (channel === null) return `unknown channel ${message.channel}`
    if (!isServed(session.host, channel)) return `channel ${channel} is not served on this host`
    const isAnonymous = message.jwt === undefined || message.jwt === ''
    if (isAnonymous && hasLimits && !this.#messages.admit('all', clock.now())) {
      state.count('socketRateLimit')
      return 'rate limit exceeded'
    }
    const accountId = isAnonymous ? null : this.#accountOf(message)
    if (accountId === null && (session.host === 'user' || !isAnonymous)) return UNAUTHENTICATED
    return message.type === 'subscribe'
      ? this.#subscribe(session, channel, message, accountId)
      : this.#unsubscribe(session, channel, message)
  }

  #accountOf({ jwt, type }: Message): string | null {
    const { judge, state, faults } = this.#face
    const verdict = judge.judge(jwt ?? '', null)
    if (verdict.kind === 'good' && verdict.key.scopes.includes('view') && faults.take('unauthorized', 'ws', type) === null)
      return verdict.key.accountId
    state.count('badToken')
    return null
  }

  #subscribe(session: SocketSession, channel: Channel, message: Message, accountId: string | null): string | null {
    const asked = message.product_ids ?? []
    if (asked.length === 0 && !WITHOUT_PRODUCTS.has(channel)) return `channel ${channel} needs product_ids`
    if (channel === 'user' && session.subscriptions.has('user')) return 'there can be one user subscription a connection'
    const products = this.#products(channel, asked)
    const names = session.subscriptions.get(channel) ?? new Set()
    for (const name of this.#namesOf(channel, products, accountId)) names.add(name)
    if (names.size > 0) session.subscriptions.set(channel, names)
    if (channel === 'user') {
      session.accountId = accountId
      session.userProducts = new Set(asked)
    }
    session.noteSubscribed()
    this.#hub.watchBooks()
    const isFirst = this.#face.choices.acknowledges === 'first'
    if (isFirst) this.#acknowledge(session)
    if (products.length > 0 || channel === 'user') this.#hub.pushSnapshot(session, channel, products)
    if (!isFirst) this.#acknowledge(session)
    return null
  }

  #unsubscribe(session: SocketSession, channel: Channel, message: Message): string | null {
    const asked = message.product_ids ?? []
    const names = session.subscriptions.get(channel)
    if (asked.length === 0 || channel === 'user' || channel === 'heartbeats') session.subscriptions.delete(channel)
    else for (const product of this.#products(channel, asked)) names?.delete(product.book)
    if (names?.size === 0) session.subscriptions.delete(channel)
    this.#hub.watchBooks()
    this.#acknowledge(session)
    return null
  }

  /** The canonical products that ids name, each once; unknown ids are left out without a word. */
  #products(channel: Channel, asked: readonly string[]): readonly Product[] {
    const { products } = this.#face
    if (channel === 'heartbeats' || channel === 'user') return []
    const named = channel === 'status' && asked.length === 0 ? products.all : asked.flatMap((id) => products.find(id) ?? [])
    const books = new Set(named.map((product) => product.book))
    return [...books].flatMap((book) => products.find(book) ?? [])
  }

  #namesOf(channel: Channel, products: readonly Product[], accountId: string | null): readonly string[] {
    if (channel === 'heartbeats') return ['heartbeats']
    if (channel === 'user') return accountId === null ? [] : [userIdOf(this.#face, accountId)]
    return products.map((product) => product.book)
  }

  /** Tells the whole set of what the connection is subscribed to. */
  #acknowledge(session: SocketSession): void {
    if (this.#face.faults.take('lostReply', 'ws', 'subscriptions') !== null) return
    const subscriptions = Object.fromEntries([...session.subscriptions].map(([channel, names]) => [channel, [...names]]))
    session.push('subscriptions', [{ subscriptions }])
  }
}

function readMessage(text: string): Message | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null // no JSON: answered like a message that does not fit
  }
  const read = messageSchema.safeParse(value)
  return read.success ? read.data : null
}

import type { ClockPort } from '#ports/clock'
import type { KrakenConfig } from './config'
import { classify } from './errors'
import type { Reply } from './schema-stream'

/** Channels of the public stream that take symbols. */
export type MarketChannel = 'ticker' | 'trade' | 'book' | 'ohlc'

/** One channel of one symbol; `interval` in minutes for ohlc, else null. */
export interface Topic {
  readonly channel: MarketChannel
  readonly symbol: string
  readonly interval: number | null
}

/** The connection as subscriptions use it. */
export interface SubscriptionDeps {
  readonly clock: ClockPort
  readonly config: KrakenConfig
  send(text: string): boolean
  nextRequestId(): number
  /** Called for a topic that the venue refuses or leaves unanswered, each time that it gives up on it. */
  onRefused(topic: Topic, reason: string): void
  /** Called when a topic is acknowledged, also by the answer that it was subscribed already: its snapshot may have been lost then. */
  onActive(topic: Topic): void
}

interface Entry {
  readonly topic: Topic
  state: 'idle' | 'pending' | 'active' | 'refused'
  attempts: number
  reason: string
}

const ATTEMPTS_MAX = 2

/** Returns the text that names a topic. */
export function topicKey(topic: Topic): string {
  return `${topic.channel} ${topic.symbol} ${topic.interval ?? ''}`
}

/**
 * The wanted and the acknowledged topics of the public stream. Requests go in batches with a pause between; every symbol is
 * acknowledged by itself. One that is unanswered, or refused for now, is asked again once, then at leisure; a refused one is
 * recorded (VEN-03, PAIN-05).
 */
export class Subscriptions {
  readonly #deps: SubscriptionDeps
  readonly #entries = new Map<string, Entry>()
  /** Topics of a request that are not answered yet. */
  readonly #requests = new Map<number, Set<string>>()
  readonly #outbox: (() => void)[] = []
  #outboxTimer: unknown = null
  readonly #timers = new Set<unknown>()
  #isConnected = false
  #waiters: (() => void)[] = []

  constructor(deps: SubscriptionDeps) {
    this.#deps = deps
  }

  /** Replaces the wanted set, and sends the difference when connected. */
  setWanted(topics: readonly Topic[]): void {
    const wanted = new Map(topics.map((topic) => [topicKey(topic), topic]))
    const dropped: Topic[] = []
    for (const [key, entry] of this.#entries) {
      if (wanted.has(key)) continue
      this.#entries.delete(key)
      if (entry.state === 'active' || entry.state === 'pending') dropped.push(entry.topic)
    }
    const added: Topic[] = []
    for (const [key, topic] of wanted) {
      if (this.#entries.has(key)) continue
      this.#entries.set(key, { topic, state: 'idle', attempts: 0, reason: '' })
      added.push(topic)
    }
    if (!this.#isConnected) return
    this.#request('unsubscribe', dropped)
    this.#request('subscribe', added)
    this.#settle()
  }

  /** Subscribes the whole wanted set on a new connection. */
  onConnected(): void {
    this.#isConnected = true
    for (const entry of this.#entries.values()) Object.assign(entry, { state: 'idle', attempts: 0, reason: '' })
    this.#request(
      'subscribe',
      [...this.#entries.values()].map((entry) => entry.topic),
    )
    this.#settle()
  }

  onDisconnected(): void {
    this.#isConnected = false
    for (const timer of this.#timers) this.#deps.clock.clearTimeout(timer)
    this.#timers.clear()
    if (this.#outboxTimer !== null) this.#deps.clock.clearTimeout(this.#outboxTimer)
    this.#outboxTimer = null
    this.#outbox.length = 0
    this.#requests.clear()
    for (const entry of this.#entries.values()) if (entry.state !== 'refused') entry.state = 'idle'
    this.#settle()
  }

  /** Asks for a topic anew at once, its old subscription ended first: the way to a fresh snapshot. */
  renew(topic: Topic): void {
    const entry = this.#entries.get(topicKey(topic))
    if (entry === undefined || !this.#isConnected) return
    entry.attempts = 0
    this.#deps.send(this.#frame('unsubscribe', [topic], this.#deps.nextRequestId()))
    this.#sendSubscribe([topic])
  }

  /** Takes the answer to a subscription request of ours. */
  onReply(reply: Reply, acknowledged: { readonly symbol: string } | null): void {
    if (reply.method !== 'subscribe' || reply.req_id === null || reply.req_id === undefined) return
    const waiting = this.#requests.get(reply.req_id)
    if (waiting === undefined) return
    const symbol = acknowledged?.symbol ?? reply.symbol ?? null
    for (const key of [...waiting]) {
      const entry = this.#entries.get(key)
      // An error without a symbol is the answer to the whole request.
      if (symbol !== null && entry?.topic.symbol !== symbol) continue
      waiting.delete(key)
      if (entry === undefined) continue
      if (reply.success === true || reply.error?.startsWith('Already subscribed') === true) {
        Object.assign(entry, { state: 'active', attempts: 0, reason: '' })
        this.#deps.onActive(entry.topic)
      } else this.#onRefusal(entry, reply.error ?? 'refused without a reason')
    }
    if (waiting.size === 0) this.#requests.delete(reply.req_id)
    this.#settle()
  }

  /** Resolves when every wanted topic is acknowledged or refused, or the connection is gone. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve)
      this.#settle()
    })
  }

  isActive(topic: Topic): boolean {
    return this.#entries.get(topicKey(topic))?.state === 'active'
  }

  /** Acknowledged topics. */
  active(): readonly Topic[] {
    return [...this.#entries.values()].filter((entry) => entry.state === 'active').map((entry) => entry.topic)
  }

  /** Refused topics with their reason, for health. */
  refused(): readonly string[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.state === 'refused')
      .map((entry) => `${topicKey(entry.topic).trim()}: ${entry.reason}`)
  }

  #settle(): void {
    if (this.#waiters.length === 0) return
    if (this.#isConnected && [...this.#entries.values()].some((entry) => entry.state === 'idle' || entry.state === 'pending')) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }

  /** A refusal that may pass is no answer; any other stands until the next connection. */
  #onRefusal(entry: Entry, reason: string): void {
    const { errorClass } = classify(reason)
    if (errorClass === 'service' || errorClass === 'rateLimit') this.#retry([entry], reason)
    else this.#refuse(entry, reason)
  }

  #refuse(entry: Entry, reason: string): void {
    entry.state = 'refused'
    entry.reason = reason
    this.#deps.onRefused(entry.topic, reason)
  }

  /** Asks again for what got no answer that stands; what has had its attempts counts as refused until it is asked for later. */
  #retry(entries: readonly Entry[], reason: string): void {
    const spent = entries.filter(({ attempts }) => attempts >= ATTEMPTS_MAX)
    for (const entry of spent) this.#refuse(entry, reason)
    if (spent.length > 0) this.#in(this.#deps.config.retryMaxMs, () => this.#askLater(spent))
    this.#request(
      'subscribe',
      entries.filter((entry) => !spent.includes(entry)).map(({ topic }) => topic),
    )
  }

  #askLater(entries: readonly Entry[]): void {
    const waiting = entries.filter((entry) => entry.state === 'refused' && this.#entries.get(topicKey(entry.topic)) === entry)
    for (const entry of waiting) entry.attempts = ATTEMPTS_MAX - 1
    this.#request(
      'subscribe',
      waiting.map(({ topic }) => topic),
    )
  }

  #in(delayMs: number, act: () => void): void {
    const timer = this.#deps.clock.setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, delayMs)
    this.#timers.add(timer)
  }

  /** Puts topics of one channel and interval together, cuts them into batches and queues the frames. */
  #request(method: 'subscribe' | 'unsubscribe', topics: readonly Topic[]): void {
    const groups = new Map<string, Topic[]>()
    for (const topic of topics) {
      const group = `${topic.channel} ${topic.interval ?? ''}`
      groups.set(group, [...(groups.get(group) ?? []), topic])
    }
    for (const group of groups.values()) {
      for (let at = 0; at < group.length; at += this.#deps.config.subscribeBatch) {
        const batch = group.slice(at, at + this.#deps.config.subscribeBatch)
        this.#enqueue(() => {
          if (method === 'subscribe') this.#sendSubscribe(batch)
          else this.#deps.send(this.#frame('unsubscribe', batch, this.#deps.nextRequestId()))
        })
      }
    }
  }

  #enqueue(job: () => void): void {
    this.#outbox.push(job)
    if (this.#outboxTimer === null) this.#drain()
  }

  #drain(): void {
    this.#outbox.shift()?.()
    this.#outboxTimer = this.#deps.clock.setTimeout(() => {
      this.#outboxTimer = null
      if (this.#outbox.length > 0) this.#drain()
    }, this.#deps.config.subscribeIntervalMs)
  }

  #sendSubscribe(topics: readonly Topic[]): void {
    const live = topics.filter((topic) => this.#entries.has(topicKey(topic)))
    if (live.length === 0) return
    const id = this.#deps.nextRequestId()
    this.#requests.set(id, new Set(live.map(topicKey)))
    for (const topic of live) {
      const entry = this.#entries.get(topicKey(topic))
      if (entry !== undefined) Object.assign(entry, { state: 'pending', attempts: entry.attempts + 1 })
    }
    this.#deps.send(this.#frame('subscribe', live, id))
    this.#in(this.#deps.config.subscribeTimeoutMs, () => this.#onUnanswered(id))
  }

  #onUnanswered(id: number): void {
    const waiting = this.#requests.get(id)
    this.#requests.delete(id)
    const open = [...(waiting ?? [])].flatMap((key) => this.#entries.get(key) ?? []).filter(({ state }) => state === 'pending')
    this.#retry(open, `no answer within ${this.#deps.config.subscribeTimeoutMs} ms`)
    this.#settle()
  }

  #frame(method: 'subscribe' | 'unsubscribe', topics: readonly Topic[], id: number): string {
    const channel = topics[0]?.channel ?? 'ticker'
    const interval = topics[0]?.interval ?? null
    const isSubscribe = method === 'subscribe'
    return JSON.stringify({
      method,
      params: {
        channel,
        symbol: topics.map((topic) => topic.symbol),
        ...(channel === 'ticker' ? { event_trigger: 'bbo' } : {}),
        ...(channel === 'book' ? { depth: this.#deps.config.bookDepth } : {}),
        ...(interval === null ? {} : { interval }),
        // The fifty prints before are no news; of everything else the present state is wanted.
        ...(isSubscribe ? { snapshot: channel !== 'trade' } : {}),
      },
      req_id: id,
    })
  }
}

import type { ClockPort } from '#ports/clock'

/** One channel of one symbol; `interval` in minutes where the channel has such, else null. */
export interface Topic {
  readonly channel: string
  readonly symbol: string
  readonly interval: number | null
}

/** Limits of subscriptions; durations are ms. */
export interface SubscriptionSettings {
  /** Topics in one request at most. */
  readonly subscribeBatch: number
  /** Pause between two requests of one connection. */
  readonly subscribeIntervalMs: number
  /** How long a request waits for its acknowledgement. */
  readonly subscribeTimeoutMs: number
  /** How long a topic that had all its attempts waits for the next. */
  readonly retryMaxMs: number
}

/** What came of a topic's request: acknowledged, or refused for a reason, for now (`isPassing`) or until the next connection. */
export type Acknowledgement =
  | { readonly kind: 'active' }
  | { readonly kind: 'refused'; readonly reason: string; readonly isPassing: boolean }

/** The connection as subscriptions use it. */
export interface SubscriptionDeps {
  readonly clock: ClockPort
  readonly config: SubscriptionSettings
  send(text: string): boolean
  nextRequestId(): number
  /** Returns the request's text for topics of one channel and interval. */
  frame(method: 'subscribe' | 'unsubscribe', topics: readonly [Topic, ...Topic[]], requestId: number): string
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
 * The wanted and the acknowledged topics of a stream. Requests go in batches with a pause between; every symbol is
 * acknowledged by itself, or in the list of all that the connection has. One that is unanswered, or refused for now, is asked again once, then at leisure; a refused one is
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

  /** Asks for topics of one channel anew at once, their old subscriptions ended first: the way to fresh snapshots. */
  renew(topics: readonly Topic[]): void {
    if (!this.#isConnected) return
    const known = topics.filter((topic) => this.#entries.has(topicKey(topic)))
    for (const batch of this.#batches(known)) {
      for (const topic of batch) Object.assign(this.#entries.get(topicKey(topic)) ?? {}, { attempts: 0 })
      this.#deps.send(this.#deps.frame('unsubscribe', batch, this.#deps.nextRequestId()))
      this.#sendSubscribe(batch)
    }
  }

  /** Takes the answer to a subscription request; without a symbol it answers the whole request. */
  onAnswer(requestId: number, symbol: string | null, answer: Acknowledgement): void {
    const waiting = this.#requests.get(requestId)
    if (waiting === undefined) return
    for (const key of [...waiting]) {
      const entry = this.#entries.get(key)
      if (symbol !== null && entry?.topic.symbol !== symbol) continue
      waiting.delete(key)
      if (entry === undefined) continue
      if (answer.kind === 'active') this.#activate(entry)
      else if (answer.isPassing) this.#retry([entry], answer.reason)
      else this.#refuse(entry, answer.reason)
    }
    if (waiting.size === 0) this.#requests.delete(requestId)
    this.#settle()
  }

  /** Takes the whole list of what the connection has: what we held and it lacks is asked for again, what waits and stands there is active. */
  onList(has: (topic: Topic) => boolean): void {
    for (const [id, waiting] of this.#requests) {
      for (const key of [...waiting]) {
        const entry = this.#entries.get(key)
        if (entry !== undefined && !has(entry.topic)) continue
        waiting.delete(key)
        if (entry !== undefined) this.#activate(entry)
      }
      if (waiting.size === 0) this.#requests.delete(id)
    }
    const lost = [...this.#entries.values()].filter(({ state, topic }) => state === 'active' && !has(topic))
    if (lost.length > 0) this.#retry(lost, 'the connection has it no more')
    this.#settle()
  }

  #activate(entry: Entry): void {
    Object.assign(entry, { state: 'active', attempts: 0, reason: '' })
    this.#deps.onActive(entry.topic)
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

  /** Queues the requests for topics. */
  #request(method: 'subscribe' | 'unsubscribe', topics: readonly Topic[]): void {
    for (const batch of this.#batches(topics)) {
      this.#enqueue(() => {
        if (method === 'subscribe') this.#sendSubscribe(batch)
        else this.#deps.send(this.#deps.frame('unsubscribe', batch, this.#deps.nextRequestId()))
      })
    }
  }

  /** Puts topics of one channel and interval together and cuts them into batches. */
  #batches(topics: readonly Topic[]): readonly (readonly [Topic, ...Topic[]])[] {
    const batches: (readonly [Topic, ...Topic[]])[] = []
    const groups = new Map<string, Topic[]>()
    for (const topic of topics) {
      const group = `${topic.channel} ${topic.interval ?? ''}`
      groups.set(group, [...(groups.get(group) ?? []), topic])
    }
    for (const group of groups.values()) {
      for (let at = 0; at < group.length; at += this.#deps.config.subscribeBatch) {
        const [first, ...rest] = group.slice(at, at + this.#deps.config.subscribeBatch)
        if (first !== undefined) batches.push([first, ...rest])
      }
    }
    return batches
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
    const [first, ...rest] = topics.filter((topic) => this.#entries.has(topicKey(topic)))
    if (first === undefined) return
    const live: readonly [Topic, ...Topic[]] = [first, ...rest]
    const id = this.#deps.nextRequestId()
    this.#requests.set(id, new Set(live.map(topicKey)))
    for (const topic of live) {
      const entry = this.#entries.get(topicKey(topic))
      if (entry !== undefined) Object.assign(entry, { state: 'pending', attempts: entry.attempts + 1 })
    }
    this.#deps.send(this.#deps.frame('subscribe', live, id))
    this.#in(this.#deps.config.subscribeTimeoutMs, () => this.#onUnanswered(id))
  }

  #onUnanswered(id: number): void {
    const waiting = this.#requests.get(id)
    this.#requests.delete(id)
    const open = [...(waiting ?? [])].flatMap((key) => this.#entries.get(key) ?? []).filter(({ state }) => state === 'pending')
    this.#retry(open, `no answer within ${this.#deps.config.subscribeTimeoutMs} ms`)
    this.#settle()
  }
}

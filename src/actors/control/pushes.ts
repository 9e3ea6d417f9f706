import type { Json } from '#domain/json'
import type { HealthView, PushEvent } from '#ports/control'
import type { AlertLogPort } from '#ports/alerter'
import type { Company } from '../company/company'
import { botView } from './bot-view'
import { orderView } from './order-view'

/** Figures that change with every tick are pushed at most this often. */
const PULSE_MS = 1_000

/** Entries that tell of what stops or limits orders. */
const RISK_KINDS = ['killSwitch.', 'emergency.', 'throttle.', 'scope.', 'config.'] as const

/** Tells watchers what changes: actors, orders and fills at once, money and health once a second while somebody watches. */
export class Pushes {
  readonly #company: Company
  readonly #health: () => HealthView
  readonly #watchers = new Set<(event: PushEvent) => void>()
  #seq = 0
  #shownHealth = ''
  #timer: unknown = null

  constructor(company: Company, alerts: AlertLogPort, health: () => HealthView) {
    this.#company = company
    this.#health = health
    company.orders.onChange((record, event, fill) => {
      if (this.#watchers.size === 0) return
      this.#push('order', orderView(company.orders, record))
      if (fill !== null) this.#push('fill', { ...fill, event: event.type })
    })
    company.onBotChange((host) => {
      if (this.#watchers.size > 0) this.#push('bot', botView(company, host))
    })
    company.deps.journal.subscribe((entry) => {
      if (entry.kind.endsWith('.transition'))
        this.#push('actor', { actorId: entry.actor, state: entry.payload['to'] ?? '', event: entry.kind, seq: entry.seq })
      if (RISK_KINDS.some((prefix) => entry.kind.startsWith(prefix))) this.#push('risk', { kind: entry.kind, ...entry.payload })
    })
    alerts.subscribe(({ atMs, severity, code, text }) => this.#push('alert', { atMs, severity, code, text }))
  }

  watch(listener: (event: PushEvent) => void): () => void {
    this.#watchers.add(listener)
    if (this.#timer === null) this.#pulse()
    return () => {
      this.#watchers.delete(listener)
      if (this.#watchers.size > 0) return
      this.#company.deps.clock.clearTimeout(this.#timer)
      this.#timer = null
    }
  }

  #pulse(): void {
    this.#timer = this.#company.deps.clock.setTimeout(() => {
      const { equity, ...performance } = this.#company.portfolio.performance(null)
      this.#push('portfolio', {
        equity,
        realizedPnl: performance.realizedPnl,
        unrealizedPnl: performance.unrealizedPnl,
        exposureGross: performance.exposureGross,
      })
      this.#pushHealth()
      this.#pulse()
    }, PULSE_MS)
  }

  /** Health is news only when it changed. */
  #pushHealth(): void {
    const { status, state, problems } = this.#health()
    const shown = [status, state, ...problems].join('\n')
    if (shown === this.#shownHealth) return
    this.#shownHealth = shown
    this.#push('health', { status, state, problems })
  }

  #push(topic: PushEvent['topic'], payload: Json): void {
    if (this.#watchers.size === 0) return
    const event: PushEvent = { seq: ++this.#seq, atMs: this.#company.deps.clock.now(), topic, payload }
    for (const watcher of this.#watchers) watcher(event)
  }
}

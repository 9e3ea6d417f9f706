import type { EmulatorRecord } from '#sim/kraken/record'
import type { FaultInput } from '#sim/kraken/fault-rules'
import type { BotView, HealthView, OrderView, PortfolioView, PositionView, RiskView } from '#ports/control'

async function answerOf(url: string, body: unknown): Promise<unknown> {
  const init = body === null ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(url, init)
  const text = await response.text()
  // 503 is how the health summary says UNHEALTHY.
  if (!response.ok && response.status !== 503) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 300)}`)
  return JSON.parse(text)
}

/** The control API of a running company. */
export class Api {
  readonly #base: string

  constructor(url: string) {
    this.#base = `${url.replace(/\/$/, '')}/api/v1`
  }

  health(): Promise<HealthView> {
    return this.#ask('/health')
  }

  /** The director's state, from the probe that always answers 200. */
  async state(): Promise<string> {
    return (await this.#ask<{ readonly state: string }>('/health/live')).state
  }

  bots(): Promise<readonly BotView[]> {
    return this.#ask('/bots')
  }

  orders(status: 'open' | 'closed' | 'all'): Promise<readonly OrderView[]> {
    return this.#ask(`/orders?status=${status}&limit=500`)
  }

  positions(): Promise<readonly PositionView[]> {
    return this.#ask('/positions')
  }

  portfolio(): Promise<PortfolioView> {
    return this.#ask('/portfolio')
  }

  risk(): Promise<RiskView> {
    return this.#ask('/risk')
  }

  company(command: 'pause' | 'resume' | 'halt' | 'reset'): Promise<{ readonly state: string }> {
    return this.#ask(`/company/${command}`, { confirm: true, reason: 'drill' })
  }

  kill(reason: string): Promise<RiskView> {
    return this.#ask('/risk/kill-switch', { confirm: 'KILL', reason })
  }

  clear(): Promise<RiskView> {
    return this.#ask('/risk/kill-switch/clear', { confirm: 'CLEAR' })
  }

  async #ask<T>(path: string, body: unknown = null): Promise<T> {
    return ((await answerOf(`${this.#base}${path}`, body)) as { readonly data: T }).data
  }
}

/** The endpoints of an emulator that are no part of the venue. */
export class EmulatorContact {
  readonly #base: string

  constructor(port: number) {
    this.#base = `http://127.0.0.1:${port}/emulator`
  }

  async state(): Promise<EmulatorRecord> {
    return (await answerOf(`${this.#base}/state`, null)) as EmulatorRecord
  }

  /** Replaces all faults. */
  async faults(add: readonly FaultInput[]): Promise<void> {
    await answerOf(`${this.#base}/faults`, { clear: 'all', add })
  }
}

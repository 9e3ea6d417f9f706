/** Fifty bots on one account against the emulator's counters, through one adapter. Virtual time. */
import { describe, expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { AppError } from '#domain/errors'
import type { Approved } from '#domain/order'
import type { Tier } from '#sim/kraken/tiers'
import { SeededRandom } from '#sim/random'
import { KrakenError } from '#venues/kraken/errors'
import { wantedOf } from '../conformance-market'
import { DEADLINE_MS, orderOf, refOf, settled } from '../venue-bench'
import { BTC, ETH, KrakenBench } from './emulator-bench'

const TICK_MS = 50

/** A bot that always wants an order in the market: places one, holds it for a while, cancels it, and asks a question now and then. */
class Bot {
  readonly #bench: KrakenBench
  readonly #random: SeededRandom
  readonly #instrumentId: typeof BTC
  #order: Approved | null = null
  #isBusy = false
  #nextAtMs = 0
  #wantsCancelAtMs: number | null = null
  placed = 0
  /** Ticks at which an order had to wait for budget. */
  delayed = 0
  canceled = 0
  cancelWaitMsMax = 0
  readonly refusals: string[] = []

  constructor(bench: KrakenBench, number: number) {
    this.#bench = bench
    this.#random = new SeededRandom(`bot ${number}`)
    this.#instrumentId = number % 2 === 0 ? BTC : ETH
  }

  tick(nowMs: number, holdMsMax: number): void {
    if (this.#isBusy || nowMs < this.#nextAtMs) return
    if (this.#order === null) this.#place(holdMsMax)
    else this.#cancel(nowMs, this.#order)
    if (this.#random.integer(2_000) === 0) this.#ask()
  }

  #ask(): void {
    void this.#bench.venue.balances().catch((error: unknown) => {
      // Our own lane may say that we ask too often; the venue must never have to.
      const isOurs = error instanceof AppError && error.code === 'RATE_LIMITED' && !(error instanceof KrakenError && error.fault !== null)
      if (!isOurs) this.refusals.push(String(error))
    })
  }

  #place(holdMsMax: number): void {
    const { venue, clock } = this.#bench
    if (venue.orderWaitMs(this.#instrumentId, 'submit') > 0) {
      this.delayed++
      return
    }
    const price = this.#instrumentId === BTC ? '50000' : '2500'
    const order = orderOf(venue, { instrumentId: this.#instrumentId, side: 'buy', quantity: decimal('0.01'), price: decimal(price) })
    this.#isBusy = true
    void venue.submit(order, { deadlineAtMs: clock.now() + DEADLINE_MS }).then((outcome) => {
      this.#isBusy = false
      if (outcome.kind !== 'accepted') this.refusals.push(JSON.stringify(outcome))
      else this.#order = order
      this.placed++
      this.#nextAtMs = clock.now() + this.#random.integer(holdMsMax)
    })
  }

  #cancel(nowMs: number, order: Approved): void {
    const { venue } = this.#bench
    this.#wantsCancelAtMs ??= nowMs
    if (venue.orderWaitMs(this.#instrumentId, 'cancel') > 0) return
    this.cancelWaitMsMax = Math.max(this.cancelWaitMsMax, nowMs - this.#wantsCancelAtMs)
    this.#wantsCancelAtMs = null
    this.#isBusy = true
    void venue.cancel(refOf(order)).then((outcome) => {
      this.#isBusy = false
      if (outcome.kind !== 'accepted') this.refusals.push(JSON.stringify(outcome))
      this.#order = null
      this.canceled++
    })
  }
}

function expectNoLimitWasMet(bench: KrakenBench, bots: readonly Bot[]): void {
  expect(bots.flatMap(({ refusals }) => refusals)).toEqual([])
  expect(bench.emulator.record().counters).toMatchObject({ engineRateLimit: 0, restRateLimit: 0, publicRateLimit: 0, invalidNonce: 0 })
  expect(bench.venue.health().rateLimitHits).toBe(0)
}

describe('load of fifty bots against the counters of the venue (emulator, virtual time)', () => {
  for (const tier of ['starter', 'intermediate', 'pro'] as const satisfies readonly Tier[]) {
    test(`PAIN-08 ${tier}: full load for ten minutes meets no limit, and a cancel has budget whenever one is wanted`, () => {
      const bench = new KrakenBench({ settings: { hasLimits: true, tier }, config: { tier } })
      bench.session.open(wantedOf(bench))
      const bots = Array.from({ length: 50 }, (_, number) => new Bot(bench, number))
      const endMs = bench.clock.now() + 600_000
      while (bench.clock.now() < endMs) {
        for (const bot of bots) bot.tick(bench.clock.now(), 20_000)
        bench.clock.advance(TICK_MS)
      }
      bench.clock.advance(1_000)
      expectNoLimitWasMet(bench, bots)
      const total = (figure: 'placed' | 'canceled' | 'delayed'): number => bots.reduce((sum, bot) => sum + bot[figure], 0)
      expect(total('delayed')).toBeGreaterThan(1_000) // the load was full
      expect(total('placed')).toBeGreaterThan(150)
      expect(total('canceled')).toBeGreaterThan(total('placed') - 60)
      expect(Math.max(...bots.map(({ cancelWaitMsMax }) => cancelWaitMsMax))).toBe(0)
      expect(settled(bench.clock, bench.venue.cancelAll())).toEqual({ kind: 'accepted' })
      expect(bench.truth().open).toEqual([])
    })
  }
})

import { decimal } from '#domain/decimal'
import type { Approved } from '#domain/order'
import { SeededRandom } from '#sim/random'
import { wantedOf } from '../conformance-market'
import { DEADLINE_MS, orderOf, refOf, START_MS } from '../venue-bench'
import { BTC, ETH, KrakenBench } from './emulator-bench'

/** An order of a session, and the kinds of its outcomes. */
export interface Entry {
  readonly order: Approved
  submitted: string
  canceled: string
}

/** A seeded session of trading: orders, amends, cancels and questions, none awaited before the next. */
export class TradingSession {
  readonly bench: KrakenBench
  readonly random: SeededRandom
  readonly entries: Entry[] = []
  readonly questionErrors: unknown[] = []
  questions = 0
  readonly #hasRivals: boolean
  #pending = 0

  /** @param hasRivals whether other accounts trade with us, and deposits come. */
  constructor(seed: string, hasRivals = false) {
    this.#hasRivals = hasRivals
    this.bench = new KrakenBench({ seed })
    this.random = new SeededRandom(seed)
    this.bench.session.open(wantedOf(this.bench))
  }

  get pending(): number {
    return this.#pending
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.#act()
      this.bench.clock.advance(this.random.integer(1_500))
    }
  }

  #act(): void {
    const dice = this.random.integer(this.#hasRivals ? 14 : 10)
    const past = this.entries[this.random.integer(Math.max(1, this.entries.length))]
    if (dice < 5 || past === undefined) this.#submit()
    else if (dice < 7) this.#cancel(past)
    else if (dice < 8) this.#amend(past)
    else if (dice < 10) this.#ask()
    else if (dice < 13) this.#rival()
    else this.bench.deposit(this.random.integer(2) === 0 ? 'ETH' : 'USD', decimal(`${1 + this.random.integer(5)}.125`))
  }

  /** Another account takes what is best, ours or the market's. */
  #rival(): void {
    const instrumentId = this.random.integer(4) === 0 ? ETH : BTC
    const { bid, ask } = this.bench.touch(instrumentId)
    const side = this.random.integer(2) === 0 ? 'buy' : 'sell'
    this.bench.rival(instrumentId, side, decimal('0.0123'), side === 'buy' ? ask : bid)
  }

  #submit(): void {
    const { venue, clock } = this.bench
    const instrumentId = this.random.integer(4) === 0 ? ETH : BTC
    const side = this.random.integer(2) === 0 ? 'buy' : 'sell'
    // By what we were told, as a bot would: an old quote makes an order that rests, or one that fills.
    const quote = this.bench.heard.quotes.findLast((one) => one.instrumentId === instrumentId)
    if (quote === undefined) throw new Error('no quote was ever heard')
    const isCrossing = this.random.integer(2) === 0
    const far = side === 'buy' ? quote.askPrice : quote.bidPrice
    const away = String(Math.round(Number(far) * (side === 'buy' ? 0.9 : 1.1)))
    const quantity = decimal(`0.0${String(1 + this.random.integer(9_999)).padStart(4, '0')}`)
    // Inside the spread an order of ours is the best, and the next taker's.
    const inside = side === 'buy' ? quote.bidPrice : quote.askPrice
    const price = isCrossing ? far : this.#hasRivals && this.random.integer(2) === 0 ? inside : decimal(away)
    const order = orderOf(venue, { instrumentId, side, quantity, price })
    const entry: Entry = { order, submitted: 'none', canceled: 'none' }
    this.entries.push(entry)
    this.#track(
      venue.submit(order, { deadlineAtMs: clock.now() + DEADLINE_MS }).then(({ kind }) => {
        entry.submitted = kind
      }),
    )
  }

  #cancel(entry: Entry): void {
    this.#track(
      this.bench.venue.cancel(refOf(entry.order)).then(({ kind }) => {
        entry.canceled = kind
      }),
    )
  }

  #amend({ order }: Entry): void {
    const { venue, clock } = this.bench
    const price = decimal(String(Math.round(Number(order.referencePrice) * (order.side === 'buy' ? 0.85 : 1.15))))
    const approved = orderOf(venue, { ...order, price, clientOrderId: order.clientOrderId })
    this.#track(venue.amend({ ...refOf(order), approved, deadlineAtMs: clock.now() + DEADLINE_MS }))
  }

  #ask(): void {
    const { venue } = this.bench
    const kinds = [() => venue.balances(), () => venue.openOrders(), () => venue.fills(START_MS), () => venue.publicRest.time()]
    const ask = kinds[this.random.integer(kinds.length)]
    if (ask === undefined) return
    this.questions++
    this.#track(ask().catch((error: unknown) => this.questionErrors.push(error)))
  }

  #track(work: Promise<unknown>): void {
    this.#pending++
    void work.then(() => {
      this.#pending--
    })
  }
}

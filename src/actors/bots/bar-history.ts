import type { InstrumentId } from '#domain/ids'
import type { Bar } from '#domain/market'
import type { Timeframe } from '#domain/time'
import type { BarStorePort } from '#ports/store'
import type { VenuePort } from '#ports/venue'

/** A question to a venue's history that has not been answered yet. */
interface Question {
  readonly sinceMs: number
  readonly answer: Promise<readonly Bar[]>
}

/**
 * Asks venues for bars on behalf of all bots: bots that want the same line at the same time share one question, because calls are
 * budgeted by the second and fifty bots on four instruments must not wait for two hundred of them.
 */
export class BarHistory {
  readonly #bars: BarStorePort
  readonly #venueOf: (instrumentId: InstrumentId) => VenuePort
  readonly #asked = new Map<string, Question>()

  constructor(bars: BarStorePort, venueOf: (instrumentId: InstrumentId) => VenuePort) {
    this.#bars = bars
    this.#venueOf = venueOf
  }

  /** Returns closed bars from `sinceMs` on (or from earlier), ascending, and keeps them in the bar store. @throws {AppError} of the venue. */
  fetch(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]> {
    const line = `${instrumentId} ${timeframe}`
    const known = this.#asked.get(line)
    if (known !== undefined && known.sinceMs <= sinceMs) return known.answer
    const question: Question = { sinceMs, answer: this.#ask(instrumentId, timeframe, sinceMs) }
    this.#asked.set(line, question)
    const forget = (): void => {
      if (this.#asked.get(line) === question) this.#asked.delete(line)
    }
    question.answer.then(forget, forget)
    return question.answer
  }

  async #ask(instrumentId: InstrumentId, timeframe: Timeframe, sinceMs: number): Promise<readonly Bar[]> {
    const fetched = await this.#venueOf(instrumentId).history(instrumentId, timeframe, sinceMs)
    this.#bars.append(instrumentId, timeframe, fetched)
    return fetched
  }
}

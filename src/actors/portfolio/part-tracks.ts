import type { Decimal } from '#domain/decimal'
import { type Drawdown, readDrawdown, startDrawdown, trackDrawdown } from '#domain/drawdown'
import { EquityDays } from '#domain/equity-days'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readDecimal, readObject, readText } from '#domain/json-read'
import { readSubAccount, type SubAccountId } from '#domain/sub-account'

/** The whole company among the parts. */
const WHOLE = ''

/** What a part was worth at a mark, and what had been put in. Valuation asset. */
export type PartMark = {
  readonly subAccount: SubAccountId
  readonly equity: Decimal
  readonly flows: Decimal
}

interface Track {
  equity: Decimal
  flows: Decimal
  drawdown: Drawdown
  readonly days: EquityDays
}

/** How the worth of each sub-account, and of the company, moved from mark to mark (PFL-11, PFL-12). A fold of journaled marks alone. */
export class PartTracks {
  readonly #tracks = new Map<string, Track>()

  /** Returns the marks that differ from the last: those alone are journaled. */
  changed(marks: readonly PartMark[]): readonly PartMark[] {
    return marks.filter(({ subAccount, equity, flows }) => {
      const known = this.#tracks.get(subAccount)
      return known === undefined || known.equity !== equity || known.flows !== flows
    })
  }

  /** Takes a mark of the company with the parts that changed; the others stand where they stood. */
  mark(atMs: number, whole: Omit<PartMark, 'subAccount'>, changed: readonly PartMark[]): void {
    this.#set(WHOLE, whole)
    for (const part of changed) this.#set(part.subAccount, part)
    for (const { days, equity, flows } of this.#tracks.values()) days.note(atMs, equity, flows)
  }

  /** Days of a part, of the company for null. */
  days(subAccount: SubAccountId | null): EquityDays {
    return this.#tracks.get(subAccount ?? WHOLE)?.days ?? new EquityDays()
  }

  /** Drawdown of a part, from mark to mark; null before the first. */
  drawdown(subAccount: SubAccountId | null): Drawdown | null {
    return this.#tracks.get(subAccount ?? WHOLE)?.drawdown ?? null
  }

  #set(key: string, { equity, flows }: Pick<PartMark, 'equity' | 'flows'>): void {
    const known = this.#tracks.get(key)
    if (known === undefined) {
      this.#tracks.set(key, { equity, flows, drawdown: startDrawdown(equity, flows), days: new EquityDays() })
      return
    }
    known.equity = equity
    known.flows = flows
    known.drawdown = trackDrawdown(known.drawdown, equity, flows)
  }

  snapshot(): Json {
    return [...this.#tracks].map(([key, { equity, flows, drawdown, days }]) => ({ key, equity, flows, drawdown, days: days.snapshot() }))
  }

  /** Takes the place of a fold up to the snapshot's sequence. @throws {AppError} `REPLAY_INVALID` for other JSON. */
  restore(json: Json): void {
    this.#tracks.clear()
    for (const item of readArray(json, 'parts')) {
      const row = readObject(item, 'part')
      this.#tracks.set(readText(row['key'], 'part.key'), {
        equity: readDecimal(row['equity'], 'part.equity'),
        flows: readDecimal(row['flows'], 'part.flows'),
        drawdown: readDrawdown(row['drawdown'] ?? null, 'part.drawdown'),
        days: EquityDays.of(row['days'] ?? null),
      })
    }
  }
}

/** Reads the parts of a journaled mark; none of one from before they were kept. @throws {AppError} `REPLAY_INVALID` for other JSON. */
export function partsOf(payload: JsonObject): readonly PartMark[] {
  const { parts } = payload
  if (parts === undefined) return []
  return readArray(parts, 'parts').map((item, index) => {
    const row = readObject(item, `parts.${index}`)
    return {
      subAccount: readSubAccount(row['subAccount'], `parts.${index}.subAccount`),
      equity: readDecimal(row['equity'], `parts.${index}.equity`),
      flows: readDecimal(row['flows'], `parts.${index}.flows`),
    }
  })
}

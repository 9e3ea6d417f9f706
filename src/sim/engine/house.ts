import { invariant } from '#domain/errors'
import type { Side } from '#domain/order'
import type { Resting } from './book'
import type { Core, Pit } from './core'
import type { HouseDesk } from './house-types'
import { match } from './match'
import type { OrderRecord } from './order-record'
import { runTriggered } from './orders'

function own(pit: Pit, side: Side, units: number): Resting<OrderRecord> | null {
  const level = pit.book.own(side).level(units)
  return level?.queue.find((resting) => resting.owner === null) ?? null
}

function isOpen(pit: Pit): boolean {
  if (pit.isCollecting) return false
  return pit.status === 'online' || pit.status === 'limitOnly' || pit.status === 'reduceOnly'
}

function setQuote(core: Core, pit: Pit, side: Side, units: number, lots: bigint): void {
  invariant(lots >= 0n && units > 0 && units % pit.grid.tick === 0, `${pit.symbol}: a quote is off the grid`, { units })
  const book = pit.book.own(side)
  const present = own(pit, side, units)
  const before = present?.lots ?? 0n
  if (before === lots) return
  if (present !== null) {
    const level = book.level(units)
    if (lots > 0n && lots < before && level !== null) {
      book.reduce(level, present, before - lots)
      core.touch(pit, side, units)
      return
    }
    book.remove(units, present)
    core.touch(pit, side, units)
  }
  if (lots === 0n || !isOpen(pit)) return
  const taker = { record: null, side, boundUnits: units, type: 'limit' as const, lots, isQuote: true }
  if (pit.book.crosses(side, units)) match(core, pit, taker)
  if (taker.lots === 0n) return
  book.add(units, { owner: null, lots: taker.lots })
  core.touch(pit, side, units)
}

function clear(core: Core, pit: Pit): void {
  for (const side of ['buy', 'sell'] as const) {
    const book = pit.book.own(side)
    for (const units of book.prices(book.depth)) {
      // An account's order may rest where the price step was once finer: no quote of the house stands there.
      if (own(pit, side, units) !== null) setQuote(core, pit, side, units, 0n)
    }
  }
}

function take(core: Core, pit: Pit, side: Side, lots: bigint, boundUnits: number | null): bigint {
  if (!isOpen(pit)) return 0n
  const taker = { record: null, side, boundUnits, type: 'market' as const, lots, isQuote: false }
  match(core, pit, taker)
  return lots - taker.lots
}

/** Opens the agents' desk of one instrument. */
export function openDesk(core: Core, pit: Pit): HouseDesk {
  return {
    get instrument() {
      return pit.grid.instrument
    },
    get tick() {
      return pit.grid.tick
    },
    isOpen: () => isOpen(pit),
    quote: (side, units, lots) =>
      core.step(() => {
        setQuote(core, pit, side, units, lots * pit.grid.lotsPerStep)
        runTriggered(core)
      }),
    quoted: (side, units) => (own(pit, side, units)?.lots ?? 0n) / pit.grid.lotsPerStep,
    clear: () => core.step(() => clear(core, pit)),
    take: (side, lots, boundUnits) =>
      core.step(() => {
        const taken = take(core, pit, side, lots * pit.grid.lotsPerStep, boundUnits)
        runTriggered(core)
        return taken / pit.grid.lotsPerStep
      }),
    best: (side) => pit.book.own(side).bestUnits(),
    setReference: (units) => {
      if (pit.hasTraded) return
      pit.lastUnits = units
      core.touchPit(pit)
    },
    lastUnits: () => pit.lastUnits,
  }
}

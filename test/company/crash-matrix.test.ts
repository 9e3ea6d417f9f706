import { beforeAll, describe, expect, test } from 'bun:test'
import { isZero } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { Passage } from '#sim/wire'
import { bookedBalances, bookedOpenOrders, subAccountFindings, venueBalances, venueOpenOrders } from '#sim/world/books'
import { isSettled } from '#sim/world/quiet'
import { type Chapter, heldAfter, recordSession, type Session, SessionWorld, targetsOf } from './crash-session'
import type { CrashPoint } from './fork'
import { IS_LONG } from './profile'
import { expectReplayEqual } from './replayed'
import { check } from './rest'

const ENTRIES = 10_000
/** Monday, 5 January 2026, midnight UTC: the venue's day is young, and its figures are quickly made. */
const START_MS = Date.UTC(2026, 0, 5)
const POINTS: readonly CrashPoint[] = ['before', 'after', 'sent']
/** The short profile tries every so many offsets, each at one point, the points in turn. */
const EVERY = 50
/** Entries of an order's way: a crash is to strike at each of them, at each point. */
const ORDER_PATH = ['verdict.passed', 'order.submitting', 'order.accepted', 'order.filled', 'order.amend', 'order.cancel', 'order.canceled']
/** How long the company is down, market ms: over before anything arrives, within a deadline, beyond it. */
const DOWN_MS: readonly number[] = [0, 12, 1_700, 9_000]
/** What rounding of single ledger rows may leave until the next check takes it over, in units of an asset. */
const ROUNDING = 1e-3

/** `2/5` in TROUPE_PART: the second of five parts of the whole matrix. */
function part(): { readonly number: number; readonly of: number } {
  const [number, of] = (process.env['TROUPE_PART'] ?? '1/1').split('/').map(Number)
  return { number: number ?? 1, of: of ?? 1 }
}

/** What must not change by a second restart. */
function booksOf(world: SessionWorld): unknown {
  const { ledger } = world.company.portfolio
  const positions = ledger.positions().map(({ instrumentId, netQuantity, entryPrice, realizedPnl }) => ({
    instrumentId,
    netQuantity,
    entryPrice,
    realizedPnl,
  }))
  return { orders: bookedOpenOrders(world), balances: bookedBalances(world), positions, realized: ledger.totals(null) }
}

/** Orders, executions, positions, average prices to the last digit, and cash but for what the venue's rows rounded away. */
function expectEqualBooks(world: SessionWorld): void {
  const { ledger } = world.company.portfolio
  expect(bookedOpenOrders(world), 'open orders').toEqual(venueOpenOrders(world))
  const { fills } = world.account()
  const fresh = fills.toSorted((a, b) => a.ordinal - b.ordinal).slice(world.station.fills)
  for (const fill of fresh) expect(ledger.hasBooked(`fill:kraken:${fill.fillId}`), `fill ${fill.fillId}`).toBe(true)
  const venue = heldAfter(world.station, fills)
  const booked = ledger
    .positions()
    .filter((position) => !isZero(position.netQuantity))
    .map((position) => [symbolOf(position.instrumentId), { quantity: position.netQuantity, cost: position.cost }] as const)
  expect(Object.fromEntries(booked), 'positions with their cost').toEqual({ ...venue })
  const cash = bookedBalances(world)
  for (const [asset, total] of Object.entries(venueBalances(world)))
    expect(Math.abs(Number(cash[asset] ?? 0) - Number(total)), `cash in ${asset}`).toBeLessThan(ROUNDING)
}

/** What is held, by instrument, flat ones left out. */
function positionsOf(world: SessionWorld): Readonly<Record<string, string>> {
  const rows = [...world.company.portfolio.netPositions()]
  return Object.fromEntries(rows.map((row) => [row.instrumentId as string, row.netQuantity as string]))
}

function symbolOf(instrumentId: string): string {
  return instrumentId.replace('@kraken', '').replace('-', '/')
}

/** Waits until nothing is in doubt, compares, and compares to the last digit once the balances were checked. */
function expectReconciled(world: SessionWorld): void {
  world.trading()
  world.until('nothing is in doubt', () => isSettled(world))
  expectEqualBooks(world)
  check(world)
  expect(bookedBalances(world), 'balances').toEqual(venueBalances(world))
  expect(subAccountFindings(world)).toEqual([])
}

/** Collects every order frame that leaves without its durable entry, and how often each id left. */
function watch(world: SessionWorld): Map<string, number> {
  const sent = new Map<string, number>()
  world.onPassage = ({ direction, text }: Passage) => {
    if (direction !== 'up' || !text.includes('"add_order"')) return
    const id = /"cl_ord_id":"([^"]+)"/.exec(text)?.[1] ?? 'none'
    sent.set(id, (sent.get(id) ?? 0) + 1)
    expect(world.forkDisk.submitted.has(id), `I2: the bytes of ${id} left before its entry was durable`).toBe(true)
  }
  return sent
}

class Matrix {
  readonly session: Session
  runs = 0
  /** Crashes that left orders working or on their way. */
  working = 0
  readonly kinds = new Set<string>()

  constructor(session: Session) {
    this.session = session
  }

  /** Runs the chapter of an offset to the crash, and from there to the chapter's end, or the session's. */
  crashAt(offset: number, point: CrashPoint, isToTheEnd: boolean): void {
    const { entries, chapters, stations } = this.session
    const number = stations.findLastIndex((station) => station.length < offset)
    const station = mustExist(stations[number], `no station before entry ${offset}`)
    const chapter = mustExist(chapters[number], 'no chapter')
    const world = new SessionWorld(station, entries, chapters.slice(0, number + 1), false)
    try {
      this.#crash(world, chapter, offset, point)
      this.#recover(world, chapter)
      if (isToTheEnd) this.#finish(world, number)
      this.runs++
    } catch (error) {
      throw new Error(`crash ${point} entry ${offset}: ${error instanceof Error ? error.message : String(error)}\n${world.describe()}`, {
        cause: error,
      })
    } finally {
      world.close()
    }
  }

  #crash(world: SessionWorld, chapter: Chapter, offset: number, point: CrashPoint): void {
    const { entries } = this.session
    const sent = watch(world)
    let hasCrashed = false
    const crash = () => {
      if (!hasCrashed) world.crash()
      hasCrashed = true
    }
    world.forkDisk.cutAt(offset, point, () => (point === 'sent' ? world.clock.defer(crash) : crash()))
    world.live(chapter)
    // The entry that a stop ends with is written by the last step there is.
    if (point === 'sent') crash()
    expect(world.isAlive, 'the crash came').toBe(false)
    const { headSeq, headHash } = world.forkDisk
    if (point === 'sent') expect(headSeq).toBeGreaterThanOrEqual(offset)
    else expect(headSeq).toBe(point === 'before' ? offset - 1 : offset)
    // The same session, to the last byte of its journal.
    expect(headHash).toBe(entries[headSeq - 1]?.hash ?? '0'.repeat(64))
    for (const [id, count] of sent) expect(count, `submissions of ${id}`).toBe(1)
    this.kinds.add(`${point} ${entries[offset - 1]?.kind}`)
    world.clock.advance(DOWN_MS[offset % DOWN_MS.length] ?? 0)
  }

  #recover(world: SessionWorld, chapter: Chapter): void {
    world.isHeld = true
    world.start()
    if (world.company.orders.liveCount > 0) this.working++
    expectReconciled(world)
    const once = booksOf(world)
    world.crash().run(50).start()
    expectReconciled(world)
    expect(booksOf(world), 'a second restart changes nothing').toEqual(once)
    world.isHeld = false
    this.#settle(world, chapter)
    if (this.runs % (IS_LONG ? 20 : 4) === 0) expectReplayEqual(world)
  }

  /** Runs to the end of a chapter's script, however late it is, and expects its targets. */
  #settle(world: SessionWorld, chapter: Chapter): void {
    const targets = targetsOf(chapter)
    if (world.clock.timeLineMs < chapter.endMs) world.clock.runUntil(chapter.endMs)
    const isThere = () => isSettled(world) && world.company.orders.liveCount === 0 && Bun.deepEquals(positionsOf(world), targets)
    world.until(`positions ${JSON.stringify(targets)}`, isThere, 15_000)
    expectEqualBooks(world)
    const { byId, liveMax } = world.record().clientIds
    expect(liveMax, 'orders that lived under one client id at a time').toBe(1)
    expect(Object.values(byId).filter((use) => use.accepted !== 1)).toEqual([])
  }

  get #last(): Chapter {
    return mustExist(this.session.chapters.at(-1), 'no chapter')
  }

  /** Lives the chapters that follow, as far as their time has not passed, to the session's own end. */
  #finish(world: SessionWorld, number: number): void {
    world.stopInOrder()
    for (const chapter of this.session.chapters.slice(number + 1)) {
      world.chapters = [...world.chapters, chapter]
      const isOver = world.clock.timeLineMs >= chapter.endMs
      if (isOver && chapter !== this.#last) continue
      if (isOver) {
        world.start()
        this.#settle(world, chapter)
        world.stopInOrder()
      } else world.live(chapter)
    }
    world.start()
    expectReconciled(world)
    this.#settle(world, this.#last)
  }
}

describe('PAIN-03 EXE-12 a crash at every entry of a journal', () => {
  let matrix: Matrix
  beforeAll(() => {
    matrix = new Matrix(recordSession(ENTRIES, START_MS))
  }, 600_000)

  test(`the session of ${ENTRIES} entries reaches its targets without a crash`, () => {
    const { session } = matrix
    expect(session.entries.length).toBeGreaterThanOrEqual(ENTRIES)
    for (const [index, chapter] of session.chapters.entries()) {
      const held = Object.entries(session.stations[index + 1]?.held ?? {}).map(([symbol, { quantity }]) => [symbol, quantity as string])
      const wanted = Object.entries(targetsOf(chapter)).map(([instrument, quantity]) => [symbolOf(instrument), quantity])
      expect(Object.fromEntries(held), `chapter ${index + 1}`).toEqual(Object.fromEntries(wanted))
    }
  })

  test('before an entry is durable, after it, and after what it allows was sent: books and venue agree, twice, and the targets are reached', () => {
    const { number, of } = part()
    const tasks: (readonly [offset: number, point: CrashPoint])[] = []
    for (let offset = 1; offset <= ENTRIES; offset++) {
      if (IS_LONG) for (const point of POINTS) tasks.push([offset, point])
      // Another place in each fifty, so that no rhythm of the session hides anything.
      else if (offset % EVERY === (Math.floor(offset / EVERY) * 7) % EVERY)
        tasks.push([offset, POINTS[tasks.length % POINTS.length] ?? 'after'])
    }
    const own = tasks.slice(Math.floor((tasks.length * (number - 1)) / of), Math.floor((tasks.length * number) / of))
    for (const [index, [offset, point]] of own.entries()) matrix.crashAt(offset, point, index % (IS_LONG ? 1_000 : 199) === 100)
    expect(matrix.runs).toBe(own.length)
    expect(matrix.working).toBeGreaterThan(own.length / 4)
    const met = POINTS.flatMap((point) => ORDER_PATH.map((kind) => `${point} ${kind}`)).filter((kind) => !matrix.kinds.has(kind))
    // A part of the whole may hold no amend.
    expect(met.length, `never crashed ${met.join(', ')}`).toBeLessThan(IS_LONG && of === 1 ? 1 : 9)
  }, 7_200_000)
})

import { describe, expect, test } from 'bun:test'
import { Drawdowns } from '#actors/portfolio/drawdowns'
import type { Worth } from '#actors/portfolio/worth'
import { type AssetCode, assetCode, type BotId, botId } from '#domain/ids'
import type { Json } from '#domain/json'
import { d } from '#test/risk/fixtures'

const NOON = Date.UTC(2026, 0, 5, 12)
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const A = botId('a')
const B = botId('b')
const BTC = assetCode('BTC')
const ETH = assetCode('ETH')
const USD = assetCode('USD')

/** Books whose worth a test sets; a bot without an entry is worth nothing. */
class Books {
  readonly worth = new Map<BotId | null, Worth>()
  readonly drawdowns: Drawdowns
  /** Assets that are to have a price. */
  readonly awaited = new Set<AssetCode>()
  #changes = 0

  constructor(windowMs: number | null = DAY_MS) {
    this.drawdowns = new Drawdowns({
      bots: [A, B],
      windowMs,
      revision: () => this.#changes,
      isAwaited: (asset) => this.awaited.has(asset),
      worthOf: (bot) => this.worth.get(bot) ?? { equity: d('0'), flows: d('0'), priced: [], unpriced: [] },
    })
  }

  set(bot: BotId | null, equity: string, flows = '1000', unpriced: Worth['unpriced'] = []): this {
    this.#changes++
    this.worth.set(bot, { equity: d(equity), flows: d(flows), priced: [USD, ...(unpriced.length > 0 ? [] : [BTC])], unpriced })
    return this
  }

  look(atMs: number): this {
    this.drawdowns.look(atMs, null)
    return this
  }

  /** What a restart makes of the marks so far: a replay into new books of the same worth. */
  restarted(marks: readonly { readonly atMs: number; readonly drawdowns: Json }[], windowMs: number | null = DAY_MS): Books {
    const next = new Books(windowMs)
    for (const [bot, worth] of this.worth) next.worth.set(bot, worth)
    for (const { atMs, drawdowns } of marks)
      next.drawdowns.replay({ kind: 'portfolio.marked', payload: { drawdowns }, correlationId: null, atMs })
    return next
  }
}

const rearm = (breakerId: string) => ({ kind: 'breaker.transition', payload: { from: 'TRIPPED', to: 'ARMED' }, correlationId: breakerId })
const fall = (peak: string, equity: string) => ({ peak: d(peak), equity: d(equity) })

describe('what the drawdown breakers watch', () => {
  test('RSK-08 each falls from its own highest: company, day, window and bot', () => {
    const books = new Books(2 * DAY_MS)
    books.set(null, '1000').set(A, '500', '500').set(B, '100', '100').look(NOON)
    books
      .set(null, '1200')
      .set(A, '400', '500')
      .look(NOON + MINUTE_MS)
    books.set(null, '900').look(NOON + DAY_MS)
    const { drawdowns } = books
    expect(drawdowns.company).toEqual(fall('1200', '900'))
    expect(drawdowns.recent(NOON + DAY_MS)).toEqual(fall('1200', '900'))
    expect(drawdowns.day).toEqual(fall('900', '900')) // a new UTC day
    expect(drawdowns.bot(A)).toEqual(fall('500', '400'))
    expect(drawdowns.bot(B)).toEqual(fall('100', '100'))
    books.look(NOON + 4 * DAY_MS)
    expect(drawdowns.recent(NOON + 4 * DAY_MS)).toEqual(fall('900', '900'))
  })

  test('RSK-08 a withdrawal is no fall, a deposit hides none', () => {
    const books = new Books().set(null, '1000').look(NOON)
    books.set(null, '600', '600').look(NOON + 1_000)
    expect([books.drawdowns.company, books.drawdowns.recent(NOON + 1_000)]).toEqual([fall('600', '600'), fall('600', '600')])
    books.set(null, '540', '600').look(NOON + 2_000)
    books.set(null, '1540', '1600').look(NOON + 3_000)
    for (const seen of [books.drawdowns.company, books.drawdowns.day, books.drawdowns.recent(NOON + 3_000)])
      expect(seen).toEqual(fall('1600', '1540'))
  })

  test('RSK-08 UTC midnight begins a day, whatever the zone', () => {
    const midnight = Date.UTC(2026, 2, 29)
    const books = new Books().set(null, '1000').look(midnight - 1)
    books.set(null, '800').look(midnight)
    expect(books.drawdowns.day).toEqual(fall('800', '800'))
    books.set(null, '700').look(midnight - 1) // a clock that is set back begins no old day
    expect(books.drawdowns.day).toEqual(fall('800', '700'))
  })

  test('RSK-08 what an operator signs off begins anew from where equity is, and nothing else does', () => {
    const books = new Books().set(null, '1000').set(A, '500', '500').set(B, '100', '100').look(NOON)
    books
      .set(null, '500')
      .set(A, '300', '500')
      .set(B, '50', '100')
      .look(NOON + 1_000)
    const { drawdowns } = books
    for (const [breakerId, seen, others] of [
      ['botDrawdown:a', () => drawdowns.bot(A), () => drawdowns.bot(B)],
      ['dailyDrawdown:company', () => drawdowns.day, () => drawdowns.company],
      ['maxDrawdown:company', () => drawdowns.recent(NOON + 2_000), () => drawdowns.company],
      ['portfolioDrawdown:company', () => drawdowns.company, () => drawdowns.bot(B)],
    ] as const) {
      const before = others()
      drawdowns.onEntry(rearm(breakerId))
      expect([breakerId, seen()]).toEqual([breakerId, null])
      books.look(NOON + 2_000)
      expect(Number(seen()?.peak)).toBe(Number(seen()?.equity))
      expect(others()).toEqual(before)
    }
    drawdowns.onEntry({ ...rearm('botDrawdown:b'), payload: { from: 'ARMED', to: 'TRIPPED' } })
    expect(drawdowns.bot(B)).toEqual(fall('100', '50'))
  })

  test('RSK-08 I10 marks bring back every highest, those between two marks too; a session begins anew', () => {
    const books = new Books().set(null, '1000').set(A, '500', '500').look(NOON)
    const marks = [{ atMs: NOON, drawdowns: books.drawdowns.marked() }]
    books
      .set(null, '1300')
      .set(A, '700', '500')
      .look(NOON + 20_000)
    books
      .set(null, '900')
      .set(A, '450', '500')
      .look(NOON + 40_000)
    marks.push({ atMs: NOON + MINUTE_MS, drawdowns: books.drawdowns.marked() })
    const nowMs = NOON + 2 * MINUTE_MS
    const { drawdowns } = books.restarted(marks).look(nowMs)
    expect([drawdowns.company, drawdowns.day, drawdowns.recent(nowMs), drawdowns.bot(A)]).toEqual([
      fall('1300', '900'),
      fall('1300', '900'),
      fall('1300', '900'),
      fall('700', '450'),
    ])
    expect(books.restarted(marks, null).look(nowMs).drawdowns.recent(nowMs)).toEqual(fall('900', '900'))
  })

  test('RSK-08 I10 a snapshot is the same fold', () => {
    const books = new Books().set(null, '1000').set(A, '500', '500').look(NOON)
    books
      .set(null, '700')
      .set(A, '450', '500')
      .look(NOON + 5 * MINUTE_MS)
    const again = new Books()
    for (const [bot, worth] of books.worth) again.worth.set(bot, worth)
    again.drawdowns.restore(JSON.parse(JSON.stringify(books.drawdowns.snapshot())))
    const nowMs = NOON + 6 * MINUTE_MS
    again.look(nowMs)
    expect([again.drawdowns.company, again.drawdowns.day, again.drawdowns.recent(nowMs), again.drawdowns.bot(A)]).toEqual([
      fall('1000', '700'),
      fall('1000', '700'),
      fall('1000', '700'),
      fall('500', '450'),
    ])
  })

  test('RSK-08 an asset whose price is not back after a restart is no loss, for ten minutes', () => {
    const books = new Books().set(null, '1000').set(A, '500', '500').look(NOON)
    const marks = [{ atMs: NOON, drawdowns: books.drawdowns.marked() }]
    books.set(null, '100', '1000', [BTC]).set(A, '20', '500', [BTC])
    const next = books.restarted(marks).look(NOON + MINUTE_MS)
    expect([next.drawdowns.company, next.drawdowns.day, next.drawdowns.bot(A)]).toEqual([null, null, null])
    next
      .set(null, '980')
      .set(A, '490', '500')
      .look(NOON + 2 * MINUTE_MS)
    expect([next.drawdowns.company, next.drawdowns.bot(A)]).toEqual([fall('1000', '980'), fall('500', '490')])
    // A price that never comes back is worth nothing in the end.
    next.set(null, '100', '1000', [BTC]).look(NOON + 3 * MINUTE_MS)
    expect(next.drawdowns.company).toBeNull()
    next.look(NOON + 13 * MINUTE_MS)
    expect(next.drawdowns.company).toEqual(fall('1000', '100'))
  })

  test('RSK-08 a coin that never had a price keeps nobody from being judged', () => {
    const books = new Books()
    books.worth.set(null, { equity: d('1000'), flows: d('1000'), priced: [USD], unpriced: [assetCode('DUST')] })
    books.look(NOON)
    books.set(A, '1', '1').worth.set(null, { equity: d('600'), flows: d('1000'), priced: [USD], unpriced: [assetCode('DUST')] })
    books.look(NOON + 1_000)
    expect(books.drawdowns.company).toEqual(fall('1000', '600'))
  })

  test('RSK-08 a bot falls though the company’s equity stays, by prices alone', () => {
    const books = new Books()
    books.set(null, '2000').set(A, '1000').set(B, '1000').look(NOON)
    books
      .set(A, '500')
      .set(B, '1500')
      .look(NOON + MINUTE_MS)
    expect(books.drawdowns.bot(A)).toEqual(fall('1000', '500'))
  })

  test('RSK-08 an asset that never had a price but is to have one is waited for, ten minutes for each', () => {
    const books = new Books()
    books.set(null, '1000').set(A, '1000').look(NOON)
    books.awaited.add(BTC).add(ETH)
    books
      .set(null, '600', '1000', [BTC])
      .set(A, '600', '1000', [BTC])
      .look(NOON + MINUTE_MS)
    expect([books.drawdowns.company, books.drawdowns.bot(A)]).toEqual([null, null])
    books.set(null, '400', '1000', [BTC, ETH]).look(NOON + 10 * MINUTE_MS)
    books.look(NOON + 12 * MINUTE_MS)
    expect(books.drawdowns.company).toBeNull()
    books.look(NOON + 20 * MINUTE_MS)
    expect(books.drawdowns.company).toEqual(fall('1000', '400'))
  })

  test('RSK-08 an asset that nothing prices is not waited for', () => {
    const books = new Books()
    books.drawdowns.look(NOON, null)
    books.set(null, '900', '1000', [ETH]).look(NOON + MINUTE_MS)
    expect(books.drawdowns.company?.equity).toBe(d('900'))
  })
})

import { expect, test } from 'bun:test'
import { decimal, ZERO } from '#domain/decimal'
import { createLedger } from '#domain/ledger'
import { fillPosting } from '#domain/ledger-postings'
import { TradeBook } from '#sim/backtest/trade-book'
import { ALPHA_OWNS, ALPHA_SUB, BTC_USD, fill, rates, type Trading, USD } from '#test/domain/ledger-fixture'

/** Books executions in a ledger and in a trade book, as a run does. */
function booked(...trades: readonly Trading[]): TradeBook {
  const ledger = createLedger(USD)
  const book = new TradeBook()
  for (const trading of trades) {
    const posting = fillPosting(fill(trading), BTC_USD, ALPHA_OWNS, rates({}))
    const realized = ledger.apply(posting)?.realized ?? null
    if (posting.kind !== 'fill' || realized === null) throw new Error('a fill realises something')
    book.add(posting, realized, ledger.position(ALPHA_SUB, BTC_USD.instrumentId)?.netQuantity ?? ZERO)
  }
  return book
}

test('SIM-04 an execution that turns the position closes one trade and opens the next, its fee shared by quantity', () => {
  const { trades, fills, pnlOfOpen } = booked(
    { side: 'buy', quantity: '2', price: '100', fee: '2' },
    { side: 'sell', quantity: '3', price: '110', fee: '3' },
    { side: 'buy', quantity: '1', price: '105', fee: '1' },
    { side: 'sell', quantity: '4', price: '100', fee: '4' },
  )
  expect(fills).toBe(4)
  expect(trades).toMatchObject([
    { side: 'long', quantity: '2', entryPrice: '100', exitPrice: '110', fee: '4', pnl: '16' }, // 2 × 10, less 2 and two thirds of 3
    { side: 'short', quantity: '1', entryPrice: '110', exitPrice: '105', fee: '2', pnl: '3' }, // 5, less the other third and 1
  ])
  expect(pnlOfOpen).toBe(decimal('-4')) // the last one opens a short
})

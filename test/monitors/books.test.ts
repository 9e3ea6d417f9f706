import { describe, expect, test } from 'bun:test'
import { type Decimal, negate, ZERO } from '#domain/decimal'
import { assetCode, instrumentId, tradeId, venueOrderId } from '#domain/ids'
import { dustPosting } from '#domain/ledger-postings'
import type { Fill, Proposal } from '#domain/order'
import type { Posting } from '#domain/posting'
import { EXTERNAL, subAccountOf, TREASURY } from '#domain/sub-account'
import { CASH } from './fake-company'
import { ACCOUNT, VENUE } from './fake-venue'
import { BOT, BTC, fillOf, postingOf, proposal, Rig } from './rig'

const ALPHA = subAccountOf(BOT)
const BITCOIN = assetCode('BTC')
const DOLLAR = assetCode('USD')

/** A company whose ledger has booked what the journal says: one buy of a coin at 100, fee 0.1. */
function bought(): { at: Rig; terms: Proposal; fill: Fill } {
  const at = new Rig().attach()
  const terms = at.open('a')
  const fill = fillOf(terms, 'T1')
  book(at, terms, fill)
  hold(at, '1', '100', '-0.1')
  return { at, terms, fill }
}

function book(at: Rig, terms: Proposal, fill: Fill, posting: Posting = postingOf(fill, terms)): void {
  at.company.booked.add(fill.tradeId)
  at.heard.onFill(fill)
  const { venueOrderId, quantity } = fill
  at.fact(terms, 'order.filled', { venueOrderId, quantity, fill: { ...fill }, posting }, 'filled')
}

/** What ledger, gate and holdings say of the bot's coins. */
function hold(at: Rig, quantity: string, cost: string, realized: string): void {
  const position = { subAccount: ALPHA, instrumentId: BTC, netQuantity: quantity as Decimal }
  at.company.books = [{ ...position, cost: cost as Decimal, realizedPnl: realized as Decimal }]
  at.company.gate = quantity === '0' ? [] : [{ ...position, botId: BOT, strategyId: null }]
  const held = { accountId: ACCOUNT, subAccount: ALPHA }
  at.company.held = [
    { ...held, asset: BITCOIN, quantity: quantity as Decimal },
    { ...held, asset: DOLLAR, quantity: String(Math.round((Number(realized) - Number(cost)) * 1e9) / 1e9) as Decimal },
  ]
}

describe('I5 (virtual clock, fake company): the books are what the postings say', () => {
  test('I5 I12 hold for a buy and a sell, with fees, and count each sum', () => {
    const { at } = bought()
    expect(at.broken()).toEqual([])
    const exit = at.open('exit', { side: 'sell', effect: 'close' })
    book(at, exit, fillOf(exit, 'T2', '1', { price: '110' as Decimal, cost: '110' as Decimal }))
    hold(at, '0', '0', '9.8')
    expect(at.texts()).toBe('')
    expect(at.monitors.checks.I12).toBeGreaterThan(1)
  })

  test('I5 holds for a fee in base, which the position lacks, and one in a third asset, of which no profit is counted', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    book(at, terms, fillOf(terms, 'T1', '1', { feeAsset: 'BTC', feeQuantity: '0.001' as Decimal }))
    hold(at, '0.999', '99.9', '-0.1')
    at.company.held = at.company.held.map((row) => (row.asset === DOLLAR ? { ...row, quantity: '-100' as Decimal } : row))
    expect(at.broken()).toEqual([])
    const other = at.open('b')
    book(at, other, fillOf(other, 'T2', '1', { feeAsset: 'KFEE', feeQuantity: '5' as Decimal }))
    hold(at, '1.999', '199.9', '-77')
    at.company.held = (
      [
        ['BTC', '1.999'],
        ['USD', '-200'],
        ['KFEE', '-5'],
      ] as const
    ).map(([asset, quantity]) => ({ accountId: ACCOUNT, subAccount: ALPHA, asset: assetCode(asset), quantity: quantity as Decimal }))
    expect([...at.broken('I5'), ...at.broken('I12')]).toEqual([])
  })

  const wrong: Readonly<Record<string, (posting: Posting & { kind: 'fill' }) => Posting>> = {
    'leaves an asset unbalanced': (posting) => ({ ...posting, lines: posting.lines.slice(1) }),
    'leaves out the fee': (posting) => ({ ...posting, lines: posting.lines.slice(0, 4) }),
    'has the wrong sign': (posting) => ({
      ...posting,
      lines: posting.lines.map((line) => (line.asset === 'BTC' ? { ...line, amount: negate(line.amount) } : line)),
    }),
    'goes to another sub-account': (posting) => ({
      ...posting,
      lines: posting.lines.map((line) => ({ ...line, subAccount: EXTERNAL })),
      trade: { ...posting.trade, subAccount: EXTERNAL, botId: null },
    }),
    'is of another trade': (posting) => ({ ...posting, trade: { ...posting.trade, tradeId: tradeId('T9') } }),
  }
  for (const [name, spoil] of Object.entries(wrong)) {
    test(`I5 breaks at once for a posting that ${name}`, () => {
      const at = new Rig().attach()
      const terms = at.open('a')
      const fill = fillOf(terms, 'T1')
      book(at, terms, fill, spoil(postingOf(fill, terms)))
      at.run(10)
      at.report('completed', terms)
      expect(at.monitors.breaches.map(({ invariant }) => invariant)).toEqual(['I5'])
    })
  }

  test('I5 breaks for a posting without its fill, and for one that is booked twice', () => {
    const { at, terms, fill } = bought()
    at.append('ledger.posted', { posting: postingOf(fill, terms) })
    at.append('ledger.posted', { posting: { ...postingOf(fill, terms), postingId: 'fill:kraken:T8' } })
    at.commit()
    at.monitors.sweep()
    expect(at.texts()).toContain('fill:kraken:T1 of entry')
    expect(at.texts()).toContain('was booked by entry')
    expect(at.texts()).toContain('fill:kraken:T8 of entry')
    expect(at.texts()).toContain('is of no fill')
  })

  test('I5 breaks when ledger, gate or holdings say otherwise than the fills', () => {
    const at = bought().at
    at.company.books = at.company.books.map((row) => ({ ...row, netQuantity: '2' as Decimal }))
    at.company.gate = []
    at.company.held = at.company.held.map((row) => ({ ...row, quantity: '7' as Decimal }))
    expect(at.broken()).toEqual(['I5', 'I5', 'I5', 'I5', 'I12', 'I12'])
    const other = bought().at
    other.company.books = []
    other.company.gate = [{ subAccount: ALPHA, botId: BOT, strategyId: null, instrumentId: BTC, netQuantity: '3' as Decimal }]
    expect(other.broken()).toEqual(['I5', 'I5'])
    expect(other.texts()).toContain('the ledger lacks the position')
    expect(other.texts()).toContain('the gate reads 3')
  })

  test('I5 breaks when a sale realises what its trades do not say', () => {
    const { at } = bought()
    const exit = at.open('exit', { side: 'sell', effect: 'close' })
    book(at, exit, fillOf(exit, 'T2', '1', { price: '110' as Decimal, cost: '110' as Decimal }))
    hold(at, '0', '0', '9.8')
    at.company.books = at.company.books.map((row) => ({ ...row, realizedPnl: '-10.2' as Decimal }))
    expect(at.broken()).toEqual(['I5'])
    expect(at.texts()).toContain('realised -10.2, and its trades say 9.8')
  })

  test('I5 breaks for a fill of another side, instrument or price than its order has', () => {
    for (const [over, text] of [
      [{ side: 'sell' }, 'is a sell, and its order'],
      [{ price: '100.1', cost: '100.1' }, 'beyond the 100 of its order'],
    ] as const) {
      const at = new Rig().attach()
      const terms = at.open('a')
      book(at, terms, fillOf(terms, 'T1', '1', over as Partial<Fill>))
      at.company.held = []
      at.monitors.sweep()
      expect(at.texts()).toContain(text)
    }
    const at = new Rig().attach()
    const terms = at.open('a')
    const other = { ...terms, instrumentId: instrumentId('ETH-USD@kraken') }
    at.company.set(terms, { proposal: other })
    book(at, other, fillOf(terms, 'T1'))
    at.monitors.sweep()
    expect(at.texts()).toContain('is of BTC-USD@kraken, and its order of ETH-USD@kraken')
  })

  test('I5 holds a fill to the worst price that its order was ever to have, and an order of before the restart to its own', () => {
    const filled = (prepare: (at: Rig, terms: Proposal) => void, price: string) => {
      const at = new Rig()
      const terms = proposal('a')
      prepare(at, terms)
      book(at, terms, fillOf(terms, 'T1', '1', { price: price as Decimal, cost: price as Decimal }))
      at.monitors.sweep()
      return at.texts().includes('beyond the')
    }
    const amended = (limitPrice: string) => (at: Rig, terms: Proposal) => {
      at.attach().open('a')
      at.fact(terms, 'order.amend', { quantity: '1', limitPrice, verdictSeq: 0, deadlineAtMs: 0 }, 'amending')
    }
    expect(filled(amended('102'), '101.5')).toBe(false)
    expect(filled(amended('102'), '102.5')).toBe(true)
    expect(filled(amended('98'), '99.5')).toBe(false)
    const restarted = (over: Parameters<Rig['company']['set']>[1]) => (at: Rig, terms: Proposal) => {
      at.company.set(terms, { state: 'open', venueOrderId: venueOrderId('V-a'), ...over })
      at.attach()
    }
    expect(filled(restarted({}), '100.5')).toBe(true)
    expect(filled(restarted({}), '99')).toBe(false)
    expect(filled(restarted({ isAmending: true }), '100.5')).toBe(false)
    expect(filled(restarted({ isForeign: true }), '100.5')).toBe(false)
  })

  test('I5 begins at the books of before the restart', () => {
    const at = new Rig()
    hold(at, '1', '100', '-0.1')
    at.attach()
    const exit = at.open('exit', { side: 'sell', effect: 'close' })
    book(at, exit, fillOf(exit, 'T2', '1', { price: '110' as Decimal, cost: '110' as Decimal }))
    hold(at, '0', '0', '9.8')
    expect(at.broken()).toEqual([])
  })

  test('I5 breaks for books that are opened twice, in one life or two', () => {
    const opened = { venueId: VENUE, known: [], postings: [] }
    const at = new Rig().attach()
    at.append('ledger.opened', opened)
    expect(at.broken()).toEqual(['I5'])
    const fresh = new Rig()
    fresh.company.isOpen = false
    fresh.attach()
    fresh.append('ledger.opened', opened)
    expect(fresh.broken()).toEqual([])
    fresh.append('ledger.opened', opened)
    expect(fresh.broken()).toEqual(['I5'])
  })

  test('I5 breaks for a difference that is booked away and worth more than the tolerance', () => {
    const adjusted = (amount: string, rate: string | null, postingId = 'flow:main@kraken:rounding:BTC:1') => {
      const at = new Rig().attach()
      const line = { accountId: ACCOUNT, subAccount: 'treasury', asset: 'BTC' }
      const lines = [
        { ...line, account: 'held', amount },
        { ...line, account: 'flows', amount: `-${amount}` },
      ]
      const posting = { kind: 'flow', flow: 'adjustment', postingId, atMs: 0, lines, rates: { BTC: rate } }
      at.append('ledger.posted', { posting })
      at.company.held = [{ accountId: ACCOUNT, subAccount: TREASURY, asset: BITCOIN, quantity: amount as Decimal }]
      return at.broken()
    }
    expect(adjusted('0.01', '100')).toEqual([])
    expect(adjusted('0.02', null)).toEqual([])
    expect(adjusted('0.02', '100')).toEqual(['I5'])
    // What the venue's own ledger states is no guess of ours, whatever it is worth.
    expect(adjusted('0.02', '100', 'flow:main@kraken:LABC-DEF')).toEqual([])
  })

  const sweep = (at: Rig, quantity: string) => {
    const dust = {
      instrumentId: BTC,
      venueId: VENUE,
      baseAsset: BITCOIN,
      quoteAsset: DOLLAR,
      accountId: ACCOUNT,
      subAccount: ALPHA,
      to: TREASURY,
      botId: BOT,
      strategyId: null,
      quantity: quantity as Decimal,
      price: '110' as Decimal,
    }
    at.append('ledger.posted', { posting: dustPosting('1', dust, 0, () => '1' as Decimal) })
    at.company.books = [{ subAccount: ALPHA, instrumentId: BTC, netQuantity: ZERO, cost: ZERO, realizedPnl: '9.9' as Decimal }]
    at.company.gate = []
    at.company.held = (
      [
        [ALPHA, BITCOIN, '0'],
        [ALPHA, DOLLAR, '-100.1'],
        [TREASURY, BITCOIN, '1'],
      ] as const
    ).map(([subAccount, asset, amount]) => ({ accountId: ACCOUNT, subAccount, asset, quantity: amount as Decimal }))
  }

  test('I5 I12 PAIN-10 hold when dust leaves its position for the treasury at the mark', () => {
    const { at, terms } = bought()
    at.report('completed', terms)
    sweep(at, '1')
    expect(at.texts()).toBe('')
    expect(at.broken()).toEqual([])
  })

  test('I5 breaks for dust that is not all of the position, and for one on which an order works', () => {
    const part = bought()
    part.at.report('completed', part.terms)
    sweep(part.at, '0.9')
    part.at.sweep()
    expect(part.at.texts()).toContain('sweeps 0.9')
    const busy = bought()
    busy.at.report('completed', busy.terms)
    busy.at.open('b')
    sweep(busy.at, '1')
    busy.at.sweep()
    expect(busy.at.texts()).toContain('works')
  })

  test("I5 holds a fill of nobody's order to external, and our own to its bot, however it was journaled", () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    const foreign = fillOf(terms, 'T5', '1', { clientOrderId: null, venueOrderId: venueOrderId('V-other') })
    at.append('fill.external', { fill: { ...foreign }, posting: postingOf(foreign, null) })
    at.commit()
    at.report('accepted', terms)
    expect(at.monitors.breaches).toEqual([])
    const own = fillOf(terms, 'T6')
    at.append('fill.external', { fill: { ...own }, posting: postingOf(own, null) })
    at.commit()
    at.report('accepted', terms)
    expect(at.texts()).toContain("went to external, and its order is alpha's")
  })
})

describe('I12 (virtual clock, fake company): the account is the sum of its parts, and what the venue says', () => {
  const balances = (at: Rig, total: string) => {
    const reserved = '0' as Decimal
    at.inner.answers.balances = () =>
      Promise.resolve([
        { asset: BITCOIN, total: total as Decimal, reserved },
        { asset: DOLLAR, total: '-100.1' as Decimal, reserved },
        { asset: CASH, total: '10000' as Decimal, reserved },
      ])
    void at.venue.balances()
    at.commit()
  }

  test('I12 breaks when the sub-accounts do not sum to what was posted to the account', () => {
    const { at } = bought()
    at.company.held = at.company.held.slice(1)
    expect(at.broken('I12')).toEqual(['I12'])
  })

  test('I12 breaks for balances that differ ten times in a row while the company says that nothing drifts', () => {
    const { at } = bought()
    for (let answer = 0; answer < 9; answer++) balances(at, '2')
    expect(at.broken()).toEqual([])
    balances(at, '2')
    expect(at.broken()).toEqual(['I12'])
  })

  test('I12 counts no answer while an order of the asset is in doubt, and goes on where it left off', () => {
    const { at } = bought()
    for (let answer = 0; answer < 6; answer++) balances(at, '2')
    const terms = proposal('doubt')
    at.inner.answers.submit = () => Promise.resolve({ kind: 'ambiguous', reason: 'lost' })
    at.send(terms)
    at.commit()
    for (let answer = 0; answer < 12; answer++) balances(at, '2')
    expect(at.broken('I12')).toEqual([])
    at.fact(terms, 'order.refused', { code: 'venue', reason: 'no' }, 'rejected')
    for (let answer = 0; answer < 4; answer++) balances(at, '2')
    expect(at.broken('I12')).toEqual(['I12'])
  })

  test('I12 takes no difference for one that is known, gone in between or rounding', () => {
    const { at } = bought()
    at.company.hasDrift = true
    for (let answer = 0; answer < 12; answer++) balances(at, '2')
    at.company.hasDrift = false
    for (let answer = 0; answer < 12; answer++) balances(at, answer % 2 === 0 ? '2' : '1')
    for (let answer = 0; answer < 12; answer++) balances(at, '1.009')
    expect(at.broken()).toEqual([])
  })

  test('I12 breaks for an asset that the books have and the answers leave out, and for a difference without a price', () => {
    const left = bought().at
    const held = { reserved: '0' as Decimal }
    left.inner.answers.balances = () =>
      Promise.resolve([
        { ...held, asset: DOLLAR, total: '-100.1' as Decimal },
        { ...held, asset: CASH, total: '10000' as Decimal },
      ])
    for (let answer = 0; answer < 10; answer++) {
      void left.venue.balances()
      left.commit()
    }
    expect(left.broken()).toEqual(['I12'])
    const { at } = bought()
    at.company.rates = {}
    for (let answer = 0; answer < 10; answer++) balances(at, '1.000001')
    expect(at.broken()).toEqual(['I12'])
  })
})

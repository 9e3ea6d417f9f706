import { describe, expect, test } from 'bun:test'
import type { Decimal } from '#domain/decimal'
import { botId } from '#domain/ids'
import { subAccountOf } from '#domain/sub-account'
import { createMonitors } from '#sim/monitors/monitors'
import type { Breach } from '#sim/monitors/types'
import { deaf, VENUE } from './fake-venue'
import { approved, BTC, fillOf, proposal, Rig, shownAs } from './rig'

describe('the watch over a venue (virtual clock, fake company)', () => {
  test('I3 hands every call and every answer through as they are', async () => {
    const at = new Rig().attach()
    const terms = proposal('a')
    const ref = { clientOrderId: terms.clientOrderId, venueOrderId: null, instrumentId: BTC }
    const answer = Promise.resolve([shownAs(terms, 'open')])
    at.inner.answers.openOrders = () => answer
    expect(at.venue.openOrders()).toBe(answer)
    expect(at.venue.venueId).toBe(VENUE)
    expect(at.venue.capabilities.amend).toBe(true)
    expect(await at.venue.instruments()).toEqual([])
    expect(await at.venue.history(BTC, '1m', 0)).toEqual([])
    expect(await at.venue.cashFlows(0)).toEqual([])
    expect(await at.venue.clockDriftMs()).toBe(3)
    expect(await at.venue.preview(approved(terms))).toMatchObject({ kind: 'unanswered' })
    expect(await at.venue.cancel(ref)).toEqual({ kind: 'accepted' })
    expect(await at.venue.cancelAll()).toEqual({ kind: 'accepted' })
    expect(await at.venue.armDeadMan(60)).toEqual({ kind: 'accepted' })
    expect(at.venue.orderWaitMs(BTC, 'submit')).toBe(0)
    expect(() => at.venue.health()).toThrow('did not expect')
    at.venue.subscribe([])
    at.venue.disconnect()
    expect(at.inner.calls).toEqual(['openOrders', 'cancel', 'cancelAll', 'subscribe', 'disconnect'])
  })

  test('I3 lets a question that rejects reject, and nothing else', async () => {
    const at = new Rig().attach()
    at.inner.answers.fills = () => Promise.reject(new Error('away'))
    expect(at.venue.fills(0)).rejects.toThrow('away')
    await Promise.resolve()
    expect(at.broken()).toEqual([])
  })

  test('I7 tells the company after the monitors, whatever the venue says', () => {
    const at = new Rig().attach()
    const heard: string[] = []
    const note = (name: string) => () => void heard.push(name)
    at.venue.listen(
      deaf({
        onQuote: note('quote'),
        onTrade: note('trade'),
        onBar: note('bar'),
        onBook: note('book'),
        onInstrument: note('instrument'),
        onOrderReport: note('report'),
        onFill: note('fill'),
        onBalanceChange: note('balance'),
        onStream: note('stream'),
        onAlive: note('alive'),
        onFault: note('fault'),
      }),
    )
    const { heard: listener } = at
    const quote = { instrumentId: BTC, bidPrice: '1', askPrice: '2' } as Parameters<typeof listener.onQuote>[0]
    listener.onQuote(quote)
    listener.onTrade({} as Parameters<typeof listener.onTrade>[0])
    listener.onBar({} as Parameters<typeof listener.onBar>[0])
    listener.onBook(BTC, null)
    listener.onInstrument({} as Parameters<typeof listener.onInstrument>[0])
    at.report('accepted', proposal('a'))
    listener.onFill(fillOf(proposal('a'), 'T1'))
    listener.onBalanceChange({} as Parameters<typeof listener.onBalanceChange>[0])
    listener.onStream({ stream: 'public', state: 'up', reason: '' })
    listener.onAlive('public')
    listener.onFault({ code: 'X', text: '' })
    expect(heard.join(' ')).toBe('quote trade bar book instrument report fill balance stream alive fault')
  })
})

describe('the monitors of a life (virtual clock, fake company)', () => {
  test('I6 judges a verdict before the next quote changes what it was judged by', () => {
    const at = new Rig()
    at.company.gate = [
      { subAccount: subAccountOf(botId('beta')), botId: null, strategyId: null, instrumentId: BTC, netQuantity: '1' as Decimal },
    ]
    at.attach()
    const terms = proposal('a')
    const figures = [['total_at_risk', 'pass', 'portfolio', '100', '200', '5000']]
    at.submitting(terms, at.verdict(terms, {}, figures))
    const onQuote = () => {
      at.company.rates = { USD: '1', BTC: '999' }
    }
    at.venue.listen(deaf({ onQuote }))
    at.heard.onQuote({ instrumentId: BTC } as Parameters<typeof at.heard.onQuote>[0])
    at.monitors.sweep()
    expect(at.texts()).not.toContain('counted 100')
  })

  test('I1 judges in bounded waits: ten thousand facts in a row are worked off', () => {
    const at = new Rig().attach()
    for (let index = 0; index < 10_001; index++) at.append('order.submitting', { proposal: { ...proposal('a') } }, { correlationId: 'x' })
    expect(at.monitors.checks.I1).toBe(10_000)
  })

  test('I1 to I13 judge nothing before a company is there, after its end, or once its journal was fenced', () => {
    const lonely = createMonitors()
    lonely.sweep()
    lonely.judgeVenueOrders([])
    lonely.end()
    const at = new Rig()
    at.venue.listen(deaf())
    at.report('accepted', proposal('early'))
    at.monitors.attach(at.company, at.journal)
    at.monitors.end()
    void at.venue.submit(approved(proposal('a')), { deadlineAtMs: 0 })
    at.append('order.submitting', { proposal: { ...proposal('a') } }, { correlationId: 'a' })
    expect(at.broken()).toEqual([])
    const crashed = new Rig().attach()
    crashed.journal.fence()
    crashed.append('anything', {})
    void crashed.venue.submit(approved(proposal('a')), { deadlineAtMs: 0 })
    expect(crashed.broken()).toEqual([])
    expect(Object.values(crashed.monitors.checks).every((count) => count === 0)).toBe(true)
  })

  test('I13 compares what is alive at rest with what was at first', () => {
    const at = new Rig().attach()
    at.monitors.judgeRest({ actors: 3, timers: 2, sockets: 2 }, { actors: 3, timers: 1, sockets: 2 })
    expect([at.monitors.breachCount, at.monitors.checks.I13]).toEqual([0, 3])
    at.monitors.judgeRest({ actors: 3, timers: 2, sockets: 2 }, { actors: 4, timers: 2, sockets: 3 })
    expect(at.broken()).toEqual(['I13', 'I13'])
  })

  test('I10 I11 take judgements that were made elsewhere', () => {
    const at = new Rig().attach()
    at.monitors.note('I11', null)
    at.monitors.note('I10', 'another state')
    expect(at.monitors.checks).toMatchObject({ I10: 1, I11: 1 })
    expect(at.monitors.breaches).toMatchObject([{ invariant: 'I10', text: 'another state' }])
  })

  test('a breach is told once, to whoever still listens; a hundred are kept, and all are told and counted', () => {
    const at = new Rig().attach()
    const told: Breach[] = []
    const stop = at.monitors.onBreach((breach) => told.push(breach))
    at.monitors.note('I5', 'a')
    at.monitors.note('I5', 'a')
    expect(told).toHaveLength(1)
    for (let index = 0; index < 150; index++) at.monitors.note('I5', `b${index}`)
    expect([told.length, at.monitors.breaches.length, at.monitors.breachCount]).toEqual([151, 100, 151])
    stop()
    expect(at.monitors.checks.I5).toBe(152)
  })

  test('I5 once the kill switch was cleared, what is still wrong is told again', () => {
    const at = new Rig().attach()
    const told: string[] = []
    at.monitors.onBreach(({ text }) => told.push(text))
    at.company.contradicted = 'alpha trades while an operator holds it'
    at.sweep().sweep()
    expect(told).toHaveLength(1)
    at.append('killSwitch.cleared', { operator: 'ann', address: null })
    at.sweep().sweep()
    expect([told.length, at.monitors.breachCount]).toEqual([2, 2])
    // What was found before the clearing is signed off with it, judged or not.
    at.submitting(proposal('a'), null)
    at.append('killSwitch.cleared', { operator: 'ann', address: null })
    at.company.contradicted = null
    at.sweep()
    expect(told).toHaveLength(3)
  })

  test('a monitor that throws at one fact takes neither the next fact nor another monitor with it', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    const { order } = at.company
    at.append('order.reported', { status: 'filled', quantity: '1', limitPrice: null }, { correlationId: terms.clientOrderId })
    at.submitting(proposal('b'), null)
    at.company.order = () => {
      throw new Error('a bug of the view')
    }
    at.sweep()
    at.company.order = order
    expect(at.monitors.breaches.map(({ invariant }) => invariant)).toContain('I1')
    expect(at.texts()).toContain('MONITOR a monitor threw: a bug of the view')
  })

  test('a monitor that throws in a sweep leaves the others theirs', () => {
    const at = new Rig().attach()
    at.company.contradiction = () => {
      throw new Error('a bug of the view')
    }
    at.company.gate = [
      { subAccount: subAccountOf(botId('beta')), botId: null, strategyId: null, instrumentId: BTC, netQuantity: '1' as Decimal },
    ]
    expect(at.broken()).toEqual(['MONITOR', 'I5'])
  })

  test('entries that the monitors have not heard of are a breach, and they go on', () => {
    const at = new Rig()
    const seen: number[] = []
    // Somebody who heard of entries before the monitors did acts on one.
    at.journal.subscribe(({ kind }) => {
      if (kind !== 'bait') return
      at.monitors.sweep()
      seen.push(at.monitors.breachCount)
    })
    at.attach()
    at.append('bait', {})
    expect(seen).toEqual([1])
    expect(at.texts()).toContain('MONITOR entries were journaled that the monitors have not heard of')
    at.submitting(proposal('a'), null)
    expect(at.broken()).toEqual(['MONITOR', 'I1'])
  })

  test('I10 reads the journal a page a turn, where it is told to', () => {
    const at = new Rig().attach()
    for (let count = 0; count < 900; count++) at.append('anything', {})
    at.commit()
    at.monitors.sweep(false)
    expect(at.monitors.checks.I10).toBe(0)
    let turns = 1
    while (at.monitors.readOn()) turns++
    expect([turns, at.monitors.checks.I10]).toEqual([5, 900])
    expect(at.monitors.readOn()).toBe(false)
  })

  test('a monitor that throws is a breach of its own, and does not reach the company', () => {
    const at = new Rig().attach()
    at.company.orderOfVenue = () => {
      throw new Error('a bug of the view')
    }
    at.report('canceled', proposal('a'))
    expect(at.monitors.breaches).toMatchObject([{ invariant: 'MONITOR', text: 'a monitor threw: a bug of the view' }])
  })

  test('a failed journal ends what rests on it: orders change without a fact from then on', () => {
    const at = new Rig().attach()
    const terms = at.open('a')
    at.sweep()
    const before = at.monitors.breachCount
    at.append('order.cancel', { atMs: 0 }, { correlationId: terms.clientOrderId })
    at.disk.failWith(new Error('disk full'))
    at.commit()
    at.company.set(terms, { state: 'canceled' })
    at.report('canceled', terms)
    at.sweep()
    expect(at.monitors.breachCount).toBe(before)
  })
})

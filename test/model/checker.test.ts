import { describe, expect, test } from 'bun:test'
import { assign } from 'xstate'
import { IS_LONG } from '#test/company/profile'
import { WIDE_CHARTS, type Chart } from './charts'
import { explore, idleOf, quick } from './explore'
import { type Change, all, guardsOf, know, PLANTS, planted, set } from './planted'
import { judge } from './properties'

// The checker itself: each test plants one mistake in a chart and expects to hear of it. Nothing here touches the charts of the product.

const forget = assign({ isCancelRequested: false })

const withGuard = WIDE_CHARTS.map((chart) => ({ ...chart, machine: chart.machine.provide({ guards: { hasNone: () => true } }) }))

function findingsOf(chart: Chart): string {
  return [...new Set(judge(explore(chart, quick)).map((finding) => finding.slice(0, 90)))].slice(0, 200).join('\n')
}

describe('SIM-09 the checker fails when it must', () => {
  test('SIM-09 an unplanted copy of each chart passes', () => {
    for (const { name } of WIDE_CHARTS) expect([name, findingsOf(planted(name, () => {}, WIDE_CHARTS))]).toEqual([name, ''])
  })

  const plants: readonly (readonly [what: string, chart: string, change: Change, says: string])[] = [
    ['an unreachable state', 'bot', set('', 'states', { limbo: {} }), 'limbo is never reached'],
    ['a dead state', 'breaker', set('tripped', 'on', { 'operator.reset': {}, 'breaker.cleared': {} }), 'nothing of its own leaves tripped'],
    ['an idle bot that is deaf', 'bot', set('idle', 'on', null), 'nothing of its own leaves idle'],
    ['a crashed bot that is deaf', 'bot', set('error', 'on', null), 'nothing of its own leaves error'],
    [
      'a stop without an end',
      'bot',
      all(set('stopping', 'on', null), set('stopping', 'after', null)),
      'nothing of its own leaves stopping',
    ],
    ['a stop without a deadline', 'bot', set('stopping', 'after', null), 'xstate.after takes it out of stopping'],
    [
      'a wait without an end',
      'venue',
      all(set('backingOff', 'on', null), set('backingOff', 'after', null)),
      'nothing of its own leaves backingOff',
    ],
    ['a wait without a deadline', 'venue', set('backingOff', 'after', null), 'xstate.after takes it out of backingOff'],
    ['a pause that nobody hears', 'orchestrator', set('running', 'on', null), 'system.pause takes it out of trading'],
    ['a cancel that nothing answers', 'order', set('canceling', 'on', null), 'nothing of its own leaves canceling'],
    ['a doubt that nothing settles', 'order', set('unresolved', 'on', null), 'nothing of its own leaves unresolved'],
    [
      'a lost answer that is nothing',
      'order',
      set('amending', 'on', { 'order.answerLost': {} }),
      'order.answerLost takes it out of submitting, canceling, amending',
    ],
    ['a reset under a hold', 'orchestrator', set('halted', 'on', { 'operator.reset': 'checking' }), 'left only by who finds no other hold'],
    [
      'a failure that is always tried again',
      'venue',
      set('connected.syncing', 'after', { syncTimeoutMs: '#venue.backingOff' }),
      'backingOff entered only by a failure that leaves another',
    ],
    ['a failure that is never tried again', 'venue', set('connected', 'on', { 'venue.lost': 'failed' }), 'failed entered only by refused'],
    [
      'a state without a way to rest',
      'breaker',
      (config) => {
        set('cooling', 'on', { 'operator.reset': {} })(config)
        set('tripped', 'on', { 'operator.reset': {} })(config)
        set('cooling', 'after', { coolDownLeftMs: 'tripped' })(config)
      },
      'can never rest',
    ],
    ['an unguarded way out of a halt', 'bot', set('halted', 'on', { 'operator.reset': 'idle' }), 'left only by who finds no other hold'],
    ['a start out of a halt', 'bot', set('halted', 'on', { 'bot.start': 'starting' }), 'from halted nothing trades before a reset'],
    ['a resume while a reason remains', 'bot', PLANTS.resumeUnderHold, 'trades only when nothing holds'],
    ['a halt that one state ignores', 'bot', set('starting', 'on', { 'system.halt': {} }), 'system.halt leads to halted'],
    ['a halt that cancels nothing', 'bot', PLANTS.idleHalt, 'cancelOrders is run whenever halted'],
    [
      'a company that trades again by itself',
      'orchestrator',
      set('halted', 'on', { 'system.resume': 'running' }),
      'halted left only by a reset',
    ],
    ['a session without a sync', 'venue', set('connecting', 'on', { 'stream.up': 'connected.online' }), 'tradable only by way of syncing'],
    [
      'a failed session that opens itself',
      'venue',
      set('failed', 'on', { 'stream.up': 'connecting' }),
      'failed left only by who connects it',
    ],
    ['a breaker that calm re-arms', 'breaker', set('tripped', 'on', { 'breaker.cleared': 'armed' }), 'never left by itself'],
    ['a breaker that re-arms in silence', 'breaker', PLANTS.silentRearm, 'its parent hears of every end'],
    [
      'an UNKNOWN that a question settles',
      'order',
      set('unresolved', 'on', { 'order.retryLookup': 'open' }),
      "left only by the venue's evidence",
    ],
    [
      'an UNKNOWN that silence settles',
      'order',
      set('reconciling', 'on', { 'order.answerLost': 'rejected' }),
      "left only by the venue's evidence",
    ],
    ['an end that a cancel undoes', 'order', set('canceled', 'on', { 'order.cancel': 'canceling' }), 'left only by a correction'],
    [
      'an order that silence leads on',
      'order',
      set('pending', 'on', { 'order.answerLost': 'submitting' }),
      'left only by what can be known',
    ],
    ['a retry of a living order', 'order', PLANTS.acceptedWhilePending, 'a retry is never sent once'],
    [
      'a look-up without an answer that is believed',
      'order',
      set('submitting', 'on', { 'order.reported': { actions: know } }),
      'a retry is never sent once',
    ],
    ['a second submission', 'order', PLANTS.acceptedIsSubmitted, 'submitting entered only by a journaled'],
    ['a submission on a report', 'order', set('reconciling', 'on', { 'order.reported': 'submitting' }), 'submitting entered only by a'],
    ['a rejection on any report', 'order', PLANTS.reportedIsRejected, 'rejected entered only by a refusal'],
    [
      "an UNKNOWN that the desk's own count ends",
      'order',
      set('reconciling', 'on', { 'order.exhausted': 'error' }),
      "left only by the venue's evidence",
    ],
    ['an UNKNOWN that is tried again', 'order', set('unresolved', 'on', { 'order.retry': 'pending' }), "left only by the venue's evidence"],
    [
      'a forgotten wish to cancel',
      'order',
      set('canceling', 'on', { 'order.answerLost': { target: 'open', actions: forget } }),
      'never forgotten',
    ],
  ]
  for (const [what, name, change, says] of plants)
    test(`SIM-09 ${what} is found`, () => {
      expect(findingsOf(planted(name, change, WIDE_CHARTS))).toContain(says)
    })

  test('SIM-09 a candidate that nothing takes, and a guard that never refuses, are found', () => {
    const onAccepted = [{ guard: 'isAmendUnsettled', target: 'reconciling' }, { guard: 'isCancelRequested', target: 'canceling' }, 'open']
    const idle = idleOf(explore(planted('order', set('pending', 'on', { 'order.accepted': onAccepted }), WIDE_CHARTS), quick))
    expect(idle).toEqual(['pending order.accepted[0] in pending is never taken', 'pending order.accepted[1] in pending is never taken'])
    const free = idleOf(
      explore(planted('bot', set('operating', 'on', { 'bot.crashed': [{ guard: 'hasNone', target: 'error' }] }), withGuard)),
    )
    expect(free).toEqual(['operating bot.crashed[0] in active never refuses', 'operating bot.crashed[0] in paused never refuses'])
  })

  // In the CI size every guard of the small charts, and a sample of the large ones.
  const isDue = (_: unknown, index: number, { length }: { readonly length: number }) => IS_LONG || index % Math.ceil(length / 14) === 0
  for (const chart of WIDE_CHARTS)
    test(`SIM-09 the ${chart.name} chart without one of its guards is found`, () => {
      const survivors = guardsOf(chart)
        .filter(isDue)
        .flatMap(([name, unguard]) => {
          const graph = explore(planted(chart.name, unguard, WIDE_CHARTS), quick)
          return judge(graph).length === 0 && idleOf(graph).length === 0 ? [name] : []
        })
      expect(survivors).toEqual([])
    }, 600_000)

  test('SIM-09 a chart without properties is named', () => {
    const [chart] = WIDE_CHARTS
    if (chart === undefined) throw new Error('there are no charts')
    expect(findingsOf({ ...chart, name: 'newcomer' })).toContain('newcomer has no properties')
  })

  test('SIM-09 a context that grows without end is named', () => {
    const chart = WIDE_CHARTS.find(({ name }) => name === 'order')
    if (chart === undefined) throw new Error('no order chart')
    expect(() => explore({ ...chart, essence: (context) => context }, quick, 2_000)).toThrow('bound its context')
  })
})

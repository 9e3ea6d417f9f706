import { describe, expect, test } from 'bun:test'
import { ScopeHolds } from '#actors/company/scope-holds'
import type { VenueHost } from '#actors/venues/venue-host'
import { ScopeEpochs } from '#risk/epoch'
import type { Scope } from '#risk/types'
import { IS_LONG } from '#test/company/profile'
import { Composition, type PartName, type State, type Wiring, wiring } from './composed'
import { makeParts } from './composed-moves'
import { packed, type Walk, walk } from './composed-walk'
import { leavesOf } from './explore'
import { PLANTS, planted, set } from './planted'

/** How many moves deep every interleaving is walked. */
const DEPTH = IS_LONG ? 11 : 8

/** Moves that bring everything up: the venue ONLINE, the bot ACTIVE. */
const UP: readonly (readonly [part: PartName, type: string, stream?: string])[] = [
  ['venue', 'venue.connect'],
  ['venue', 'xstate.done.actor.connect'],
  ['venue', 'stream.up', 'public'],
  ['venue', 'stream.up', 'private'],
  ['venue', 'xstate.done.actor.sync'],
  ['bot', 'bot.start'],
  ['bot', 'xstate.done.actor.warmUp'],
]

/** The company with everything up, nothing held and its breaker armed. */
function running(world: Composition): State {
  const first = world.starts.find(({ breaker }) => world.parts.breaker.leaf(breaker) === 'armed')
  if (first === undefined) throw new Error('no start with an armed breaker')
  return UP.reduce((state, [part, type, stream]) => {
    const event = world.parts[part].chart.events.find(
      (candidate) => candidate.type === type && (stream === undefined || (candidate as { readonly stream?: string }).stream === stream),
    )
    if (event === undefined) throw new Error(`no event ${type}`)
    return world.take(state, { part, event }).state
  }, first)
}

function report(what: string, depth: number, { states, steps, submissions, retries, seen, leaves }: Walk): void {
  const parts = Object.entries(seen).map(([part, count]) => `${part} ${count}`)
  console.log(
    `composed from ${what}: ${states} states, ${steps} steps, ${submissions} submissions (${retries} of them retries) within ${depth} moves; ` +
      `${parts.join(', ')}; ${leaves.order.size} leaves of the order`,
  )
}

describe('SIM-09 order × venue × breaker × bot × director, wired by the product', () => {
  for (const [what, scope, depth, startsOf, has] of [
    ['every start', 'bot', DEPTH + 3, (world) => world.starts, 'all'],
    ["every start, its breaker an instrument's", 'instrument', DEPTH, (world) => world.starts, 'some'],
    ["every start, its breaker the company's", 'company', DEPTH, (world) => world.starts, 'some'],
    ["every start, its breaker the venue's", 'venue', DEPTH, (world) => world.starts, 'some'],
    ['every start, its breaker disabling the market', 'market', DEPTH, (world) => world.starts, 'some'],
    ['every start, its breaker halting the bot', 'halting', DEPTH, (world) => world.starts, 'some'],
    ['every start, its breaker letting only reducing orders pass', 'reducing', DEPTH, (world) => world.starts, 'some'],
    ['a running bot', 'bot', DEPTH, (world) => [running(world)], 'all'],
    ["a running bot, its breaker the company's", 'company', DEPTH - 2, (world) => [running(world)], 'all'],
  ] as readonly (readonly [string, Wiring['scope'], number, (world: Composition) => readonly State[], 'all' | 'some'])[])
    test(`SIM-09 I3 I4 I7 RUN-12 hold in every interleaving of ${depth} moves from ${what}`, () => {
      const world = new Composition(makeParts(), wiring({ scope }))
      const found = walk(world, startsOf(world), depth, !IS_LONG)
      report(what, depth, found)
      expect(found.faults).toEqual([])
      // It went far enough to mean something: bots traded, orders were sent, sent again, and came to each of their states.
      expect([...found.leaves.bot].sort()).toEqual([...leavesOf(world.parts.bot.chart.machine)].sort())
      if (has === 'some') return
      expect([...found.leaves.order].sort()).toEqual([...leavesOf(world.parts.order.chart.machine)].sort())
      expect(found.submissions - found.retries).toBeGreaterThan(0)
      expect(found.retries).toBeGreaterThan(0)
    }, 600_000)
})

// The checker itself: a mistake in any one part, or in the wiring, shows in the composition.
describe('SIM-09 the composition finds what it must', () => {
  class DeafHolds extends ScopeHolds {
    override onVenueChange(): void {}
  }
  class LenientHolds extends ScopeHolds {
    override onVenueChange(host: VenueHost): void {
      if (host.isTradable) super.onVenueChange(host)
    }
  }
  class Unborn extends ScopeHolds {
    override holdsOf() {
      return []
    }
  }
  class LenientRestart extends ScopeHolds {
    override isHalted() {
      return false
    }
  }
  class StillEpochs extends ScopeEpochs {
    override bump(): void {}
  }
  /** A venue's own bump is not missed: whatever it changes for an order changes the bots on it too. */
  class EpochsOfNoBot extends ScopeEpochs {
    override bump(scope: Scope): void {
      if (scope.kind !== 'bot') super.bump(scope)
    }
  }

  for (const [what, change, says] of [
    ['a change of the venue that nobody hears of', { makeHolds: (company) => new DeafHolds(company) }, 'a hold outlived its venue'],
    ['a venue that is away and holds nobody', { makeHolds: (company) => new LenientHolds(company) }, 'the bot trades under a hold'],
    ['a bot that is created without its holds', { makeHolds: (company) => new Unborn(company) }, 'a venue that is away holds nobody'],
    [
      'a restart after which a halted bot only pauses',
      { scope: 'halting', makeHolds: (company) => new LenientRestart(company) },
      'a breaker that halts its bot left it as it was',
    ],
    ["a bot's change that bumps no epoch", { epochs: new EpochsOfNoBot() }, 'I4: sent for a bot that is paused'],
    ['an epoch that is not bumped', { epochs: new StillEpochs() }, 'I4: sent for a bot that is paused'],
    ['an epoch that is not bumped (breaker)', { epochs: new StillEpochs() }, 'I4: sent under a tripped breaker'],
    ['an epoch that is not bumped (venue)', { epochs: new StillEpochs() }, 'I4: sent to a venue that is away'],
  ] as readonly (readonly [string, Partial<Wiring>, string])[])
    test(`SIM-09 ${what} is found by the composition`, () => {
      const world = new Composition(makeParts(), wiring(change))
      expect(walk(world, [...world.starts, running(world)], 3).faults.join('\n')).toContain(says)
    })

  for (const [what, name, change, says] of [
    ['a pause that a running bot ignores', 'bot', set('operating', 'on', { 'bot.pause': {} }), 'trades under a tripped breaker'],
    ['a resume while a reason remains', 'bot', PLANTS.resumeUnderHold, 'trades under a tripped breaker'],
    ['a halt that cancels nothing', 'bot', PLANTS.idleHalt, 'nobody wants it canceled'],
    ['a start out of a halt', 'bot', set('halted', 'on', { 'bot.crashed': 'starting' }), 'RUN-12: bot.crashed ended a halt'],
    ['an acceptance that PENDING only notes', 'order', PLANTS.acceptedWhilePending, 'I3: sent again'],
    ['an acceptance that submits once more', 'order', PLANTS.acceptedIsSubmitted, 'I3: order.accepted submitted an order that was open'],
    [
      'a rejection by whatever the venue reports',
      'order',
      PLANTS.reportedIsRejected,
      'I7: order.reported rejected an order that was submitting',
    ],
    ['a breaker that trips in silence', 'breaker', set('tripped', 'entry', null), 'a tripped breaker holds nobody'],
    ['a breaker that re-arms in silence', 'breaker', PLANTS.silentRearm, 'a hold outlived its breaker'],
  ] as const)
    test(`SIM-09 ${what} is found by the composition`, () => {
      const world = new Composition(makeParts({ [name]: planted(name, change) }))
      expect(walk(world, [running(world)], says === 'I3: sent again' ? 6 : 4).faults.join('\n')).toContain(says)
    })

  test('SIM-09 a director that forgets to halt its bots is found by the composition', () => {
    const world = new Composition(makeParts({ director: planted('orchestrator', PLANTS.idleHalt) }), wiring({ scope: 'company' }))
    expect(walk(world, [running(world)], 2).faults.join('\n')).toContain('the bot trades while the company is held')
  })

  test('SIM-09 a part that outgrows its field is named', () => {
    const world = new Composition(makeParts())
    const [start] = world.starts
    if (start === undefined) throw new Error('there is no start')
    expect(packed(start)).not.toBe(packed({ ...start, verdict: 'lapsed' }))
    expect(() => packed({ ...start, breaker: 32 })).toThrow('breaker has more than 32 states')
    expect(() => packed({ ...start, order: 4_095 })).toThrow('order has more than 4096 states')
  })
})

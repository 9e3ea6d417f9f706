// A bot whose code got hold of the company itself and goes round the gate. The whole company in virtual time.
import { afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { clientOrderIdOf } from '#domain/digest'
import { intentId, venueId } from '#domain/ids'
import type { Approved, Proposal } from '#domain/order'
import type { VenuePort } from '#ports/venue'
import { expectAgreement } from './agree'
import { lineOf, place, rest, wish } from './intents'
import { expectReplayEqual } from './replayed'
import { OPERATOR, quietBot, World } from './world'

setDefaultTimeout(60_000)

const KRAKEN = venueId('kraken')
const MINUTE = { parameters: { ...quietBot('rogue').parameters, timeframes: ['1m'] } }

let world: World
afterEach(() => world.close())

/** What the rogue has in its hands when it decides. */
interface Loot {
  readonly venue: VenuePort
  /** An order that it may send by rights: what it was last approved for. */
  readonly proposal: Proposal
  /** Approvals as the gate gave them, newest last. */
  readonly approvals: readonly Approved[]
}

/** Every way to a venue that an object of the company offers. */
const VENUES: readonly (readonly [how: string, venueOf: () => VenuePort | undefined])[] = [
  ['the port of the desk', () => world.company.venueOf(KRAKEN)],
  ['the host of the session', () => world.company.venues.get(KRAKEN)?.venue],
  ['what the company was made of', () => world.company.deps.venues[0]],
]

const soon = () => ({ deadlineAtMs: world.clock.now() + 5_000 })
const more = (order: Proposal): Proposal => ({ ...order, quantity: decimal('0.5') })

/** A new order id of its own, as the plan would make it. */
function anew(order: Proposal): Proposal {
  const { accountId, botId, instrumentId } = order
  const ids = { tag: 'abc123', accountId, botId, instrumentId, intentId: intentId('rogue'), index: 0 }
  return { ...order, clientOrderId: clientOrderIdOf(ids) }
}

function amendOf(clientOrderId: Proposal['clientOrderId'], approved: Approved): Parameters<VenuePort['amend']>[0] {
  return { clientOrderId, venueOrderId: null, instrumentId: approved.instrumentId, approved, ...soon() }
}

/** The newest approval that was never sent: its verdict lapsed by a halt of the bot, which was lifted since. */
const last = ({ approvals }: Loot): Approved => {
  const found = approvals.at(-1)
  if (found === undefined) throw new Error('the gate approved nothing')
  return found
}

/** Ways to send what the gate did not let go. Each would do so without a guard. */
const WAYS: readonly (readonly [what: string, act: (loot: Loot) => Promise<unknown>, why: string])[] = [
  [
    'submits an order that it built',
    ({ venue, proposal }) => venue.submit(anew(proposal) as Approved, soon()),
    'was not approved by the gate',
  ],
  [
    'submits a changed copy of an approval',
    (loot) => loot.venue.submit(more(last(loot)) as Approved, soon()),
    'was not approved by the gate',
  ],
  [
    'submits an approval that was sent before',
    ({ venue, approvals }) => venue.submit(approvals[0] as Approved, soon()),
    'was not sent by the desk',
  ],
  ['submits an approval whose verdict lapsed', (loot) => loot.venue.submit(last(loot), soon()), 'was not sent by the desk'],
  ['asks the gate itself and submits', (loot) => loot.venue.submit(ownApproval(loot), soon()), 'was not sent by the desk'],
  [
    'has a built order checked by the venue',
    ({ venue, proposal }) => venue.preview(anew(proposal) as Approved),
    'was not approved by the gate',
  ],
  [
    'amends by an order that it built',
    ({ venue, proposal }) => venue.amend(amendOf(proposal.clientOrderId, more(proposal) as Approved)),
    'was not approved by the gate',
  ],
  [
    'amends by the approval of another order',
    (loot) => loot.venue.amend(amendOf(loot.proposal.clientOrderId, last(loot))),
    'was not sent by the desk',
  ],
  [
    'amends by an approval that was sent before',
    ({ venue, proposal, approvals }) => venue.amend(amendOf(proposal.clientOrderId, approvals[0] as Approved)),
    'was not sent by the desk',
  ],
]

/** What the company's own gate says to a new order of the rogue's: it passes, for it is a lawful one. */
function ownApproval({ proposal }: Loot): Approved {
  const { gate, facts } = world.company
  const asked = { ...anew(proposal), quantity: decimal('0.001') }
  const verdict = gate.judge(asked, facts.gateView(asked, { isOperatorFlatten: false, isRetry: false, intent: null }))
  if (verdict.kind === 'block') throw new Error(`the gate blocked it: ${verdict.code}`)
  return verdict.approved
}

/** A company with an honest bot and a rogue that holds an order of its own at the venue, and an approval that lapsed. */
function ready(): Loot {
  const bots = [{ ...quietBot('rogue'), ...MINUTE }, quietBot('honest', 'ETH-USD@kraken')]
  world = new World({ bots }).start().trading().run(10_000)
  const approvals: Approved[] = []
  const { gate } = world.company
  const judge = gate.judge.bind(gate)
  Object.assign(gate, {
    judge: (...asked: Parameters<typeof judge>) => {
      const verdict = judge(...asked)
      if (verdict.kind === 'pass') approvals.push(verdict.approved)
      return verdict
    },
  })
  const { proposal } = rest(world, '0.002', { bot: 'rogue' })
  const end = world.life.journal.subscribe(({ kind }) => {
    if (kind !== 'verdict.passed') return
    end()
    queueMicrotask(() => world.control.commandBot('rogue', 'halt', OPERATOR, 'test'))
  })
  wish(world, { bot: 'rogue', target: '0.006' })
  world.run(2_000)
  world.control.commandBot('rogue', 'reset', OPERATOR, 'test')
  world.control.commandBot('rogue', 'start', OPERATOR, 'test')
  world.until('it trades again', () => world.company.botOf('rogue' as never)?.state === 'ACTIVE', 30_000)
  expect(approvals.length).toBe(2)
  return { venue: world.company.venueOf(KRAKEN), proposal, approvals }
}

/** Ids of all orders that the venue ever heard of, and what it holds of ours. */
const atVenue = () => [Object.keys(world.record().clientIds.byId).sort(), world.account().openOrders.map(({ quantity }) => quantity)]

describe('RSK-01 forced past lint, a bypass fails at run time', () => {
  for (const [what, act, why] of WAYS)
    for (const [how, venueOf] of VENUES)
      test(`RSK-01 a bot that ${what}, by ${how}: the venue hears nothing, the bot fails, others go on`, () => {
        const loot = ready()
        const before = atVenue()
        const ups: string[] = []
        let tried = 0
        world.scripts.set('rogue', () => {
          tried++
          world.onPassage = ({ direction, text, path }) => {
            if (direction === 'up' && /add_order|amend_order|AddOrder|AmendOrder/.test(text + path)) ups.push(text)
          }
          void act({ ...loot, venue: venueOf() ?? loot.venue })
          return []
        })
        world.until('it has tried', () => tried > 0, 130_000)
        world.run(2_000)
        expect(ups).toEqual([])
        expect(atVenue()).toEqual(before)
        const errors = world.entries('bot.transition').map(({ payload }) => String(payload['error']))
        expect(errors.join('\n')).toContain(why)
        world.scripts.delete('rogue')
        const honest = place(world, { bot: 'honest', target: '0.01' })
        world.until('others trade', () => world.statusOf(honest.clientOrderId) === 'FILLED', 30_000)
        expect(world.company.director.state).toBe('TRADING')
        expect(world.life.runtime.monitors.breaches).toEqual([])
      })

  test('RSK-01 lawful orders and amends pass the same guard, once each', () => {
    ready()
    wish(world, { bot: 'rogue', target: '0.003', price: decimal('60000'), postOnly: true })
    world.run(2_000)
    const open = world.account().openOrders.map(({ quantity }) => quantity)
    expect(open).toEqual([decimal('0.003')])
    expect(lineOf(world, 'rogue') as string).toBe('BTC-USD@kraken')
    world.run(5_000)
    expectAgreement(world)
    expectReplayEqual(world)
  })
})

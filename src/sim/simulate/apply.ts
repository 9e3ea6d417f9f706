import type { OrderRecord } from '#actors/desk/order-record'
import type { Orders } from '#actors/desk/orders'
import { add, decimal, decimalFromNumber, divide, multiply, roundToStep, subtract } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { venueOrderId } from '#domain/ids'
import { SeededRandom } from '#sim/random'
import type { Passage } from '#sim/wire'
import { KRAKEN_HOST } from '#sim/world'
import type { World } from '#sim/world/world'
import { Lags, Overtakes } from './effects'
import type { FaultName } from './faults'
import type { Keeper } from './keeper'
import type { NetworkFaults } from './network-faults'
import type { AttentiveOperator } from './operator'
import type { DeathMoment, Fault, PlannedFault } from './plan-types'

/** What faults work on. */
export interface FaultStage {
  readonly seed: number
  readonly world: World
  readonly network: NetworkFaults
  readonly keeper: Keeper
  readonly operator: AttentiveOperator
  /** Counts a fault that took effect. */
  hit(name: FaultName, count: number): void
}

/** Ends a fault that is in force; again is a no-op. */
export type EndFault = () => void

const NOTHING: EndFault = () => undefined
/** Steps that a price increment takes, in smallest price units. */
const TICK_LADDER: readonly number[] = [1, 2, 5, 10, 20, 50]

type Of<Kind extends Fault['kind']> = Extract<Fault, { readonly kind: Kind }>

/** Puts a planned fault into force; what it returns ends it. */
export function applyFault(stage: FaultStage, planned: PlannedFault): EndFault {
  const { fault } = planned
  switch (fault.kind) {
    case 'network': {
      const random = new SeededRandom(`${stage.seed}/fault/${planned.index}/run`)
      return stage.network.add(fault, random, () => stage.hit(planned.name, 1))
    }
    case 'venue':
      return applyVenueFault(stage, planned, fault)
    case 'cutAll':
      return applyCutAll(stage, fault)
    case 'clockStep':
      stepWallClock(stage, fault.deltaMs)
      return once(() => stepWallClock(stage, -fault.deltaMs))
    case 'venueClockSkew':
      return applySkew(stage, fault)
    case 'crash':
      return applyCrash(stage, fault)
    case 'tornTail':
      return applyTornTail(stage, fault)
    case 'fullDisk':
      return applyFullDisk(stage)
    case 'maintenance':
      return applyMaintenance(stage, fault)
    case 'tickSizeChange':
      return applyTickSize(stage, fault)
    case 'foreignOrder':
      return applyForeignOrder(stage, fault)
    case 'killSwitch':
      if (!stage.operator.trip()) return NOTHING
      stage.hit('killSwitch', 1)
      return once(() => stage.operator.release())
    case 'operatorHold':
      return applyOperatorHold(stage, fault)
  }
}

/** Counts a fault once the company exchanges its first message while it is in force: one that befell nobody is none. Returns what ends the watch. */
function whenMet({ world, network, hit }: FaultStage, name: FaultName, direction: Passage['direction']): EndFault {
  const end = once(
    network.watch((passage) => {
      if (!world.isAlive || passage.direction !== direction) return
      end()
      hit(name, 1)
    }),
  )
  return end
}

/** The rules' own counts tell how often they took effect, but for those that may come to nothing; they are read when the fault ends. */
function applyVenueFault({ world, network, hit }: FaultStage, { name, index }: PlannedFault, fault: Of<'venue'>): EndFault {
  const board = world.emulator.faults
  const rules = fault.rules.map((rule, at) => {
    const id = board.add({ ...rule, id: `${index}.${at}` })
    const hits = () => board.hitsOf(id)
    const effect = name === 'reorder' ? new Overtakes() : rule.kind === 'restLag' ? new Lags(world, rule.lagMs, hits) : null
    const unwatch = effect === null ? NOTHING : network.watch((passage) => effect.onPassage(passage))
    return { id, unwatch, count: () => Math.min(hits(), effect?.count ?? hits()) }
  })
  return once(() => {
    board.clear(rules.map(({ id }) => id))
    for (const { unwatch, count } of rules) {
      unwatch()
      hit(name, count())
    }
  })
}

/** The machine's clock jumps, and is set right again at the end. */
function stepWallClock({ world, hit }: FaultStage, deltaMs: number): void {
  world.wall.offsetMs += deltaMs
  if (world.isAlive) hit('clockStep', 1)
}

function applySkew(stage: FaultStage, { deltaMs }: Of<'venueClockSkew'>): EndFault {
  const { world } = stage
  world.venueClock.wall.offsetMs += deltaMs
  const end = whenMet(stage, 'venueClockSkew', 'down')
  return once(() => {
    end()
    world.venueClock.wall.offsetMs -= deltaMs
  })
}

function applyCrash({ world, network, keeper, hit }: FaultStage, { moment, isAfter, downMs }: Of<'crash'>): EndFault {
  return atMoment({ world, network }, { moment, isAfter }, () => {
    if (keeper.kill(downMs)) hit('crash', 1)
  })
}

/** Every socket ends, about the step in which a message goes or comes: the venue may have taken an order whose answer nobody hears. */
function applyCutAll({ world, network, hit }: FaultStage, { moment, isAfter }: Of<'cutAll'>): EndFault {
  return atMoment({ world, network }, { moment, isAfter }, () => {
    hit('cut', world.network.openSockets)
    world.network.cutSockets()
  })
}

/** Acts now, or before or after the step of the next message of its kind; at the end of the fault where none came. */
function atMoment(
  { world, network }: Pick<FaultStage, 'world' | 'network'>,
  { moment, isAfter }: { readonly moment: DeathMoment; readonly isAfter: boolean },
  act: () => void,
): EndFault {
  if (moment === 'now') {
    act()
    return NOTHING
  }
  let isDue = true
  const end = network.watch((passage) => {
    if (!world.isAlive || !isMoment(moment, passage)) return
    end()
    isDue = false
    const { life } = world
    // Another death may come first: what was meant for a life is not dealt to the next.
    const onThis = () => {
      if (world.isAlive && world.life === life) act()
    }
    const soon = isAfter ? () => world.clock.defer(onThis) : onThis
    if (passage.direction === 'down') world.clock.setTimeout(soon, world.network.travelMs(passage.host))
    else soon()
  })
  // A moment that never comes is not waited for without end.
  return once(() => {
    end()
    if (isDue) act()
  })
}

function isMoment(moment: DeathMoment, { direction, path, text }: Passage): boolean {
  switch (moment) {
    case 'now':
      return true
    case 'nextSend':
      return direction === 'up'
    case 'nextReceipt':
      return direction === 'down'
    case 'nextOrder':
      return direction === 'up' && (text.includes('"add_order"') || path.endsWith('/AddOrder'))
    case 'nextAmend':
      return direction === 'up' && (text.includes('"amend_order"') || path.endsWith('/AmendOrder'))
    case 'nextCancel':
      return direction === 'up' && (text.includes('"cancel_order"') || path.endsWith('/CancelOrder'))
  }
}

function applyTornTail({ world, keeper, hit }: FaultStage, { downMs }: Of<'tornTail'>): EndFault {
  world.disk.tearNext(() => {
    if (keeper.kill(downMs)) hit('tornTail', 1)
  })
  return () => world.disk.mend()
}

function applyFullDisk({ world, operator, hit }: FaultStage): EndFault {
  const makeRoom = world.disk.fill()
  return once(() => {
    makeRoom()
    hit('fullDisk', world.disk.takeRefused())
    operator.look()
  })
}

/** Down, then for as long again restricted, where so planned. */
function applyMaintenance(stage: FaultStage, fault: Of<'maintenance'>): EndFault {
  const { world } = stage
  const { emulator, network } = world
  emulator.setSystemStatus('maintenance')
  if (fault.isUnreachable) {
    network.setUp(KRAKEN_HOST, false)
    network.cutSockets(KRAKEN_HOST)
  }
  const end = whenMet(stage, 'maintenance', 'up')
  const restricted = fault.after
  const timer =
    restricted === null
      ? null
      : world.clock.setTimeout(() => {
          network.setUp(KRAKEN_HOST, true)
          emulator.setSystemStatus(restricted)
        }, MAINTENANCE_DOWN_MS)
  return once(() => {
    end()
    world.clock.clearTimeout(timer)
    network.setUp(KRAKEN_HOST, true)
    emulator.setSystemStatus('online')
  })
}

/** How long the venue is down before it comes back restricted, ms. */
const MAINTENANCE_DOWN_MS = 15_000

function applyTickSize(stage: FaultStage, { symbol, direction }: Of<'tickSizeChange'>): EndFault {
  const { world } = stage
  const { tickSize, priceScale } = world.emulator.instrument(symbol)
  const unit = decimalFromNumber(1 / 10 ** priceScale, priceScale)
  const place = TICK_LADDER.indexOf(Number(divide(tickSize, unit)))
  const next = TICK_LADDER[direction === 'coarser' ? place + 1 : place - 1] ?? TICK_LADDER[place === 0 ? 1 : place - 1]
  world.emulator.setTickSize(symbol, multiply(unit, decimal(String(mustExist(next, 'no other tick size')))))
  return whenMet(stage, 'tickSizeChange', 'down')
}

function applyForeignOrder({ world, hit }: FaultStage, fault: Of<'foreignOrder'>): EndFault {
  const { symbol, side, notional, awayBps } = fault
  const { tickSize } = world.emulator.instrument(symbol)
  const mid = world.emulator.midPrice(symbol)
  if (mid === null) return NOTHING
  const away = divide(multiply(mid, decimal(String(awayBps))), decimal('10000'))
  const price = roundToStep(side === 'buy' ? subtract(mid, away) : add(mid, away), tickSize, 'halfUp')
  const quantity = roundToStep(divide(decimalFromNumber(notional, 2), price), decimal('0.00000001'), 'down')
  const answer = world.placeByHand({ pair: symbol, side, quantity, price, postOnly: false })
  const venueOrderId = answer === null ? null : (/"txid":\["([^"]+)"\]/.exec(answer)?.[1] ?? null)
  if (venueOrderId === null) return NOTHING
  hit('foreignOrder', 1)
  return once(() => {
    if (fault.isCanceledLater) world.cancelByHand(venueOrderId)
  })
}

/** By hand: at once, while the journal writes an order or an amend (after its verdict, before it leaves), or as a command leaves. */
function applyOperatorHold({ world, network, operator, hit }: FaultStage, fault: Of<'operatorHold'>): EndFault {
  if (!world.isAlive) return NOTHING
  const { life, company } = world
  const { command, isOfCompany } = fault
  const hold = (order: OrderRecord | null, botId: string | null) => {
    if (command === 'cancel') return operator.cancel(order)
    if (command === 'stop') return botId === null ? null : operator.holdBot(command, botId)
    return isOfCompany || botId === null ? operator.holdCompany(command) : operator.holdBot(command, botId)
  }
  let end = NOTHING
  const act = (order: OrderRecord | null, botId: string | null): EndFault => {
    if (!world.isAlive || world.life !== life) return NOTHING
    const release = hold(order, botId)
    if (release !== null) hit('operatorHold', 1)
    return release ?? NOTHING
  }
  const inTheWay = (order: OrderRecord | null) => {
    if (order === null) return
    end()
    queueMicrotask(() => {
      end = act(order, order.isForeign ? null : order.proposal.botId)
    })
  }
  switch (fault.moment) {
    case 'now': {
      const { bots } = company.deps
      end = act([...company.orders.live()][0] ?? null, bots[fault.bot % bots.length]?.botId ?? null)
      break
    }
    case 'writing':
      end = life.journal.subscribe(({ kind, correlationId }) => {
        if (kind === 'order.submitting' || kind === 'order.amend') inTheWay(company.orders.find(correlationId ?? ''))
      })
      break
    case 'sent':
      end = network.watch(({ direction, text }) => {
        if (direction === 'up' && /"method":"(add|amend|cancel)_order"/.test(text)) inTheWay(orderIn(text, company.orders))
      })
      break
  }
  return once(() => end())
}

/** The order that a command on the private stream concerns. */
function orderIn(text: string, orders: Orders): OrderRecord | null {
  const own = /"cl_ord_id":\[?"([^"]+)"/.exec(text)?.[1]
  const venue = /"order_id":\[?"([^"]+)"/.exec(text)?.[1]
  return own === undefined ? (venue === undefined ? null : orders.findByVenueId(venueOrderId(venue))) : orders.find(own)
}

function once(end: EndFault): EndFault {
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    end()
  }
}

import type { FaultInput } from '#sim/kraken/fault-rules'
import type { Draw } from './draw'
import type { FaultName } from './faults'
import type { DeathMoment, Fault, NetworkFault } from './plan-types'

interface Drawn {
  readonly fault: Fault
  /** 0 for what happens at once. */
  readonly lengthMs: number
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const TRADING_METHODS: readonly string[] = [
  'add_order',
  'cancel_order',
  'amend_order',
  'cancel_all',
  'AddOrder',
  'CancelOrder',
  'AmendOrder',
]
const QUESTIONS: readonly string[] = ['OpenOrders', 'ClosedOrders', 'TradesHistory', 'QueryOrders', 'BalanceEx', 'Ledgers']
const STREAM_CHANNELS: readonly string[] = ['executions', 'balances', 'book', 'ticker', 'ohlc']
/** Answers that leave open whether a command was executed: these may come after it was. */
const UNCLEAR_ERRORS: readonly string[] = ['EService:Busy', 'EService:Unavailable', 'EGeneral:Internal error']
/** Answers that say no. */
const REFUSALS: readonly string[] = ['EAPI:Rate limit exceeded', 'EGeneral:Temporary lockout']
const MOMENTS: readonly DeathMoment[] = ['now', 'nextSend', 'nextReceipt', 'nextOrder', 'nextAmend', 'nextCancel']

/** How long a fault of a stretch lasts: mostly seconds, at times minutes. */
function stretch(draw: Draw): number {
  return draw.spread(2 * SECOND_MS, 3 * MINUTE_MS)
}

function network(draw: Draw, effect: NetworkFault['effect'], over: Partial<NetworkFault> = {}): Drawn {
  const fault: NetworkFault = {
    kind: 'network',
    effect,
    carrier: draw.pick(['http', 'socket', 'any'] as const),
    direction: draw.pick(['up', 'down', 'any'] as const),
    stream: draw.pick(['public', 'private', null] as const),
    chance: draw.pick([0.02, 0.1, 0.5]),
    extraMsMax: 0,
    ...over,
  }
  return { fault, lengthMs: stretch(draw) }
}

function venue(draw: Draw, ...rules: readonly FaultInput[]): Drawn {
  return { fault: { kind: 'venue', rules }, lengthMs: stretch(draw) }
}

/** Draws what a fault of this name is in one case, and how long it lasts. */
export function drawFault(name: FaultName, draw: Draw, symbols: readonly string[]): Drawn {
  switch (name) {
    case 'drop':
      return network(draw, 'drop')
    case 'delay':
      return network(draw, 'delay', { extraMsMax: draw.pick([200, 3_000, 12_000, 40_000]) })
    case 'duplicate':
      return network(draw, 'duplicate')
    case 'halfOpen':
      return network(draw, 'mute', { carrier: 'socket', direction: draw.pick(['up', 'down'] as const), chance: 1 })
    case 'cut':
      return draw.chance(0.5)
        ? { fault: { kind: 'cutAll', moment: draw.pick(MOMENTS), isAfter: draw.chance(0.7) }, lengthMs: 30 * SECOND_MS }
        : network(draw, 'cut', { chance: draw.pick([0.005, 0.05]) })
    case 'clockStep':
      return { fault: { kind: 'clockStep', deltaMs: signed(draw, draw.spread(100, 15 * MINUTE_MS)) }, lengthMs: stretch(draw) }
    case 'venueClockSkew':
      return { fault: { kind: 'venueClockSkew', deltaMs: signed(draw, draw.spread(50, 2_000)) }, lengthMs: stretch(draw) * 3 }
    case 'crash':
      return {
        fault: { kind: 'crash', moment: draw.pick(MOMENTS), isAfter: draw.chance(0.5), downMs: draw.spread(10, 2 * MINUTE_MS) },
        lengthMs: 30 * SECOND_MS,
      }
    case 'tornTail':
      return { fault: { kind: 'tornTail', downMs: draw.spread(10, 2 * MINUTE_MS) }, lengthMs: 3 * MINUTE_MS }
    case 'fullDisk':
      return { fault: { kind: 'fullDisk' }, lengthMs: draw.spread(20 * SECOND_MS, 3 * MINUTE_MS) }
    case 'maintenance':
      return {
        fault: {
          kind: 'maintenance',
          isUnreachable: draw.chance(0.5),
          after: draw.pick(['cancel_only', 'post_only', null] as const),
        },
        lengthMs: draw.spread(20 * SECOND_MS, 5 * MINUTE_MS),
      }
    case 'tickSizeChange':
      return {
        fault: { kind: 'tickSizeChange', symbol: draw.pick(symbols), direction: draw.pick(['coarser', 'finer'] as const) },
        lengthMs: 0,
      }
    case 'foreignOrder':
      return {
        fault: {
          kind: 'foreignOrder',
          symbol: draw.pick(symbols),
          side: draw.chance(0.7) ? 'buy' : 'sell',
          notional: draw.between(20, 400),
          awayBps: draw.pick([-20, 2, 30]),
          isCanceledLater: draw.chance(0.5),
        },
        lengthMs: stretch(draw),
      }
    case 'killSwitch':
      // Long enough at times for a restart to come meanwhile.
      return { fault: { kind: 'killSwitch' }, lengthMs: draw.spread(5 * SECOND_MS, 15 * MINUTE_MS) }
    case 'operatorHold':
      return {
        fault: {
          kind: 'operatorHold',
          command: draw.pick(['pause', 'halt', 'stop', 'cancel'] as const),
          isOfCompany: draw.chance(0.3),
          bot: draw.integer(0, 3),
          moment: draw.pick(['now', 'writing', 'sent'] as const),
        },
        lengthMs: draw.spread(10 * SECOND_MS, 4 * MINUTE_MS),
      }
    default:
      return drawVenueFault(name, draw)
  }
}

type VenueFaultName = Exclude<
  FaultName,
  | 'drop'
  | 'delay'
  | 'duplicate'
  | 'halfOpen'
  | 'cut'
  | 'clockStep'
  | 'venueClockSkew'
  | 'crash'
  | 'tornTail'
  | 'fullDisk'
  | 'maintenance'
  | 'tickSizeChange'
  | 'foreignOrder'
  | 'killSwitch'
  | 'operatorHold'
>

function drawVenueFault(name: VenueFaultName, draw: Draw): Drawn {
  const probability = draw.pick([0.05, 0.3, 1])
  const count = draw.pick([1, 2, 20])
  const methods = [...draw.pick([TRADING_METHODS, QUESTIONS, []])]
  switch (name) {
    case 'reorder':
      return draw.chance(0.5)
        ? venue(draw, { kind: 'crossing', probability, count: 50 })
        : venue(draw, { kind: 'latency', stage: 'request', methods, fixedMs: 0, jitterMs: draw.pick([50, 800, 4_000]), probability })
    case 'silentSocket':
      return venue(draw, { kind: 'silentSocket', face: 'ws', methods: [draw.pick(STREAM_CHANNELS)], count: draw.pick([1, 2]) })
    case 'tooManyRequests':
      return venue(draw, { kind: 'tooManyRequests', face: 'rest', probability, count })
    case 'serverError':
      return venue(draw, {
        kind: 'serverError',
        face: 'rest',
        status: draw.pick([500, 502, 503, 504, 520]),
        when: draw.pick(['before', 'after'] as const),
        probability,
        count,
      })
    case 'apiError': {
      const text = draw.pick([...UNCLEAR_ERRORS, ...REFUSALS])
      const when = UNCLEAR_ERRORS.includes(text) && draw.chance(0.5) ? 'after' : 'before'
      return venue(draw, { kind: 'apiError', methods, text, when, probability, count })
    }
    case 'lostReply':
      return venue(draw, { kind: 'lostReply', methods: [...TRADING_METHODS], count: draw.pick([1, 3]), withholdEvents: draw.chance(0.3) })
    case 'withholdEvents':
      return venue(draw, { kind: 'withholdEvents', face: 'ws', methods: ['add_order', 'cancel_order', 'amend_order'], count: 1 })
    case 'staleReplay':
      return draw.chance(0.5)
        ? venue(draw, { kind: 'restLag', methods: [...QUESTIONS], lagMs: draw.spread(500, 60_000), probability })
        : venue(draw, {
            kind: 'duplicate',
            face: 'ws',
            methods: [draw.pick(STREAM_CHANNELS)],
            delayMs: draw.integer(500, 30_000),
            probability,
            count,
          })
    case 'droppedFrame':
      return venue(draw, { kind: 'droppedFrame', face: 'ws', methods: [draw.pick(STREAM_CHANNELS)], probability, count: draw.pick([1, 5]) })
    case 'badChecksum':
      return venue(draw, { kind: 'badChecksum', face: 'ws', count: draw.pick([1, 5, 50]) })
    case 'wrongBalance': {
      const asset = draw.pick(['USD', 'USD', 'BTC', 'ETH'])
      const size = asset === 'USD' ? draw.pick(['0.4', '25', '5000']) : draw.pick(['0.000001', '0.05'])
      return venue(draw, { kind: 'wrongBalance', asset, delta: draw.chance(0.5) ? size : `-${size}` })
    }
  }
}

function signed(draw: Draw, size: number): number {
  return draw.chance(0.5) ? size : -size
}

import type { FaultInput } from '#sim/kraken/fault-rules'
import type { FaultName } from './faults'

/** What the network does to messages between company and venue while the fault lasts. */
export interface NetworkFault {
  readonly kind: 'network'
  readonly effect: 'drop' | 'delay' | 'duplicate' | 'mute' | 'cut'
  readonly carrier: 'http' | 'socket' | 'any'
  /** `up` goes to the venue. */
  readonly direction: 'up' | 'down' | 'any'
  /** Which of the two streams; null for both. */
  readonly stream: 'public' | 'private' | null
  /** Chance of each message that fits, above 0 to 1. */
  readonly chance: number
  /** Of a delayed message: up to so much later, ms. */
  readonly extraMsMax: number
}

/** What the venue does wrong while the fault lasts: rules of the emulator's fault board. */
export interface VenueFault {
  readonly kind: 'venue'
  readonly rules: readonly FaultInput[]
}

/** When exactly a process or a line dies: at its time, or about the step in which the next message (an order, an amend, a cancel) goes or comes. */
export type DeathMoment = 'now' | 'nextSend' | 'nextReceipt' | 'nextOrder' | 'nextAmend' | 'nextCancel'

/** What goes wrong, with its measure. */
export type Fault =
  | NetworkFault
  | VenueFault
  /** Every socket ends without a handshake. */
  | { readonly kind: 'cutAll'; readonly moment: DeathMoment; readonly isAfter: boolean }
  /** Stepped, and back at the end. */
  | { readonly kind: 'clockStep'; readonly deltaMs: number }
  | { readonly kind: 'venueClockSkew'; readonly deltaMs: number }
  | {
      readonly kind: 'crash'
      readonly moment: DeathMoment
      /** Right after the message left (the venue gets it, and answers nobody) or was taken; else before, so that it never was. */
      readonly isAfter: boolean
      readonly downMs: number
    }
  /** The next group of entries loses its last one on the way to the disk, and the process dies. */
  | { readonly kind: 'tornTail'; readonly downMs: number }
  | { readonly kind: 'fullDisk' }
  /** Down (unreachable, or answering that it is), then a while restricted. */
  | { readonly kind: 'maintenance'; readonly isUnreachable: boolean; readonly after: 'cancel_only' | 'post_only' | null }
  | { readonly kind: 'tickSizeChange'; readonly symbol: string; readonly direction: 'coarser' | 'finer' }
  | {
      readonly kind: 'foreignOrder'
      readonly symbol: string
      readonly side: 'buy' | 'sell'
      /** Quote. */
      readonly notional: number
      /** Distance of the limit from the middle, on the passive side where positive. */
      readonly awayBps: number
      readonly isCanceledLater: boolean
    }
  | { readonly kind: 'killSwitch' }
  | {
      readonly kind: 'operatorHold'
      readonly command: 'pause' | 'halt' | 'stop' | 'cancel'
      /** The company as a whole; never with `stop`, after which there would be no company. */
      readonly isOfCompany: boolean
      /** Which of the bots, counted round; one whose order is in the way is chosen by that. */
      readonly bot: number
      /** At its time; while the journal writes an order or an amend; or in the step in which an order, an amend or a cancel leaves. */
      readonly moment: 'now' | 'writing' | 'sent'
    }

/** One fault of a seed's schedule. */
export interface PlannedFault {
  /** Its place in the seed's plan: what `without` names. */
  readonly index: number
  readonly name: FaultName
  /** Market time since the start of the run, ms. */
  readonly startMs: number
  /** When it ends; equal to `startMs` for what happens at once. */
  readonly endMs: number
  readonly fault: Fault
}

/** Everything that a seed decides before its run. */
export interface SeedPlan {
  /** UTC ms of the first instant. */
  readonly startMs: number
  /** One way, ms. */
  readonly latencyMs: number
  /** Engine symbols of the two instruments that are traded, such as `BTC/USD`. */
  readonly symbols: readonly string[]
  /** Quote that trades in a minute where the market is so thin that orders fill in parts; null for the venue's usual. */
  readonly volumePerMinute: number | null
  /** At the end of each leg the company is brought to rest and judged; ascending, market time since the start, the last is the end. */
  readonly legsMs: readonly number[]
  /** Orderly stops with a start behind them, market time since the start. */
  readonly stopsMs: readonly number[]
  /** What the seed planned, whatever of it is left out. */
  readonly planned: number
  readonly faults: readonly PlannedFault[]
}

import { messageOf } from '#domain/errors'
import { realTime } from '#ops/real-time'
import { openForgetfulStore } from '#sim/engine/store'
import type { Universe } from '#sim/market/types'
import { krakenUniverse } from '#sim/market/universe'
import { bringToRest } from '#sim/world/quiet'
import { World } from '#sim/world/world'
import { applyFault, type EndFault, type FaultStage } from './apply'
import { configOf } from './bots'
import { Departures } from './departures'
import type { FaultName } from './faults'
import { Findings } from './findings'
import { Keeper } from './keeper'
import { NetworkFaults } from './network-faults'
import { AttentiveOperator, OPERATOR } from './operator'
import { planSeed } from './plan'
import type { PlannedFault, SeedPlan } from './plan-types'
import { Timeline } from './timeline'
import { Transitions } from './transitions'
import type { SeedResult, SeedTask } from './types'

/** Faults by which a stream may lack its last message, or still hold it back behind a late one, and nothing that follows makes up for it. */
const LEFT_OUT: readonly FaultName[] = ['withholdEvents', 'lostReply', 'droppedFrame', 'delay']
/** How long a company may take to come to rest once nothing goes wrong any more, market ms: a lockout of the venue lasts a quarter hour. */
const REST_MS = 1_200_000
/** How often the run looks whether the company has come to itself, ms. */
const LOOK_MS = 100
/** What is under way when the company has stopped, ms: closing handshakes, questions that time out. */
const AFTERMATH_MS = 30_000

const NO_ORDERS = { openOrders: [], closedOrders: [] } as const
/** Rejections that nobody awaited, named at most. */
const STRAY_MAX = 10

/** The instruments that a seed trades, with as much market as it has. */
function universeOf({ symbols, volumePerMinute }: SeedPlan): Universe {
  const universe = krakenUniverse()
  const chosen = universe.instruments.filter(({ instrument }) => symbols.includes(instrument.symbol))
  return { ...universe, instruments: chosen.map((one) => ({ ...one, volumePerMinute: volumePerMinute ?? one.volumePerMinute })) }
}

/** One run: the world of a seed, its faults, and the judgement. */
class SeedRun {
  readonly #task: SeedTask
  readonly #plan: SeedPlan
  readonly #world: World
  readonly #findings: Findings
  readonly #timeline: Timeline | null
  readonly #transitions = new Transitions()
  readonly #keeper: Keeper
  readonly #operator: AttentiveOperator
  readonly #stage: FaultStage
  readonly #hits = new Map<FaultName, number>()
  readonly #timers: unknown[] = []
  readonly #active = new Map<number, EndFault>()
  /** What is planned waits while the company comes to rest, which takes minutes where its venue has it wait. */
  readonly #waiting: (() => void)[] = []
  #isResting = false

  constructor(task: SeedTask) {
    this.#task = task
    const plan = planSeed(task)
    this.#plan = plan
    const { profile } = task
    this.#world = new World({
      seed: `sim-${task.seed}`,
      config: configOf(task, plan),
      startMs: plan.startMs,
      latencyMs: plan.latencyMs,
      store: openForgetfulStore(),
      emulator: {
        universe: universeOf(plan),
        stepMs: profile.stepMs,
        tradeEveryMs: profile.tradeEveryMs,
      },
    })
    const trace = (text: string) => this.#trace(text)
    const network = new NetworkFaults()
    this.#world.fate = (passage) => network.fateOf(passage)
    this.#timeline = task.onTrace === null ? null : new Timeline(this.#world, task.onTrace)
    this.#findings = new Findings(this.#world, trace)
    this.#keeper = new Keeper(this.#world, trace, (life) => {
      this.#findings.follow(life)
      this.#transitions.watch(life.runtime.company.orders)
      this.#transitions.watchProtections(life.runtime.company.protections)
    })
    this.#watchDepartures()
    this.#operator = new AttentiveOperator(this.#world, this.#keeper, trace)
    const hit = (name: FaultName, count: number) => {
      if (count > 0) this.#hits.set(name, (this.#hits.get(name) ?? 0) + count)
    }
    this.#stage = { seed: task.seed, world: this.#world, network, keeper: this.#keeper, operator: this.#operator, hit }
  }

  /** Plays the seed to its end; what is thrown is a breach. */
  play(): void {
    try {
      this.#keeper.start()
      this.#operator.start()
      this.#schedule()
      for (const [leg, endMs] of this.#plan.legsMs.entries()) {
        this.#world.clock.runUntil(this.#plan.startMs + endMs)
        this.#quieten()
        this.#judge()
        if (leg < this.#plan.legsMs.length - 1) this.#goOn()
      }
      this.#finish()
    } catch (error) {
      this.#findings.crashed(error instanceof Error ? `${error.name}: ${error.message}` : messageOf(error))
      this.#trace(`crashed: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`)
    }
  }

  result(realMs: number): SeedResult {
    const { disk, clock } = this.#world
    return {
      seed: this.#task.seed,
      simulatedMs: clock.timeLineMs - this.#plan.startMs,
      realMs,
      events: clock.fired,
      journalEntries: disk.headSeq,
      journalHash: disk.disk.headHash,
      lives: this.#keeper.lives,
      orders: this.#transitions.orders,
      fills: this.#world.account().fills.length,
      faults: Object.fromEntries(this.#hits),
      planned: this.#plan.planned,
      checks: this.#findings.checks,
      transitions: this.#transitions.all(this.#world),
      breaches: this.#findings.breaches,
    }
  }

  #watchDepartures(): void {
    const world = this.#world
    const owners = new Map<string, string>()
    const departures = new Departures({
      disk: world.disk,
      orders: () => (world.isAlive ? world.company.orders : null),
      ownerOf: (venueOrderId) => {
        const { openOrders, closedOrders } = owners.has(venueOrderId) ? NO_ORDERS : world.account()
        for (const { orderId, clientId } of [...openOrders, ...closedOrders]) if (clientId !== null) owners.set(orderId, clientId)
        return owners.get(venueOrderId) ?? null
      },
      judge: (invariant, objection) => world.runtime.monitors.note(invariant, objection),
    })
    world.onPassage = (passage) => departures.onPassage(passage)
  }

  /** Puts everything that is planned on the world's clock. */
  #schedule(): void {
    const { clock } = this.#world
    const at = (marketMs: number, act: () => void) => this.#timers.push(clock.setTimeout(act, marketMs))
    for (const planned of this.#plan.faults) {
      at(planned.startMs, () => this.#unlessResting(() => this.#begin(planned)))
      if (planned.endMs > planned.startMs) at(planned.endMs, () => this.#end(planned))
    }
    for (const stopMs of this.#plan.stopsMs) at(stopMs, () => this.#unlessResting(() => this.#keeper.stopInOrder('a planned restart')))
  }

  #unlessResting(act: () => void): void {
    if (this.#isResting) this.#waiting.push(act)
    else act()
  }

  #begin(planned: PlannedFault): void {
    const marketMs = this.#world.clock.timeLineMs - this.#plan.startMs
    if (planned.endMs > planned.startMs && marketMs >= planned.endMs) return // its time went by while the company came to rest
    this.#trace(`fault ${planned.index} ${planned.name}: ${JSON.stringify(planned.fault)}`)
    this.#active.set(planned.index, applyFault(this.#stage, planned))
  }

  #end(planned: PlannedFault): void {
    this.#trace(`fault ${planned.index} ${planned.name} ends`)
    this.#active.get(planned.index)?.()
    this.#active.delete(planned.index)
  }

  /** Ends every fault and lets the company come to itself. */
  #quieten(): void {
    this.#isResting = true
    for (const end of this.#active.values()) end()
    this.#active.clear()
    this.#trace('faults end; the company comes to rest')
    this.#keeper.start()
    // What a stream left out comes with the next connection.
    if (LEFT_OUT.some((name) => this.#hits.has(name))) this.#world.network.cutSockets()
    this.#world.run(1_000)
    this.#world.until('the company works again', () => this.#isSound(), REST_MS, LOOK_MS)
    bringToRest(this.#world, OPERATOR, REST_MS)
  }

  /** True once the company runs on a sound venue with no kill switch and no failed journal. */
  #isSound(): boolean {
    if (!this.#world.isAlive) return false
    const { company, life } = this.#world
    if (life.journal.failure !== null || company.killSwitch.isActive || !this.#operator.isIdle) return false
    return (
      ['TRADING', 'PAUSED', 'HALTED'].includes(company.director.state) &&
      [...company.venues.values()].every((host) => host.state === 'ONLINE')
    )
  }

  #judge(): void {
    this.#findings.judgeBooks(true)
    this.#findings.judgeMarket()
    this.#findings.judgeLeftovers()
    this.#trace(`judged: ${this.#findings.breaches.length} breaches so far`)
  }

  #goOn(): void {
    const { control, company } = this.#world
    if (company.director.state === 'PAUSED') control.commandCompany('resume', OPERATOR, 'the books were compared')
    this.#isResting = false
    for (const act of this.#waiting.splice(0)) act()
  }

  /** Stops the company in order and judges what it leaves behind. */
  #finish(): void {
    for (const timer of this.#timers) this.#world.clock.clearTimeout(timer)
    this.#operator.stop()
    this.#keeper.isEnding = true
    const fills = this.#world.account().fills.length
    const end = this.#world.stop()
    if (end.exitCode !== 0) this.#findings.crashed(`the company ended with ${end.exitCode}: ${end.error}`)
    // What traded in the very moment of the stop is for the next start to find.
    if (this.#world.account().fills.length === fills) this.#findings.judgeBooks(false)
    this.#world.run(AFTERMATH_MS)
    this.#findings.judgeStopped()
  }

  #trace(text: string): void {
    this.#timeline?.say(text)
  }
}

/**
 * Like `runSeed`, and counts a promise that was rejected and awaited by nobody as a breach too: the process of a real company would end
 * by it. The engine tells of such a promise only once the real event loop turns, so this one is not synchronous.
 */
export async function playSeed(task: SeedTask): Promise<SeedResult> {
  const stray: unknown[] = []
  const note = (reason: unknown) => stray.push(reason)
  process.on('unhandledRejection', note)
  try {
    const result = runSeed(task)
    await realTime.sleep(0)
    const { breaches } = result
    const atMs = breaches.at(-1)?.atMs ?? 0
    const found = stray.map((reason) => ({
      invariant: 'CRASHED',
      text: `nobody awaited: ${reason instanceof Error ? (reason.stack ?? reason.message) : messageOf(reason)}`,
      atMs,
      seq: result.journalEntries,
    }))
    for (const { text } of found) task.onTrace?.(text)
    return { ...result, breaches: [...breaches, ...found.slice(0, STRAY_MAX)] }
  } finally {
    process.off('unhandledRejection', note)
  }
}

/**
 * Runs the whole company in virtual time under the faults of a seed (SIM-08), judges the invariants, brings it to rest in the middle and at
 * the end and compares its books with the emulator's. Synchronous, and fully decided by the task: equal tasks give equal results, `realMs`
 * apart. Never throws for what the company does: that is a breach.
 */
export function runSeed(task: SeedTask): SeedResult {
  const beganUs = realTime.monotonicUs()
  const run = new SeedRun(task)
  run.play()
  return run.result((realTime.monotonicUs() - beganUs) / 1_000)
}

import type { OrderRecord } from '#actors/desk/order-record'
import { CommandRefusedError } from '#domain/errors'
import type { Operator } from '#ports/control'
import type { World } from '#sim/world/world'
import type { Keeper } from './keeper'

/** Who tends the company in a simulation. */
export const OPERATOR: Operator = { name: 'operator', address: '127.0.0.1' }

/** What an operator may do to a bot that is undone later. */
type BotHold = 'pause' | 'halt' | 'stop'

/** How often the operator looks, ms. */
const LOOK_MS = 10_000

/**
 * The operator: looks after the company every so often, clears halts whose cause is gone, starts bots that failed, and restarts a company
 * whose journal has failed once there is room again.
 */
export class AttentiveOperator {
  readonly #world: World
  readonly #keeper: Keeper
  readonly #trace: (text: string) => void
  #timer: unknown = null
  /** While the kill switch is meant to be on, nobody clears it. */
  #holds = 0
  /** What is held by hand, and by which command: bots by their ids, null is the company. */
  readonly #held = new Map<string | null, BotHold>()
  /** What is to go on, and does not yet. */
  readonly #released = new Set<string | null>()

  constructor(world: World, keeper: Keeper, trace: (text: string) => void) {
    this.#world = world
    this.#keeper = keeper
    this.#trace = trace
  }

  start(): void {
    this.#timer = this.#world.clock.setTimeout(() => {
      this.look()
      this.start()
    }, LOOK_MS)
  }

  stop(): void {
    this.#world.clock.clearTimeout(this.#timer)
  }

  /** Trips the kill switch. Returns false when the company is down or its journal has failed. */
  trip(): boolean {
    if (!this.#world.isAlive || this.#world.life.journal.failure !== null) return false
    this.#holds++
    this.#world.control.tripKillSwitch('drill', OPERATOR)
    return true
  }

  /** Means the kill switch to be on no longer; the next look clears it. */
  release(): void {
    this.#holds--
    this.look()
  }

  /** True when nothing that was held by hand has still to be let go. */
  get isIdle(): boolean {
    return this.#held.size === 0 && this.#released.size === 0
  }

  /** Pauses, halts or stops a bot by hand. Returns what lets it go on; null when it was refused or is held already. */
  holdBot(command: BotHold, botId: string): (() => void) | null {
    if (!this.#world.isAlive || this.#world.company.botOf(botId) === null) return null // it boots
    return this.#hold(`${command}s ${botId}`, command, botId, () => this.#world.control.commandBot(botId, command, OPERATOR, 'drill'))
  }

  /** Pauses or halts the company by hand; else as `holdBot`. */
  holdCompany(command: 'pause' | 'halt'): (() => void) | null {
    return this.#hold(`${command}s the company`, command, null, () => this.#world.control.commandCompany(command, OPERATOR, 'drill'))
  }

  #hold(what: string, command: BotHold, key: string | null, act: () => void): (() => void) | null {
    if (!this.#world.isAlive || this.#world.life.journal.failure !== null || this.#held.has(key)) return null
    if (!this.#tried(what, act)) return null
    this.#held.set(key, command)
    return () => {
      this.#held.delete(key)
      this.#released.add(key)
      this.look()
    }
  }

  /** Cancels an order by hand. Returns what ends that (nothing); null when there is none to cancel. */
  cancel(order: OrderRecord | null): (() => void) | null {
    if (order === null) return null
    const { control } = this.#world
    return this.#tried(`cancels ${order.clientOrderId}`, () => control.cancelOrder(order.clientOrderId, OPERATOR)) ? () => undefined : null
  }

  /** Looks once, and does what is to be done. */
  look(): void {
    if (!this.#world.isAlive) return
    const { life, company, disk } = this.#world
    if (life.journal.failure !== null) {
      if (!disk.isFull) this.#restart()
      return
    }
    if (company.director.state === 'HALTED') this.#clear()
    this.#letGo()
    if (company.director.state === 'TRADING') this.#tendBots()
  }

  /** Ends holds by hand that are meant to end; while the company starts again it may take a few looks until that can be done. */
  #letGo(): void {
    const { company, control } = this.#world
    for (const botId of this.#released) {
      const bot = botId === null ? null : company.botOf(botId)
      if (bot === null && (botId !== null || company.director.state === 'BOOTING' || company.director.state === 'CHECKING')) continue
      const { reasons } = bot === null ? company.director.actor.getSnapshot().context : bot.context
      if (!reasons.some(({ source }) => source === 'operator')) this.#released.delete(botId)
      else if (botId === null) {
        if (company.director.state === 'PAUSED')
          this.#tried('lets the company go on', () => control.commandCompany('resume', OPERATOR, 'drill'))
      } else if (bot?.state === 'PAUSED' || bot?.state === 'STARTING')
        this.#tried(`lets ${botId} go on`, () => control.commandBot(botId, 'resume', OPERATOR, 'drill'))
    }
  }

  #restart(): void {
    const { state } = this.#world.company.director
    this.#trace(`operator: restarts the company (${state}), there is room on the disk again`)
    if (state !== 'STOPPING') this.#keeper.stopInOrder('the journal failed')
  }

  #clear(): void {
    if (this.#held.get(null) === 'halt') return
    if (this.#holds > 0) {
      // Not patient: a reset must not overrule the kill switch.
      this.#tried('resets what the kill switch holds', () => this.#world.control.commandCompany('reset', OPERATOR, 'drill'))
      return
    }
    const { control, company } = this.#world
    const reasons = company.director.actor.getSnapshot().context.reasons.map(({ source, text }) => `${source}: ${text}`)
    this.#tried(`clears the halt (${reasons.join('; ')})`, () => {
      if (company.killSwitch.isActive) control.clearKillSwitch(OPERATOR)
      else control.commandCompany('reset', OPERATOR, 'drill')
    })
  }

  #tendBots(): void {
    const bots = [...this.#world.company.bots.values()].map(({ spec, state }) => ({ botId: spec.botId, state }))
    for (const { botId, state } of bots) {
      if (this.#held.has(botId)) continue
      if (state === 'HALTED') this.#tried(`resets ${botId}`, () => this.#world.control.commandBot(botId, 'reset', OPERATOR, 'drill'))
      if (state === 'ERROR' || state === 'STOPPED' || state === 'HALTED')
        this.#tried(`starts ${botId}`, () => this.#world.control.commandBot(botId, 'start', OPERATOR, 'drill'))
    }
  }

  /** A refusal is an answer: the operator tries again at the next look. Returns whether it was done. */
  #tried(what: string, act: () => void): boolean {
    try {
      act()
      this.#trace(`operator: ${what}`)
      return true
    } catch (error) {
      if (!(error instanceof CommandRefusedError)) throw error
      this.#trace(`operator: ${what}, refused: ${error.message}`)
      return false
    }
  }
}

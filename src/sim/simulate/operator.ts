import { CommandRefusedError } from '#domain/errors'
import type { Operator } from '#ports/control'
import type { World } from '#sim/world/world'
import type { Keeper } from './keeper'

/** Who tends the company in a simulation. */
export const OPERATOR: Operator = { name: 'operator', address: '127.0.0.1' }

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

  /** Looks once, and does what is to be done. */
  look(): void {
    if (!this.#world.isAlive) return
    const { life, company, disk } = this.#world
    if (life.journal.failure !== null) {
      if (!disk.isFull) this.#restart()
      return
    }
    if (company.director.state === 'HALTED') this.#clear()
    if (company.director.state === 'TRADING') this.#tendBots()
  }

  #restart(): void {
    const { state } = this.#world.company.director
    this.#trace(`operator: restarts the company (${state}), there is room on the disk again`)
    if (state === 'STOPPING' || !this.#keeper.stopInOrder('the journal failed')) return
  }

  #clear(): void {
    if (this.#holds > 0) return
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
      if (state === 'HALTED') this.#tried(`resets ${botId}`, () => this.#world.control.commandBot(botId, 'reset', OPERATOR, 'drill'))
      if (state === 'ERROR' || state === 'STOPPED' || state === 'HALTED')
        this.#tried(`starts ${botId}`, () => this.#world.control.commandBot(botId, 'start', OPERATOR, 'drill'))
    }
  }

  /** A refusal is an answer: the operator tries again at the next look. */
  #tried(what: string, act: () => void): void {
    try {
      act()
      this.#trace(`operator: ${what}`)
    } catch (error) {
      if (!(error instanceof CommandRefusedError)) throw error
      this.#trace(`operator: ${what}, refused: ${error.message}`)
    }
  }
}

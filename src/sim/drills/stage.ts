import { InvariantError, mustExist } from '#domain/errors'
import { type BotId, instrumentId } from '#domain/ids'
import type { Operator } from '#ports/control'
import type { JournalEntry } from '#ports/journal'
import { openForgetfulStore } from '#sim/engine/store'
import { type Life, START_MS, World } from '#sim/world/world'
import { Puppets } from './puppet'
import { configOf, emulatorOf } from './setting'
import type { Attempt, Drill, Standing } from './types'

/** Who re-arms by name in a drill. */
export const OPERATOR: Operator = { name: 'drill', address: '127.0.0.1' }

/** How long a bot has to voice a wish and the desk to work it, ms. */
const WORK_MS = 6_000
/** How long anything of a drill may take, ms, unless it says otherwise. */
const PATIENCE_MS = 120_000

/** A line of a drill: what happened, or (`holds`) whether what must hold does. */
export interface DrillLine {
  readonly atMs: number
  readonly text: string
  readonly holds: boolean | null
}

/** The throw-away company of one drill in virtual time, and what the drill does to it. */
export class DrillStage {
  readonly world: World
  readonly drill: Drill
  readonly #puppets = new Puppets()
  readonly #onLine: (line: DrillLine) => void
  #failures = 0
  /** What happens before everybody trades is no part of the drill. */
  #isOpen = false

  constructor(drill: Drill, onLine: (line: DrillLine) => void) {
    this.drill = drill
    this.#onLine = onLine
    this.world = new World({
      seed: `drill/${drill.name}`,
      config: configOf(drill),
      startMs: drill.startMs ?? START_MS,
      store: openForgetfulStore(),
      emulator: emulatorOf(),
      onLife: (life) => this.#follow(life),
    })
  }

  /** What did not hold so far. */
  get failures(): number {
    return this.#failures
  }

  say(text: string): void {
    this.#onLine({ atMs: this.world.clock.now(), text, holds: null })
  }

  /** Notes whether something holds that must. */
  must(text: string, holds: boolean): void {
    if (!holds) this.#failures++
    this.#onLine({ atMs: this.world.clock.now(), text, holds })
  }

  /** Runs until something that must come about has; notes it when it does not. */
  until(text: string, holds: () => boolean, limitMs = PATIENCE_MS): void {
    try {
      this.world.until(text, holds, limitMs, 20)
      this.must(text, true)
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error
      this.must(`${text} (not within ${limitMs / 1_000} s)`, false)
    }
  }

  /** Starts the company and waits until every bot trades. */
  open(): void {
    this.world.start()
    this.world.trading()
    this.world.run(10_000)
    this.#isOpen = true
  }

  /** A life on what the last one left, up as far as it gets. */
  restart(): void {
    this.#puppets.forget()
    this.world.start()
    this.world.until('the company is up', () => ['TRADING', 'HALTED'].includes(this.world.company.director.state))
  }

  close(): void {
    this.world.emulator.stop()
  }

  /** Has a bot change its position at once, by so much base, and waits until it has. */
  trade(bot: string, instrument: string, change: string): void {
    const before = Number(this.#position(bot, instrument))
    this.#puppets.give(bot, instrument, change, null)
    const isDone = () => Math.abs(Number(this.#position(bot, instrument)) - before - Number(change)) < 1e-9
    this.world.until(`${bot} trades ${change} of ${instrument}`, isDone, PATIENCE_MS)
    this.say(`${bot} ${change.startsWith('-') ? 'sold' : 'bought'} ${change.replace('-', '')} of ${instrument}`)
  }

  /** Has a bot place an order that rests. */
  rest(bot: string, instrument: string, quantity: string): void {
    const before = this.openOrders
    this.#puppets.give(bot, instrument, quantity, 400)
    this.world.until(`an order of ${bot} rests`, () => this.openOrders === before + 1, PATIENCE_MS)
  }

  /** Orders that work at the venue. */
  get openOrders(): number {
    return this.world.account().openOrders.length
  }

  /** Multiplies a price at once, and says so. */
  shift(symbol: string, factor: number): void {
    this.say(`the price of ${symbol} falls by ${Math.round((1 - factor) * 1_000) / 10} %`)
    this.world.emulator.shiftPrice(symbol, factor)
  }

  /** Has a bot try to change its position, and returns what became of it within `workMs`. */
  attempt({ bot, instrument, change }: Omit<Attempt, 'outcome'>, workMs = WORK_MS): string {
    const from = this.world.disk.headSeq
    this.#puppets.forget()
    this.#puppets.give(bot, instrument, change, change.startsWith('-') ? null : 300)
    this.world.run(workMs)
    const ofBot = this.world
      .entries()
      .filter(({ seq, kind, payload }) => seq > from && kind.startsWith('verdict.') && payload['botId'] === bot)
    const verdict = ofBot.find(({ payload }) => payload['instrumentId'] === instrument)
    if (verdict === undefined) return 'silent'
    return verdict.kind === 'verdict.passed' ? 'sent' : String(verdict.payload['code'])
  }

  /** How the company stands. */
  standing(): Standing {
    const { company, control } = this.world
    const { mode, breakers } = control.risk()
    return {
      company: company.director.state as Standing['company'],
      mode: mode as Standing['mode'],
      bots: Object.fromEntries([...company.bots.values()].map(({ spec, state }) => [spec.botId, state])) as Standing['bots'],
      breakers: breakers
        .filter(({ state }) => state !== 'ARMED')
        .map(({ breakerId }) => breakerId)
        .sort(),
      isKilled: company.killSwitch.isActive,
    }
  }

  /** True when the company stands as the drill says. */
  get stands(): boolean {
    return textOf(this.standing()) === textOf(this.drill.standing)
  }

  /** Notes whether the company stands as the drill says, and says how. */
  mustStand(): void {
    const { company, bots, breakers, isKilled } = this.standing()
    const states = Object.entries(bots).map(([bot, state]) => `${bot} ${state}`)
    const wanted = this.stands ? '' : `; wanted ${textOf(this.drill.standing)}`
    this.must(
      `company ${company}, ${states.join(', ')}${isKilled ? ', kill switch on' : ''}; held by ${breakers.join(', ')}${wanted}`,
      this.stands,
    )
  }

  stateOf(bot: string): string {
    return this.world.company.botOf(bot)?.state ?? 'not there'
  }

  /** The breaker's state: ARMED, TRIPPED, COOLING. */
  breaker(breakerId: string): string {
    return this.world.company.board.find(breakerId).chart.state
  }

  /** Whether everything trades as before the drill. */
  mustTradeAgain(): void {
    this.until('the company and every bot trade again', () => {
      const { company, mode, bots, breakers } = this.standing()
      const areActive = Object.values(bots).every((state) => state === 'ACTIVE')
      return company === 'TRADING' && mode === 'trading' && areActive && breakers.length === 0
    })
  }

  #position(bot: string, instrument: string): string {
    const known = mustExist(this.world.company.botOf(bot), `the drill has no bot ${bot}`)
    return this.world.company.portfolio.positionOf(known.spec.botId as BotId, instrumentId(instrument))
  }

  #follow(life: Life): void {
    this.#puppets.follow(life)
    life.journal.subscribe((entry) => this.#show(entry))
  }

  #show({ kind, payload, correlationId }: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId'>): void {
    if (!this.#isOpen) return
    const { from, to } = payload
    switch (kind) {
      case 'killSwitch.tripped':
        return this.say(`kill switch tripped (${String(payload['source'])}): ${String(payload['reason'])}`)
      case 'killSwitch.cleared':
        return this.say(`kill switch cleared by ${String(payload['operator'])}`)
      case 'breaker.transition':
        return this.say(`breaker ${correlationId}: ${String(from)} → ${String(to)}${tripOf(payload)}`)
      case 'bot.transition':
        return from === to ? undefined : this.say(`bot ${correlationId}: ${String(from)} → ${String(to)}`)
      case 'company.transition':
        return from === to ? undefined : this.say(`company: ${String(from)} → ${String(to)}`)
    }
  }
}

function tripOf({ to, value, threshold, reason }: JournalEntry['payload']): string {
  return to === 'TRIPPED' ? ` at ${String(value)} of ${String(threshold)}: ${String(reason)}` : ''
}

function textOf({ company, mode, bots, breakers, isKilled }: Standing): string {
  const states = Object.entries(bots).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([company, mode, states, [...breakers].sort(), isKilled])
}

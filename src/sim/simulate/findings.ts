import { bookFindings } from '#sim/world/books'
import { replayFindings } from '#sim/world/replayed'
import type { World } from '#sim/world/world'
import { GENESIS_HASH, hashOf, recordOf } from '#store/journal-chain'
import type { Breach } from '#sim/monitors/types'

/** Breaches kept of a run: the first ones say what is wrong. */
const BREACHES_MAX = 50

/** What a run's judgements found, and how often each invariant was judged. */
export class Findings {
  readonly #world: World
  readonly #breaches: Breach[] = []
  readonly #checks: Record<string, number> = {}

  constructor(world: World) {
    this.#world = world
  }

  get breaches(): readonly Breach[] {
    return this.#breaches
  }

  get checks(): Readonly<Record<string, number>> {
    return this.#checks
  }

  /** Notes a breach. */
  add(invariant: string, text: string): void {
    if (this.#breaches.length >= BREACHES_MAX) return
    const { clock, disk } = this.#world
    this.#breaches.push({ invariant, text, atMs: clock.now(), seq: disk.headSeq })
  }

  /** Judges an invariant: each text is a breach of it. */
  judge(invariant: string, texts: readonly string[]): void {
    this.#checks[invariant] = (this.#checks[invariant] ?? 0) + 1
    for (const text of texts) this.add(invariant, text)
  }

  /** Judges a company at rest against the emulator's own record and against a replay of its journal. */
  judgeBooks(isExact: boolean): void {
    const texts = bookFindings(this.#world, isExact)
    const isOfSubAccounts = (text: string) => text.startsWith('I12')
    const isOfOrders = (text: string) => text.startsWith('open order')
    this.judge(
      'I5',
      texts.filter((text) => !isOfSubAccounts(text) && !isOfOrders(text)),
    )
    this.judge('I7', texts.filter(isOfOrders))
    this.judge('I12', texts.filter(isOfSubAccounts))
    this.judge('I3', this.#world.emulator.clientIdLiveMax > 1 ? ['two orders lived under one client order id at the venue'] : [])
    this.judge('I10', [...replayFindings(this.#world), ...chainFindings(this.#world)])
  }

  /** Judges what a company leaves behind that has stopped in order. */
  judgeStopped(): void {
    const { life, network, company } = this.#world
    const found: string[] = []
    if (life.clock.pending > 0) found.push(`${life.clock.pending} timers are left after the stop`)
    if (network.openSockets > 0) found.push(`${network.openSockets} sockets are left after the stop`)
    const actors = company.registry.size
    if (actors > 0) found.push(`${actors} order actors are left after the stop`)
    this.judge('I13', found)
  }
}

/** I10: makes the chain of hashes anew from the entries. */
function chainFindings(world: World): readonly string[] {
  let hash = GENESIS_HASH
  for (const entry of world.entries()) {
    const { seq, atMs, actor, kind, payload, correlationId, causationSeq } = entry
    const made = hashOf(hash, recordOf({ actor, kind, payload, correlationId, causationSeq }, seq, atMs))
    if (entry.previousHash !== hash || entry.hash !== made) return [`I10 the chain breaks at entry ${seq}`]
    hash = made
  }
  return []
}

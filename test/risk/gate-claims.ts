import { add, type Decimal, isMultipleOf, isZero, toNumber } from '#domain/decimal'
import type { Verdict } from '#domain/verdict'
import { CHECK_FACTS } from '#risk/checks/catalogue'
import { RiskGate } from '#risk/gate'
import type { RiskLimits } from '#risk/types'
import { SeededRandom } from '#sim/random'
import { Draw } from '#sim/simulate/draw'
import { addsTo, breaches, breachesInPlay, fullCaps } from './gate-oracle'
import { type Scene, sceneOf } from './random-desk'

/* What must hold of every verdict, as questions that a gate with a mistake in it can be asked too. */

/** Asks a gate for its verdict on the scene's order at a quantity. */
export type Asked = (scene: Scene, quantity: Decimal, over?: Partial<RiskLimits>) => Verdict

/** The gate of the product. */
export const askGate: Asked = (scene, quantity, over = {}) =>
  new RiskGate({ ...scene.limits, ...over }, scene.book()).judge({ ...scene.proposal, quantity }, scene.view)

/** Checks that cut, which is to say caps. */
export const CAPS: readonly string[] = Object.entries(CHECK_FACTS).flatMap(([name, { canCut }]) => (canCut ? [name] : []))
/** All that limits how much may be held or taken. */
export const LIMITS: readonly string[] = [...CAPS, 'open_positions_max', 'insufficient_balance']

/** What became of a claim in one scene: null where the scene says nothing about it, else what speaks against it. */
export type Finding = readonly string[] | null

export interface Claim {
  readonly name: 'worst' | 'played' | 'reducing' | 'maximal'
  /** Scenes of an order that only lowers a position. */
  readonly isReducing: boolean
  /** Is given the verdicts as they are asked for. */
  judge(ask: Asked, scene: Scene, draw: Draw, onVerdict: (verdict: Verdict) => void): Finding
}

/** A passing verdict on what adds never lets a cap be exceeded after all working orders have filled at worst. */
export const WORST: Claim = {
  name: 'worst',
  isReducing: false,
  judge: (ask, scene, _, onVerdict) => {
    const verdict = ask(scene, scene.proposal.quantity)
    onVerdict(verdict)
    if (verdict.kind === 'block' || !addsTo(scene, verdict.approved.quantity)) return null
    return breaches(scene, verdict.approved.quantity)
  },
}

/** Nor after fills that happen one by one, whichever orders they are of. */
export const PLAYED: Claim = {
  name: 'played',
  isReducing: false,
  judge: (ask, scene, draw, onVerdict) => {
    const verdict = ask(scene, scene.proposal.quantity)
    onVerdict(verdict)
    if (verdict.kind === 'block' || !addsTo(scene, verdict.approved.quantity)) return null
    return breachesInPlay(scene, verdict.approved.quantity, draw)
  },
}

/** An order that only lowers a position is never blocked or cut by a cap, nor held by a check that lets reductions pass. */
export const REDUCING: Claim = {
  name: 'reducing',
  isReducing: true,
  judge: (ask, scene, _, onVerdict) => {
    const { quantity } = scene.proposal
    if (isZero(scene.view.positionOfBot) || addsTo(scene, quantity)) return null
    return (['downsize', 'block'] as const).flatMap((capAction) => {
      const verdict = ask(scene, quantity, { capAction })
      onVerdict(verdict)
      const held = verdict.figures.filter(({ check, outcome }) => outcome !== 'pass' && letsReduce(check)).map(({ check }) => check)
      const cut = verdict.kind === 'pass' && verdict.approved.quantity !== quantity ? [`cut to ${verdict.approved.quantity}`] : []
      return [...held, ...cut]
    })
  },
}

/** A cut is on the lot, within the minimums and the largest that fits: one lot more is blocked by a cap. */
export const MAXIMAL: Claim = {
  name: 'maximal',
  isReducing: false,
  judge: (ask, scene, _, onVerdict) => {
    const verdict = ask(scene, scene.proposal.quantity)
    onVerdict(verdict)
    if (verdict.kind === 'block' || verdict.downsizedFrom === null) return null
    const { quantity } = verdict.approved
    const { lotSize, quantityMin } = scene.instrument
    const found: string[] = []
    if (!isMultipleOf(quantity, lotSize)) found.push(`${quantity} is off the lot of ${lotSize}`)
    if (toNumber(quantity) < toNumber(quantityMin)) found.push(`${quantity} is below ${quantityMin}`)
    const more = add(quantity, lotSize)
    // The reckoning must see the breach, as far as doubles can, and so must the gate.
    if (!fullCaps(scene, more).some((check) => CAPS.includes(check))) found.push(`${more} breaches nothing`)
    const whole = askGate(scene, quantity, { capAction: 'block' })
    if (whole.kind === 'block') found.push(`${quantity} itself is blocked: ${whole.code}`)
    const next = askGate(scene, more, { capAction: 'block' })
    if (next.kind === 'pass' || !CAPS.includes(next.code)) found.push(`${more} is ${next.kind === 'pass' ? 'passed' : next.code}`)
    return found
  },
}

/** How often each limit decided: it blocked, or it cut last. */
export type Decided = Map<string, { blocked: number; cut: number }>

export function countDecision(decided: Decided, verdict: Verdict): void {
  const cut = verdict.figures.findLast(({ outcome }) => outcome === 'downsize')?.check
  const check = verdict.kind === 'block' ? verdict.code : verdict.downsizedFrom === null ? undefined : cut
  if (check === undefined) return
  const count = decided.get(check) ?? { blocked: 0, cut: 0 }
  decided.set(check, count)
  count[verdict.kind === 'block' ? 'blocked' : 'cut']++
}

/** What a claim came to over random scenes. */
export interface Played {
  /** Scenes that had something to say about it. */
  readonly cases: number
  readonly scenes: number
  /** The first that spoke against it; null when none did. */
  readonly against: string | null
  readonly decided: Decided
}

/** Plays scenes until enough have spoken to the claim, or one against it. Seeded: the same scene fails again. */
export function play(claim: Claim, ask: Asked, casesMin: number, scenesMax = casesMin * 40): Played {
  const draw = new Draw(new SeededRandom(`gate property/${claim.name}`))
  const decided: Decided = new Map()
  let cases = 0
  for (let index = 0; index < scenesMax; index++) {
    const scene = sceneOf(draw, claim.isReducing)
    const finding = claim.judge(ask, scene, draw, (verdict) => countDecision(decided, verdict))
    if (finding === null) continue
    cases++
    if (finding.length > 0) return { cases, scenes: index + 1, against: `scene ${index}: ${finding.join('; ')}`, decided }
    if (cases >= casesMin) return { cases, scenes: index + 1, against: null, decided }
  }
  return { cases, scenes: scenesMax, against: null, decided }
}

function letsReduce(check: string): boolean {
  return CHECK_FACTS[check as keyof typeof CHECK_FACTS].reducing === 'passes'
}

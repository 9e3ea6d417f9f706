import { ZERO } from '#domain/decimal'
import { ConfigError } from '#domain/errors'
import { strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { TIMEFRAMES } from '#domain/time'
import type { ConfiguredStrategy, StrategyContext, StrategyPosition, Study, WarmUp } from './types'

/** What the strategies of a bot bear together, where one name is asked for. */
export const ENSEMBLE = strategyId('ensemble')

const NOTHING_HELD: StrategyPosition = Object.freeze({ netQuantity: ZERO, entryPrice: null })

/**
 * Returns several strategies as one that says what all of them want: each hears every bar by a study of its own and is asked at each close,
 * in the order of their names. A position is its strategy's: the others see none, but all see one of a strategy that is not among them.
 * Which of their wishes holds is not decided here.
 * One strategy is returned as it is.
 * @throws {ConfigError} without any, for one that is named twice, and where they decide on different timeframes: their wishes could not be
 * compared.
 */
export function ensembleOf(given: readonly ConfiguredStrategy[]): ConfiguredStrategy {
  const members = given.toSorted((a, b) => (a.strategyId < b.strategyId ? -1 : 1))
  const first = members[0]
  if (first === undefined) throw new ConfigError('strategies: none is enabled; enable one, or leave the bot out')
  if (members.length === 1) return first
  const twice = members.find((member, index) => members[index + 1]?.strategyId === member.strategyId)
  if (twice !== undefined) throw new ConfigError(`strategies: ${twice.strategyId} is named twice; give it a bot of its own`)
  const other = members.find(({ decidesOn }) => decidesOn !== first.decidesOn)
  if (other !== undefined) {
    const text = `${first.strategyId} decides on ${first.decidesOn} and ${other.strategyId} on ${other.decidesOn}`
    throw new ConfigError(`strategies: ${text}; give them the same timeframe, or bots of their own`)
  }
  return Object.freeze({
    strategyId: ENSEMBLE,
    title: members.map(({ title }) => title).join(' + '),
    parameters: Object.freeze(Object.fromEntries(members.map((member) => [member.strategyId, member.parameters]))),
    decidesOn: first.decidesOn,
    warmUpBars: warmUpOf(members),
    settleBars: Math.max(...members.map(({ settleBars }) => settleBars)),
    entriesPerCycleMax: null,
    study: () => studyOf(members),
    decide: (context) => decideAll(members, context),
  } satisfies ConfiguredStrategy)
}

function warmUpOf(members: readonly ConfiguredStrategy[]): WarmUp {
  const frames = TIMEFRAMES.map((frame) => [frame, Math.max(...members.map(({ warmUpBars }) => warmUpBars[frame] ?? 0))] as const)
  return Object.freeze(Object.fromEntries(frames.filter(([, needed]) => needed > 0)))
}

/** The studies of all, in the order of the members; the readings are theirs. */
function studyOf(members: readonly ConfiguredStrategy[]): Study<readonly unknown[]> {
  const studies = members.map((member) => member.study())
  return {
    readings: Object.freeze(studies.map(({ readings }) => readings)),
    push: (open, high, low, close, volume) => {
      for (const study of studies) study.push(open, high, low, close, volume)
    },
  }
}

function decideAll(members: readonly ConfiguredStrategy[], context: StrategyContext): readonly Intent[] {
  const readings = context.readings as readonly Readonly<unknown>[]
  const { position } = context
  const isShared = !members.some(({ strategyId }) => strategyId === position.strategyId)
  const intents: Intent[] = []
  for (const [index, member] of members.entries()) {
    const own = Object.freeze({
      ...context,
      readings: readings[index] as Readonly<unknown>,
      position: isShared || position.strategyId === member.strategyId ? position : NOTHING_HELD,
    })
    intents.push(...member.decide(own))
  }
  return intents
}

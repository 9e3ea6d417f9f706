import { messageOf } from '#domain/errors'
import { type DrillLine, DrillStage } from './stage'
import type { Drill } from './types'

/** What a drill says once a halt has ended every order. */
export const NO_ORDER = 'no order works any more'
/** How long orders may take to be gone after a halt, ms (RSK-09). */
const CANCELED_WITHIN_MS = 10_000

/**
 * Plays a drill to its end in virtual time: causes it, sees that it holds its scope and nothing besides, tries what must and must not be
 * sent, and ends it. Returns how many of the things that must hold did not; a failure of the drill itself counts as one.
 */
export function playDrill(drill: Drill, onLine: (line: DrillLine) => void): number {
  const stage = new DrillStage(drill, onLine)
  try {
    stage.open()
    stage.say(`the company trades: ${drill.bots.map(({ id, instruments }) => `${id} on ${instruments.join(' and ')}`).join(', ')}`)
    drill.cause(stage)
    stage.until('it has tripped', () => stage.stands)
    stage.mustStand()
    seeAlerts(stage)
    seeOrders(stage)
    for (const attempt of drill.attempts) {
      const outcome = stage.attempt(attempt)
      const { bot, change, instrument } = attempt
      const wanted = outcome === attempt.outcome ? '' : `; wanted ${attempt.outcome}`
      stage.must(`${bot} wants ${change} of ${instrument}: ${outcome}${wanted}`, outcome === attempt.outcome)
    }
    drill.rearm(stage)
    stage.mustTradeAgain()
    const { breaches } = stage.world.life.runtime.monitors
    stage.must(`the invariants hold${breaches.map(({ invariant, text }) => `; ${invariant}: ${text}`).join('')}`, breaches.length === 0)
  } catch (error) {
    stage.must(`the drill itself failed: ${messageOf(error)}`, false)
  } finally {
    stage.close()
  }
  return stage.failures
}

/** Somebody was told of each breaker that holds, and of the switch: as CRITICAL where something was halted. */
function seeAlerts(stage: DrillStage): void {
  const { alerts } = stage.world
  const { breakers, isKilled } = stage.drill.standing
  for (const breakerId of breakers) {
    const alert = alerts.find(({ details }) => details['breakerId'] === breakerId)
    stage.must(`alert ${alert === undefined ? 'missing' : `${alert.code} (${alert.severity})`} of ${breakerId}`, alert !== undefined)
  }
  if (isKilled)
    stage.must(
      'alert KILL_SWITCH (CRITICAL)',
      alerts.some(({ code, severity }) => code === 'KILL_SWITCH' && severity === 'CRITICAL'),
    )
}

/** A halt cancels; whatever else holds leaves orders where they are. */
function seeOrders(stage: DrillStage): void {
  if (stage.drill.standing.company !== 'HALTED') return
  stage.until(NO_ORDER, () => stage.openOrders === 0, CANCELED_WITHIN_MS)
}

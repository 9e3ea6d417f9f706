import type { EmergencyView } from '#ports/control'

/** What is told of an emergency halt. */
export type KillOutcome = Pick<
  EmergencyView,
  | 'scope'
  | 'shouldFlatten'
  | 'state'
  | 'ordersEnded'
  | 'ordersLeftCount'
  | 'ordersLeft'
  | 'positionsClosed'
  | 'positionsLeftCount'
  | 'positionsLeft'
>

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`

/** True when nothing that was to end is left. */
export function isClean({ ordersLeftCount, positionsLeftCount, state }: KillOutcome): boolean {
  return state === 'ENDED' && ordersLeftCount === 0 && positionsLeftCount === 0
}

/** Returns a line of progress. */
export function progressText({ ordersEnded, ordersLeftCount, shouldFlatten, positionsClosed, positionsLeftCount }: KillOutcome): string {
  const positions = shouldFlatten ? `; ${plural(positionsClosed, 'position')} closed, ${positionsLeftCount} left` : ''
  return `${plural(ordersEnded, 'order')} cancelled, ${ordersLeftCount} without evidence${positions}`
}

/** Returns the sentence for a halt that left nothing. */
export function doneText({ scope, ordersEnded, shouldFlatten, positionsClosed }: KillOutcome): string {
  const held = scope === 'all' ? 'HALTED' : scope.startsWith('order:') ? scope : `${scope} halted`
  const positions = shouldFlatten ? `; ${plural(positionsClosed, 'position')} closed, none left` : ''
  return `the company confirmed: ${held}, ${plural(ordersEnded, 'order')} cancelled, none open${positions}`
}

/** Returns the report of a halt that left something, a line each. */
export function survivorsText(outcome: KillOutcome, waitedMs: number): string {
  const { ordersEnded, ordersLeft, ordersLeftCount, positionsClosed, positionsLeft, positionsLeftCount, state, scope } = outcome
  const hidden = (shown: number, count: number) => (count > shown ? [`  and ${count - shown} more`] : [])
  const orders =
    ordersLeftCount === 0
      ? []
      : [
          `${plural(ordersLeftCount, 'order')} not confirmed as ended (${ordersEnded} cancelled):`,
          ...ordersLeft.map(
            ({ clientOrderId, instrumentId, botId, status }) => `  ${clientOrderId} ${instrumentId} of ${botId}: ${status}`,
          ),
          ...hidden(ordersLeft.length, ordersLeftCount),
        ]
  const positions =
    positionsLeftCount === 0
      ? []
      : [
          `${plural(positionsLeftCount, 'position')} left (${positionsClosed} closed):`,
          ...positionsLeft.map(({ netQuantity, instrumentId, botId, why }) => `  ${netQuantity} ${instrumentId} of ${botId}: ${why}`),
          ...hidden(positionsLeft.length, positionsLeftCount),
        ]
  return [`${scope}, after ${(waitedMs / 1_000).toFixed(1)} s`, ...orders, ...positions, endText(state)].join('\n')
}

function endText(state: string): string {
  if (state === 'ENDED') return 'nothing more can be done about it here: look at the venue itself'
  if (state === 'RELEASED') return 'an operator has let go what was held: it is not tried any more'
  return 'the company goes on trying; watch "bun run troupe status" and the venue itself'
}

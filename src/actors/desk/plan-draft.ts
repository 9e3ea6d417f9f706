import { type Decimal, isNegative } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import type { JournalDraft } from '#ports/journal'
import type { Plan, WorkingOrder } from '#risk/types'
import type { Orders } from './orders'

/**
 * Returns the journal entry of a plan: the intent that it follows, and what is to be done for it.
 * @param isBlocked the gate has blocked the amend that it leads to.
 */
export function planDraft(intent: Intent, plan: Plan, isAmend: boolean, isBlocked = false): JournalDraft {
  return {
    actor: `bot:${intent.botId}`,
    kind: 'plan.made',
    payload: {
      intent: {
        ...intent,
        target: { ...intent.target },
        routing: intent.routing === null ? null : { ...intent.routing },
        metadata: { ...intent.metadata },
      },
      action: plan.action,
      reason: plan.reason,
      text: plan.text,
      current: plan.current,
      target: plan.target,
      orders: plan.proposals.map((proposal) => proposal.clientOrderId),
      cancels: [...plan.cancels],
      isAmend,
      isBlocked,
    },
    correlationId: intent.intentId,
    causationSeq: null,
  }
}

/**
 * Returns a line's live orders as a plan reads them.
 * @param closed a position that is to be closed whatever is in doubt: orders in doubt that would add to it are left out. Null for none.
 */
export function workingOf(orders: Orders, botId: BotId, instrumentId: InstrumentId, closed: Decimal | null): readonly WorkingOrder[] {
  const adding = closed === null ? null : isNegative(closed) ? 'sell' : 'buy'
  const read = [...orders.liveOf(botId, instrumentId)].filter((record) => record.proposal.side !== adding || !orders.isInDoubt(record))
  return read.map((record) => {
    return {
      clientOrderId: record.clientOrderId,
      side: record.proposal.side,
      leavesQuantity: orders.leavesOf(record),
      // Nothing that leads anywhere, where its chart has crashed.
      isCanceling: record.chart === null || orders.isCancelRequested(record),
      isStop: record.proposal.type === 'stop',
    }
  })
}

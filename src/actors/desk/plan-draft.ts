import type { Intent } from '#domain/intent'
import type { JournalDraft } from '#ports/journal'
import type { Plan } from '#risk/types'

/** Returns the journal entry of a plan: the intent that it follows, and what is to be done for it. */
export function planDraft({ grounds, averageTrueRange, trailingRatio, ...intent }: Intent, plan: Plan, isAmend: boolean): JournalDraft {
  return {
    actor: `bot:${intent.botId}`,
    kind: 'plan.made',
    payload: {
      intent: {
        ...intent,
        target: { ...intent.target },
        routing: intent.routing === null ? null : { ...intent.routing },
        metadata: { ...intent.metadata },
        ...(averageTrueRange === undefined ? {} : { averageTrueRange }),
        ...(trailingRatio === undefined ? {} : { trailingRatio }),
        ...(grounds === undefined ? {} : { grounds: { ...grounds, edge: grounds.edge === null ? null : { ...grounds.edge } } }),
      },
      action: plan.action,
      reason: plan.reason,
      text: plan.text,
      current: plan.current,
      target: plan.target,
      orders: plan.proposals.map((proposal) => proposal.clientOrderId),
      cancels: [...plan.cancels],
      isAmend,
    },
    correlationId: intent.intentId,
    causationSeq: null,
  }
}

import type { CheckFigure, Verdict } from '#domain/verdict'

/** Returns the sentence of the check that gave a block its code. */
export function messageOfBlock({ figures }: Verdict): string {
  return figures.find((figure) => figure.outcome === 'block')?.message ?? 'blocked'
}

/** A figure as a row: check, outcome, cap type, current, proposed, limit, and the message where it did not pass. Two dozen a verdict, on the hot path. */
function figureRow(figure: CheckFigure) {
  const { check, outcome, capType, current, proposed, limit, message } = figure
  return message === null
    ? [check, outcome, capType, current, proposed, limit]
    : [check, outcome, capType, current, proposed, limit, message]
}

/** Returns the journal entry of a verdict: what was judged and every figure that was seen. */
export function verdictDraft(verdict: Verdict) {
  const proposal = verdict.kind === 'pass' ? verdict.approved : verdict.proposal
  let rows: ReturnType<typeof figureRow>[] | null = null
  return {
    actor: 'risk',
    kind: verdict.kind === 'pass' ? 'verdict.passed' : 'verdict.blocked',
    payload: {
      clientOrderId: proposal.clientOrderId,
      intentId: proposal.intentId,
      botId: proposal.botId,
      instrumentId: proposal.instrumentId,
      side: proposal.side,
      quantity: proposal.quantity,
      limitPrice: proposal.limitPrice,
      code: verdict.kind === 'block' ? verdict.code : null,
      downsizedFrom: verdict.kind === 'pass' ? verdict.downsizedFrom : null,
      // Made when they are written: a journal that forgets never asks.
      get figures() {
        rows ??= verdict.figures.map(figureRow)
        return rows
      },
    },
    correlationId: proposal.clientOrderId,
    causationSeq: null,
  } as const
}

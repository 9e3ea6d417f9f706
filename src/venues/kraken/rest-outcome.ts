import type { CancelOutcome } from '#domain/outcome'
import { refusalOf } from './errors'
import type { CallResult } from './http'
import { cancelResult } from './schema-rest'

/** Returns what became of a CancelOrder over REST. */
export function restCancelOutcome(result: CallResult): CancelOutcome {
  if (result.kind !== 'answer') return failedCall(result)
  const answer = cancelResult.safeParse(result.result)
  if (!answer.success) return { kind: 'ambiguous', reason: 'the answer to CancelOrder has an unknown form' }
  return answer.data.count > 0 || answer.data.pending === true ? { kind: 'accepted' } : { kind: 'unknownOrder' }
}

/** Returns what became of a command for the whole account over REST: any answer is consent. */
export function restAccountOutcome(result: CallResult): CancelOutcome {
  return result.kind === 'answer' ? { kind: 'accepted' } : failedCall(result)
}

function failedCall(result: Exclude<CallResult, { readonly kind: 'answer' }>): CancelOutcome {
  switch (result.kind) {
    case 'fault':
      if (result.fault.code === 'unknownOrder') return { kind: 'unknownOrder' }
      if (result.fault.code === 'cancelPending') return { kind: 'accepted' }
      return result.fault.isOutcomeUnknown
        ? { kind: 'ambiguous', reason: result.fault.text }
        : { kind: 'refused', refusal: refusalOf(result.fault) }
    case 'edge':
      return { kind: 'ambiguous', reason: `the edge answered with HTTP ${result.status}` }
    case 'lost':
    case 'unreadable':
      return { kind: 'ambiguous', reason: result.reason }
    case 'unsent':
      return { kind: 'refused', refusal: { code: 'notSent', reason: result.reason, retry: 'transient' } }
  }
}

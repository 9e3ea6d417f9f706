import type { AlerterPort } from '#ports/alerter'
import type { OrderRecord } from './order-record'

/** Tells that an order or an amend which the gate did not approve was about to leave: somebody went round the gate. Returns the text. */
export function reportForged(alerter: AlerterPort, { clientOrderId, proposal }: OrderRecord): string {
  const text = `order ${clientOrderId} of ${proposal.botId} is not one that the gate approved; it was not sent`
  alerter.raise({ severity: 'CRITICAL', code: 'APPROVAL_FORGED', text, details: { clientOrderId } })
  return text
}

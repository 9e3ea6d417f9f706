import type { Decimal } from '#domain/decimal'
import type { BotId, InstrumentId } from '#domain/ids'
import type { AlerterPort } from '#ports/alerter'
import type { ExitWork, ProtectionHit } from '#risk/protection'

/** What a person is told of one position's protection. */
export class ProtectionAlerts {
  readonly #alerter: AlerterPort
  readonly #botId: BotId
  readonly #instrumentId: InstrumentId

  constructor(alerter: AlerterPort, botId: BotId, instrumentId: InstrumentId) {
    this.#alerter = alerter
    this.#botId = botId
    this.#instrumentId = instrumentId
  }

  triggered(quantity: Decimal, { kind, triggerPrice, price }: ProtectionHit): void {
    this.#alerter.raise({
      severity: 'MEDIUM',
      code: 'PROTECTION_TRIGGERED',
      text: `the ${kind} of ${this.#line} at ${triggerPrice} was reached by ${price}: its position of ${quantity} is closed`,
      details: { ...this.#names, kind, triggerPrice, price },
    })
  }

  escalated(work: ExitWork): void {
    const next =
      work === 'resting'
        ? 'bid and ask are further apart than risk.priceDeviationBpsMax lets an order reach, so a limit order rests at that bound'
        : `next step, ${work}`
    this.#alerter.raise({
      severity: 'HIGH',
      code: 'PROTECTION_ESCALATED',
      text: `the exit of ${this.#line} is not filled: ${next}`,
      details: { ...this.#names, step: work },
    })
  }

  /** @param note why; empty where its orders were taken and not filled. */
  stuck(work: ExitWork, refusals: number, note: string): void {
    const became = note === '' ? `is not filled after ${refusals} orders (${work})` : `was not taken ${refusals} times (${work}): ${note}`
    this.#alerter.raise({
      severity: 'HIGH',
      code: 'PROTECTION_STUCK',
      text: `the exit of ${this.#line} ${became}`,
      details: { ...this.#names, step: work, refusals },
    })
  }

  get #line(): string {
    return `${this.#botId} on ${this.#instrumentId}`
  }

  get #names() {
    return { botId: this.#botId, instrumentId: this.#instrumentId }
  }
}

/** Tells of a position whose bot is not configured any more: nobody knows by what it would be protected. */
export function alertOrphan(alerter: AlerterPort, botId: BotId, instrumentId: InstrumentId, quantity: Decimal): void {
  alerter.raise({
    severity: 'CRITICAL',
    code: 'POSITION_UNPROTECTED',
    text:
      `${botId} holds ${quantity} of ${instrumentId} and is not in the configuration: nothing protects the position. ` +
      'Put the bot back into the configuration (stopped, if it is not to trade), or close the position at the venue',
    details: { botId, instrumentId, quantity },
  })
}

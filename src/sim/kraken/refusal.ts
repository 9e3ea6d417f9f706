import { AppError } from '#domain/errors'

/**
 * An API-level refusal of the emulated venue. The router answers it in the envelope of its protocol (REST: HTTP 200 with the text
 * in `error`; WebSocket: `success: false`). The texts are those of the protocol sheet §1.6 and §4.2.
 */
export class KrakenRefusal extends AppError {
  /** The venue's error text, exactly as it goes over the wire. */
  readonly wireText: string

  constructor(wireText: string) {
    super(wireText, { code: 'VENUE_REJECTED', severity: 'LOW' })
    this.wireText = wireText
  }
}

/** Refuses a request with one of the venue's error texts. @throws {KrakenRefusal} always. */
export function refuse(wireText: string): never {
  throw new KrakenRefusal(wireText)
}

/** Refuses a request because of one argument. @throws {KrakenRefusal} `EGeneral:Invalid arguments:<detail>`. */
export function refuseArgument(detail: string): never {
  throw new KrakenRefusal(`EGeneral:Invalid arguments:${detail}`)
}

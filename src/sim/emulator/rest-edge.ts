import type { ClockPort } from '#ports/clock'
import type { SimResponse } from '#sim/server'
import type { CommonFaults } from './fault-board'
import type { CommonFaultOf } from './fault-rules'

/** What differs from venue to venue at the edge of its REST face. */
export interface EdgeParts {
  readonly clock: ClockPort
  readonly faults: CommonFaults
  /** Makes everything durable and sends the frames that wait. */
  settle(): void
  /** Open private sockets get no events any more. */
  withholdEvents(): void
  tooManyRequests(rule: CommonFaultOf<'tooManyRequests'>): SimResponse
  /** Faults of the venue's own that answer instead of it, before or after the request was executed; null for none. */
  instead(label: string, when: 'before' | 'after'): SimResponse | null
}

const EDGE_TEXTS: Readonly<Record<number, string>> = {
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  520: 'Web server is returning an unknown error',
  522: 'Connection timed out',
  524: 'A timeout occurred',
  525: 'SSL handshake failed',
}

/** Returns the page that a venue's edge answers with instead of the venue. */
export function edgePage(status: number, text = EDGE_TEXTS[status] ?? 'Server Error'): SimResponse {
  const body = `<html><head><title>${status} ${text}</title></head><body><center><h1>${status} ${text}</h1></center></body></html>`
  return { kind: 'answer', status, headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' }, body }
}

/** What lies between a client and a REST face: faults before and after a request, and answers that are durable before they leave. */
export class RestEdge {
  readonly #parts: EdgeParts

  constructor(parts: EdgeParts) {
    this.#parts = parts
  }

  /** Lets one request through, unless a fault keeps it or its answer. `label` names the method that faults are matched by. */
  async pass(label: string, perform: () => SimResponse): Promise<SimResponse> {
    const { faults } = this.#parts
    await this.#delay(label, 'request')
    if (faults.takeCommon('drop', 'rest', label) !== null) return { kind: 'drop' }
    const flooded = faults.takeCommon('tooManyRequests', 'rest', label)
    if (flooded !== null) return this.#parts.tooManyRequests(flooded)
    const early = this.#fault(label, 'before')
    if (early !== null) return early
    const answer = perform()
    const lost = faults.takeCommon('lostReply', 'rest', label)
    if (lost?.withholdEvents === true || faults.takeCommon('withholdEvents', 'rest', label) !== null) this.#parts.withholdEvents()
    this.#parts.settle()
    await this.#delay(label, 'reply')
    if (lost !== null) return { kind: 'drop' }
    return this.#fault(label, 'after') ?? answer
  }

  #fault(label: string, when: 'before' | 'after'): SimResponse | null {
    const edge = this.#parts.faults.takeCommon('serverError', 'rest', label, (rule) => rule.when === when)
    return edge === null ? this.#parts.instead(label, when) : edgePage(edge.status)
  }

  #delay(label: string, stage: 'request' | 'reply'): Promise<void> | null {
    const rule = this.#parts.faults.takeCommon('latency', 'rest', label, (known) => known.stage === stage)
    if (rule === null) return null
    const ms = this.#parts.faults.delayOf(rule)
    return new Promise((resolve) => {
      this.#parts.clock.setTimeout(resolve, ms)
    })
  }
}

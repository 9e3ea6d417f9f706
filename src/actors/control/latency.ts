import type { ClientOrderId } from '#domain/ids'
import type { Company } from '../company/company'

/** How often what was measured is written down, ms. */
const EVERY_MS = 300_000
/** Samples kept of a stage; older ones give way. */
const SAMPLES_MAX = 1_000
/** Orders under way that are timed at once. */
const TIMED_MAX = 10_000

type Stage = 'submit' | 'ack' | 'fill'

/**
 * Measures how long orders take by stage (OBS-02): from their plan to the send, from there to the venue's answer, and to the first fill.
 * Every five minutes in which there was one, the figures go into the journal as `latency.measured`.
 */
export function measureLatency(company: Company): void {
  const { clock, journal } = company.deps
  const samples: Readonly<Record<Stage, number[]>> = { submit: [], ack: [], fill: [] }
  const sentUs = new Map<ClientOrderId, { readonly us: number; isFilled: boolean }>()
  let isNew = false
  const note = (stage: Stage, ms: number): void => {
    const list = samples[stage]
    list.push(ms)
    if (list.length > SAMPLES_MAX) list.shift()
    isNew = true
  }
  company.orders.onChange((record, event, fill) => {
    const { clientOrderId } = record
    if (event.type === 'order.journaled' && !record.isForeign) {
      note('submit', clock.now() - record.createdAtMs)
      if (sentUs.size < TIMED_MAX) sentUs.set(clientOrderId, { us: clock.monotonicUs(), isFilled: false })
    }
    const sent = sentUs.get(clientOrderId)
    if (sent === undefined) return
    if (event.type === 'order.accepted') note('ack', (clock.monotonicUs() - sent.us) / 1_000)
    if (fill !== null && !sent.isFilled) {
      sent.isFilled = true
      note('fill', (clock.monotonicUs() - sent.us) / 1_000)
    }
    if (company.orders.isTerminal(record)) sentUs.delete(clientOrderId)
  })
  const write = (): void => {
    if (!isNew || journal.failure !== null) return
    isNew = false
    const payload = { submit: figuresOf(samples.submit), ack: figuresOf(samples.ack), fill: figuresOf(samples.fill) }
    journal.append({ actor: 'telemetry', kind: 'latency.measured', payload, correlationId: null, causationSeq: null })
  }
  let timer: unknown = null
  const plan = (): void => {
    timer = clock.setTimeout(() => {
      write()
      plan()
    }, EVERY_MS)
  }
  plan()
  void company.done.then(() => clock.clearTimeout(timer))
}

/** Count and percentiles of a stage, ms; null where nothing was measured. */
function figuresOf(samples: readonly number[]) {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number): number | null => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

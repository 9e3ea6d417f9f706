import { isZero } from '#domain/decimal'
import type { InstrumentId } from '#domain/ids'
import type { BotSpec } from '../bots/bot-spec'
import type { PlanResult } from '../desk/desk'
import { isNativeStop } from '../protection/native-stop'
import type { Company } from './company'

/** How often a draining bot looks what is left, ms. */
const POLL_MS = 50
/** First and greatest pause before a position that could not be closed is tried again, ms. */
const RETRY_MS = 100
const RETRY_MAX_MS = 1_000

/** A position that a stop is to close. */
interface Line {
  readonly instrumentId: InstrumentId
  isBusy: boolean
  attempts: number
  notBeforeUs: number
  why: string
  /** Too small for the venue: nothing closes it. */
  isDust: boolean
}

/**
 * Cancels a stopping bot's orders and closes its positions where asked, each tried again until it is closed or the stop's deadline has
 * passed: the bot stops either way, and what is left then is told of. Resolves when nothing of the bot works any more, or at the deadline.
 */
export async function drainBot(company: Company, spec: BotSpec, shouldFlatten: boolean): Promise<void> {
  const { clock, settings } = company.deps
  const deadlineUs = clock.monotonicUs() + settings.stopDeadlineMs * 1_000
  // A stop that protects its position stays where the position does.
  const keepsStops = !shouldFlatten
  company.botDesk.cancelOrders(spec.botId, keepsStops)
  const lines = shouldFlatten ? spec.instruments.map(newLine) : []
  for (;;) {
    const open = lines.filter(({ instrumentId }) => !isZero(company.portfolio.positionOf(spec.botId, instrumentId)))
    const isAtRest = spec.instruments.every((instrumentId) => isQuiet(company, spec, instrumentId, keepsStops))
    if (isAtRest && open.every(({ isDust }) => isDust)) return
    if (company.botDesk.isClosed) return
    const leftMs = (deadlineUs - clock.monotonicUs()) / 1_000
    if (leftMs <= 0) return tell(company, spec, open)
    for (const line of open) if (isQuiet(company, spec, line.instrumentId, keepsStops)) close(company, spec, line)
    await new Promise<void>((resolve) => clock.setTimeout(resolve, Math.min(POLL_MS, Math.ceil(leftMs))))
  }
}

function newLine(instrumentId: InstrumentId): Line {
  return { instrumentId, isBusy: false, attempts: 0, notBeforeUs: 0, why: 'its orders had not ended', isDust: false }
}

function isQuiet({ orders }: Company, { botId }: BotSpec, instrumentId: InstrumentId, keepsStops: boolean): boolean {
  for (const record of orders.liveOf(botId, instrumentId)) if (!keepsStops || !isNativeStop(record)) return false
  return true
}

function close({ botDesk, deps }: Company, spec: BotSpec, line: Line): void {
  if (line.isBusy || line.isDust || deps.clock.monotonicUs() < line.notBeforeUs) return
  line.isBusy = true
  line.attempts++
  void botDesk.flatten(spec, line.instrumentId, `${deps.clock.now()}:${line.attempts}`).then((result) => {
    line.isBusy = false
    line.why = whyOf(result)
    line.isDust = result?.plan.reason === 'dust'
    line.notBeforeUs = deps.clock.monotonicUs() + Math.min(RETRY_MS * 2 ** Math.min(line.attempts - 1, 16), RETRY_MAX_MS) * 1_000
  })
}

function tell({ deps, portfolio }: Company, { botId }: BotSpec, open: readonly Line[]): void {
  const left = open.filter(({ isDust }) => !isDust)
  if (left.length === 0) return
  const texts = left.map(({ instrumentId, why }) => `${portfolio.positionOf(botId, instrumentId)} ${instrumentId} (${why})`)
  deps.alerter.raise({
    severity: 'HIGH',
    code: 'STOP_LEFT',
    text: `bot ${botId} was stopped and was to close its positions; after ${deps.settings.stopDeadlineMs} ms it still holds ${texts.join(', ')}`,
    details: { botId, positions: left.length },
  })
}

/** Why a position is not closed yet, from what became of the last attempt. */
export function whyOf(result: PlanResult | null): string {
  if (result === null) return 'the desk did not take it; trying again'
  const [first] = result.results
  switch (first?.kind) {
    case undefined:
      return `${result.plan.reason}: ${result.plan.text}`
    case 'sent':
      return `order ${first.record.clientOrderId} was sent`
    case 'blocked':
      return `${first.code}: ${first.message}`
    case 'dropped':
      return first.reason
  }
}

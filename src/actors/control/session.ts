import { add, type Decimal, subtract, ZERO } from '#domain/decimal'
import type { BotId } from '#domain/ids'
import { subAccountOf } from '#domain/sub-account'
import type { Company } from '../company/company'
import { positionViews } from './portfolio-view'
import { metricsView } from './scores-view'

/** What one bot did in the session. Money in the account currency. */
export interface BotReport {
  readonly botId: string
  readonly orders: number
  readonly fills: number
  readonly fees: Decimal
  readonly realizedPnl: Decimal
  readonly unrealizedPnl: Decimal
}

/** What a session did, from its start until now. */
export interface SessionReport {
  readonly orders: number
  readonly fills: number
  readonly fees: Decimal
  readonly realizedPnl: Decimal
  readonly unrealizedPnl: Decimal
  /** Realised and unrealised. */
  readonly totalPnl: Decimal
  /** Equity now, less what the session has earned since it began. */
  readonly equityInitial: Decimal
  readonly equity: Decimal
  readonly openPositions: number
  /** Of the books as a whole; null where it has no meaning yet. */
  readonly roi: number | null
  readonly winRate: number | null
  readonly sharpe: number | null
  /** Worst share of the peak that was lost, from 0. */
  readonly drawdownRatioMax: number
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly cash: readonly { readonly asset: string; readonly total: Decimal }[]
  readonly bots: readonly BotReport[]
}

/** Counts orders and fills of this session and reports them with the change of the books since its start. */
export class Session {
  readonly #company: Company
  readonly #startedAtMs: number
  readonly #orders = new Map<string, number>()
  readonly #fills = new Map<string, number>()
  /** What fees and realised profit stood at when the session began: of all (null) and of each bot. */
  readonly #before = new Map<BotId | null, { readonly fees: Decimal; readonly realized: Decimal }>()

  constructor(company: Company, startedAtMs: number) {
    this.#company = company
    this.#startedAtMs = startedAtMs
    for (const botId of [null, ...company.deps.bots.map((spec) => spec.botId)]) {
      const { fees, realized } = company.portfolio.ledger.totals(botId === null ? null : subAccountOf(botId))
      this.#before.set(botId, { fees, realized })
    }
    const count = (counts: Map<string, number>, botId: string) => counts.set(botId, (counts.get(botId) ?? 0) + 1)
    company.orders.onChange((record, event, fill) => {
      if (event.type === 'order.journaled' && !record.isForeign) count(this.#orders, record.proposal.botId)
      if (fill !== null) count(this.#fills, record.proposal.botId)
    })
  }

  report(): SessionReport {
    const { portfolio, bots, deps } = this.#company
    const performance = portfolio.performance(null)
    const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((total, value) => total + value, 0)
    const realizedPnl = subtract(performance.realizedPnl, this.#before.get(null)?.realized ?? ZERO)
    const totalPnl = add(realizedPnl, performance.unrealizedPnl)
    const { roi, winRate, sharpe } = metricsView(this.#company, null, true)
    return {
      orders: sum(this.#orders),
      fills: sum(this.#fills),
      fees: subtract(performance.fees, this.#before.get(null)?.fees ?? ZERO),
      realizedPnl,
      unrealizedPnl: performance.unrealizedPnl,
      totalPnl,
      equityInitial: subtract(performance.equity, totalPnl),
      openPositions: positionViews(this.#company).length,
      roi,
      winRate,
      sharpe,
      equity: performance.equity,
      drawdownRatioMax: portfolio.drawdown?.ratioMax ?? 0,
      startedAtMs: this.#startedAtMs,
      endedAtMs: deps.clock.now(),
      cash: portfolio.ledger.holdingsOf({ accountId: null, subAccount: null }).map(({ asset, quantity }) => ({ asset, total: quantity })),
      bots: [...bots.keys()].map((botId) => {
        const own = portfolio.performance(botId)
        return {
          botId,
          orders: this.#orders.get(botId) ?? 0,
          fills: this.#fills.get(botId) ?? 0,
          fees: subtract(own.fees, this.#before.get(botId)?.fees ?? ZERO),
          realizedPnl: subtract(own.realizedPnl, this.#before.get(botId)?.realized ?? ZERO),
          unrealizedPnl: own.unrealizedPnl,
        }
      }),
    }
  }
}

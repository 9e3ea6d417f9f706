import { decimal } from '#domain/decimal'
import type { BooksPort } from '#ports/books'
import type { Operator } from '#ports/control'
import type { Company } from '../company/company'
import { attributionView, dailyView, feesView, metricsView, subAccountViews, tradesView } from './scores-view'

/** Returns what API and page read and ask of a running company's books. */
export function booksControl(company: Company): BooksPort {
  return {
    metrics: (botId, includeManual) => metricsView(company, botId, includeManual),
    attribution: (query) => attributionView(company, query),
    daily: (botId, limit) => dailyView(company, botId, limit),
    fees: () => feesView(company),
    trades: (query) => tradesView(company, query),
    flows: (limit) => company.portfolio.scores.flows.slice(0, limit),
    subAccounts: () => subAccountViews(company),
    snapshots: (sinceMs, untilMs, limit) => company.recorder.read(sinceMs, untilMs, limit),
    moveCapital: ({ from, to, amount, reason }, operator: Operator) => {
      company.capital.move({ from, to, amount: decimal(amount) })
      company.deps.journal.append({
        actor: 'operator',
        kind: 'capital.moved',
        payload: { from, to, amount, reason, operator: operator.name, address: operator.address },
        correlationId: null,
        causationSeq: null,
      })
    },
  }
}

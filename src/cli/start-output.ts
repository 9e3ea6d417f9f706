import { toFixedScale } from '#domain/decimal'
import { formatDuration } from '#domain/time'
import type { SessionReport } from '#actors/control/session'
import type { JsonObject } from '#domain/json'
import type { Runtime } from '#runtime'

/** What a person, or a program with --json, sees of a run on stdout. */
export interface StartOutput {
  say(text: string): void
  event(type: string, facts: JsonObject): void
  progress(doneMs: number, totalMs: number, speed: number): void
  report(report: SessionReport, extra: { readonly speed: number; readonly realMs: number }): void
}

const BAR_WIDTH = 30

/** Lines for a person; a progress bar where stdout is a terminal. */
export function textOutput(): StartOutput {
  let isBarOpen = false
  const clear = () => {
    if (isBarOpen) process.stdout.write('\r\u001b[K')
    isBarOpen = false
  }
  return {
    say: (text) => {
      clear()
      console.log(text)
    },
    event: () => undefined,
    progress: (doneMs, totalMs, speed) => {
      if (!process.stdout.isTTY) return
      const share = Math.min(1, doneMs / totalMs)
      const filled = Math.round(share * BAR_WIDTH)
      const text = `${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)} ${(share * 100).toFixed(0)} %  ${formatDuration(doneMs)} of ${formatDuration(totalMs)} market time, ×${speed.toFixed(0)}`
      process.stdout.write(`\r\u001b[K${text}`)
      isBarOpen = true
    },
    report: (report, { speed, realMs }) => {
      clear()
      console.log(reportText(report, speed, realMs))
    },
  }
}

/** One JSON object a line; the report is the last. */
export function jsonOutput(): StartOutput {
  const line = (object: JsonObject) => console.log(JSON.stringify(object))
  return {
    say: () => undefined,
    event: (type, facts) => line({ type, ...facts }),
    progress: (doneMs, totalMs, speed) => line({ type: 'progress', doneMs, totalMs, speed: Math.round(speed) }),
    report: (report, { speed, realMs }) =>
      line({ type: 'report', ...reportFacts(report), speed: Number(speed.toFixed(1)), realMs: Math.round(realMs) }),
  }
}

function reportFacts(report: SessionReport): JsonObject {
  return { ...report, cash: report.cash.map((entry) => ({ ...entry })), bots: report.bots.map((bot) => ({ ...bot })) }
}

function reportText(report: SessionReport, speed: number, realMs: number): string {
  const money = (value: SessionReport['fees']) => toFixedScale(value, 2).padStart(12)
  const rows = report.bots.map(
    (bot) =>
      `  ${bot.botId.padEnd(16)}${String(bot.orders).padStart(8)}${String(bot.fills).padStart(8)}${money(bot.fees)}${money(bot.realizedPnl)}${money(bot.unrealizedPnl)}`,
  )
  return [
    '',
    `Session report: ${formatDuration(report.endedAtMs - report.startedAtMs)} of market time in ${formatDuration(Math.max(1, realMs))} (×${speed.toFixed(speed < 10 ? 1 : 0)})`,
    '',
    `  ${'bot'.padEnd(16)}${'orders'.padStart(8)}${'fills'.padStart(8)}${'fees'.padStart(12)}${'realised'.padStart(12)}${'unrealised'.padStart(12)}`,
    ...rows,
    `  ${'all'.padEnd(16)}${String(report.orders).padStart(8)}${String(report.fills).padStart(8)}${money(report.fees)}${money(report.realizedPnl)}${money(report.unrealizedPnl)}`,
    '',
    `  equity ${toFixedScale(report.equityInitial, 2)} USD at first, profit ${toFixedScale(report.totalPnl, 2)} USD, open positions ${report.openPositions}`,
    `  return on capital ${share(report.roi)}, round trips won ${share(report.winRate)}, Sharpe ${report.sharpe === null ? '–' : report.sharpe.toFixed(2)}`,
    `  equity ${toFixedScale(report.equity, 2)} USD, worst drawdown ${(report.drawdownRatioMax * 100).toFixed(2)} %`,
  ].join('\n')
}

function share(value: number | null): string {
  return value === null ? '–' : `${(value * 100).toFixed(2)} %`
}

/** Tells of orders, fills, bots and the company's state as they change. */
export function follow(runtime: Runtime, output: StartOutput, isChatty: boolean): void {
  let fills = 0
  runtime.company.orders.onChange((record, event, fill) => {
    const { proposal } = record
    output.event('order', {
      event: event.type,
      clientOrderId: record.clientOrderId,
      botId: proposal.botId,
      instrumentId: proposal.instrumentId,
      side: proposal.side,
      quantity: proposal.quantity,
    })
    if (fill === null) return
    fills++
    const text = `${proposal.botId}: ${fill.side} ${fill.quantity} ${fill.instrumentId} at ${fill.price}, fee ${fill.feeQuantity} ${fill.feeAsset}`
    if (isChatty || fills === 1) output.say(fills === 1 ? `First fill: ${text}` : `Fill: ${text}`)
  })
}

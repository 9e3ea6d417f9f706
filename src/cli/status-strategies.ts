import { decimal, toFixedScale } from '#domain/decimal'
import type { BotView } from '#ports/control'
import type { UniverseView } from '#ports/universe'
import { left, right, tableLines } from './table'

function money(text: string | null): string {
  return text === null ? '–' : toFixedScale(decimal(text), 2)
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ')
}

/** Returns what the strategies of bots with several did; nothing where each bot has one. */
export function strategyLines(bots: readonly BotView[]): readonly string[] {
  const rows = bots
    .filter(({ strategies }) => strategies.length > 1)
    .flatMap(({ botId, strategies }) =>
      strategies.map(({ strategyId, enabled, proposals, approved, dropped, blocked, realizedPnl }) => [
        botId,
        strategyId,
        enabled ? 'enabled' : 'disabled',
        String(proposals),
        String(approved),
        money(realizedPnl),
        [countsText(dropped), countsText(blocked)].filter((text) => text !== '').join('; '),
      ]),
    )
  if (rows.length === 0) return []
  const columns = [left('bot'), left('strategy'), left('state'), right('proposed'), right('sent'), right('realised'), left('not worked')]
  return ['Strategies', ...tableLines(columns, rows), '']
}

/** Returns the tiers, and the instruments that may not be entered; nothing without tiers. */
export function universeLines({ tiers, instruments, currency }: UniverseView): readonly string[] {
  if (tiers.length === 0) return []
  const columns = [left('tier'), right('admitted'), right('of'), right(`exposure, ${currency}`), right('at most')]
  const rows = tiers.map(({ name, admitted, instruments: all, exposure, exposureMax }) => [
    name,
    String(admitted),
    String(all),
    money(exposure),
    money(exposureMax),
  ])
  const excluded = instruments.filter(({ isAdmitted }) => !isAdmitted)
  return ['Universe', ...tableLines(columns, rows), ...excluded.map(({ exclusionReason, text }) => `  ! ${exclusionReason}: ${text}`), '']
}

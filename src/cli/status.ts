import { toFixedScale } from '#domain/decimal'
import { decimal } from '#domain/decimal'
import { formatDuration } from '#domain/time'
import type { BotView, HealthView, OrderView, PortfolioView, PositionView, RiskView } from '#ports/control'
import type { UniverseView } from '#ports/universe'
import { type Command, JSON_FLAG } from './command'
import { clientOf, notRunning, presenceOf } from './locate'
import { modeText } from './start-shared'
import { strategyLines, universeLines } from './status-strategies'
import { left, right, tableLines } from './table'
import { findDataDir, WORLD_OPTIONS } from './world-options'

interface Status {
  readonly dataDir: string
  readonly url: string
  readonly health: HealthView
  readonly bots: readonly BotView[]
  readonly orders: readonly OrderView[]
  readonly positions: readonly PositionView[]
  readonly portfolio: PortfolioView
  readonly risk: RiskView
  readonly universe: UniverseView
}

/** `troupe status`: how the running company is. */
export const statusCommand: Command = {
  name: 'status',
  summary: 'tell how the running company is; exit 1 when it is unhealthy or does not run',
  usage: '',
  options: [...WORLD_OPTIONS, JSON_FLAG],
  run: async (args) => {
    const dataDir = findDataDir(args)
    const presence = presenceOf(dataDir)
    if (presence.kind !== 'running' || presence.api === null) throw notRunning(dataDir, presence)
    const client = clientOf(presence.api)
    const health = await client.health()
    const [bots, orders, positions, portfolio, risk, universe] = await Promise.all([
      client.bots(),
      client.orders('open'),
      client.positions(),
      client.portfolio(),
      client.risk(),
      client.universe(),
    ])
    const status: Status = { dataDir, url: client.url, health, bots, orders, positions, portfolio, risk, universe }
    console.log(args.flag('json') ? JSON.stringify(jsonOf(status)) : statusText(status))
    return health.status === 'UNHEALTHY' ? 1 : 0
  },
}

function jsonOf({ risk, ...rest }: Status): object {
  return { ...rest, killSwitch: risk.killSwitch, breakers: risk.breakers.filter((breaker) => breaker.state !== 'ARMED') }
}

function money(text: string | null): string {
  return text === null ? '–' : toFixedScale(decimal(text), 2)
}

function statusText({ dataDir, url, health, bots, orders, positions, portfolio, risk, universe }: Status): string {
  const { killSwitch } = risk
  const kill = killSwitch.isActive ? `ACTIVE (${killSwitch.source}): ${killSwitch.reason}` : 'off'
  return [
    modeLine(health.mode),
    `Troupe ${health.version} (${health.mode}): ${health.status}, ${health.state}; up ${formatDuration(Math.max(1, health.uptimeMs))} of market time`,
    ...health.problems.map((problem) => `  ! ${problem}`),
    '',
    `  data directory  ${dataDir}`,
    `  dashboard       ${url}`,
    `  streams         ${health.sockets.up} of ${health.sockets.total} up`,
    `  kill switch     ${kill}`,
    `  equity          ${money(portfolio.equity)} ${portfolio.valuationAsset}, of it cash ${money(portfolio.cash)}; drawdown ${(portfolio.drawdownRatio * 100).toFixed(2)} %`,
    `  profit          realised ${money(portfolio.realizedPnl)}, unrealised ${money(portfolio.unrealizedPnl)}, fees ${money(portfolio.fees)}`,
    ...(risk.mode === 'reducing' ? ['  mode            reducing: only orders that lower exposure pass'] : []),
    '',
    ...breakerLines(risk.breakers, health.nowMs),
    'Bots',
    ...botLines(bots),
    '',
    ...strategyLines(bots),
    ...universeLines(universe),
    `Open orders (${orders.length})`,
    ...orderLines(orders),
    '',
    `Positions (${positions.length})`,
    ...positionLines(positions),
  ].join('\n')
}

/** Colours of the modes on a terminal: the word says it too. */
const COLOURS: Readonly<Record<string, number>> = { sandbox: 36, dry_run: 34, paper: 33, live: 31 }

function modeLine(mode: string): string {
  const known = (['sandbox', 'dry_run', 'paper', 'live'] as const).find((one) => one === mode)
  const text = known === undefined ? mode : modeText(known)
  return process.stdout.isTTY ? `\u001b[1;${COLOURS[mode] ?? 0}m${text}\u001b[0m` : text
}

/** Breakers that hold; nothing when none does. */
function breakerLines(breakers: RiskView['breakers'], nowMs: number): readonly string[] {
  const holding = breakers.filter((breaker) => breaker.state !== 'ARMED')
  if (holding.length === 0) return []
  const columns = [left('breaker'), left('state'), left('does'), right('at'), right('of'), left('since'), left('ends'), left('reason')]
  const rows = holding.map((breaker) => [
    breaker.breakerId,
    breaker.state,
    breaker.response,
    breaker.value,
    breaker.threshold,
    breaker.trippedAtMs === null ? '–' : formatDuration(Math.max(1, nowMs - breaker.trippedAtMs)),
    endOf(breaker, nowMs),
    breaker.reason ?? '',
  ])
  return ['Breakers that hold', ...tableLines(columns, rows), '']
}

function endOf({ rearm, rearmsAtMs }: RiskView['breakers'][number], nowMs: number): string {
  if (rearmsAtMs !== null) return `in ${formatDuration(Math.max(1, rearmsAtMs - nowMs))}`
  return rearm === 'operator' ? 'by an operator' : 'with its cause'
}

function botLines(bots: readonly BotView[]): readonly string[] {
  const columns = [left('bot'), left('state'), right('orders'), right('fills'), right('equity'), right('realised'), left('note')]
  const rows = bots.map((bot) => {
    const why = [bot.note, ...bot.reasons.map((reason) => reason.text)].filter((text) => text !== '').join('; ')
    return [bot.botId, bot.state, String(bot.orders), String(bot.fills), money(bot.equity), money(bot.realizedPnl), why]
  })
  return tableLines(columns, rows)
}

function orderLines(orders: readonly OrderView[]): readonly string[] {
  const columns = [
    left('order'),
    left('bot'),
    left('instrument'),
    left('side'),
    right('quantity'),
    right('filled'),
    right('limit'),
    left('status'),
  ]
  const rows = orders.map((order) => {
    const { clientOrderId, botId, instrumentId, side, quantity, filledQuantity, limitPrice, status } = order
    return [clientOrderId, botId, instrumentId, side, quantity, filledQuantity, limitPrice ?? 'market', status]
  })
  return tableLines(columns, rows)
}

function positionLines(positions: readonly PositionView[]): readonly string[] {
  const columns = [
    left('instrument'),
    left('bot'),
    right('quantity'),
    right('entry'),
    right('mark'),
    right('notional'),
    right('unrealised'),
  ]
  const rows = positions.map((position) => [
    position.instrumentId,
    position.botId,
    position.netQuantity,
    shortPrice(position.entryPrice),
    position.markPrice ?? '–',
    money(position.notional),
    money(position.unrealizedPnl),
  ])
  return tableLines(columns, rows)
}

/** An average has as many digits as its division: 8 places tell a person enough. */
function shortPrice(text: string): string {
  return toFixedScale(decimal(text), 8).replace(/\.?0+$/, '')
}

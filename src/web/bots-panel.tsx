import { useQuery } from '@tanstack/react-query'
import { BotActions } from './bot-actions'
import { CompanyActions } from './company-actions'
import { type Column, DataTable } from './data-table'
import { money, shortInstrument, signedMoney, signOf, span, utcClock } from './format'
import { useMarketNow } from './hooks'
import { Panel } from './panel'
import { type Bot, queries } from './queries'
import { StateBadge } from './state-badge'

/** One of several strategies: what became of its wishes, and what it earned. */
function StrategyLine({ strategy }: { readonly strategy: Bot['strategies'][number] }) {
  const { strategyId, enabled, proposals, approved, dropped, blocked, realizedPnl } = strategy
  const reasons = [...Object.entries(dropped), ...Object.entries(blocked)].map(([reason, count]) => `${reason} ${count}`).join(', ')
  return (
    <span className="cell-note" title={reasons}>
      {strategyId}: {enabled ? `${proposals} proposed, ${approved} sent, ${signedMoney(realizedPnl)}` : 'disabled'}
    </span>
  )
}

function BotName({ bot }: { readonly bot: Bot }) {
  return (
    <>
      <span className="cell-title">{bot.botId}</span>
      <span className="cell-note">
        {bot.strategies.length > 1 ? 'several strategies' : bot.strategyId} · {bot.instruments.map(shortInstrument).join(', ')}
      </span>
      {bot.strategies.length > 1 ? bot.strategies.map((strategy) => <StrategyLine key={strategy.strategyId} strategy={strategy} />) : null}
    </>
  )
}

function BotState({ bot, nowMs }: { readonly bot: Bot; readonly nowMs: number }) {
  const restarts = bot.restarts === 0 ? '' : ` · ${bot.restarts} ${bot.restarts === 1 ? 'restart' : 'restarts'}`
  return (
    <>
      <span className="cell-title">
        <StateBadge state={bot.state} />
        <span className="quiet">
          {span(nowMs - bot.sinceMs)}
          {restarts}
        </span>
      </span>
      {bot.note === '' ? null : <span className="cell-note">{bot.note}</span>}
      {bot.reasons.map((reason) => (
        <span key={reason.source} className="cell-note">
          {reason.source}
          {reason.text === '' ? '' : `: ${reason.text}`}
        </span>
      ))}
      {bot.state === 'ACTIVE' && bot.lastDecision !== null ? (
        <span className="cell-note" title={utcClock(bot.lastDecision.atMs)}>
          {bot.lastDecision.text}
        </span>
      ) : null}
    </>
  )
}

function columns(nowMs: number): readonly Column<Bot>[] {
  return [
    { header: 'Bot', isWide: true, render: (bot) => <BotName bot={bot} /> },
    { header: 'State', isWide: true, render: (bot) => <BotState bot={bot} nowMs={nowMs} /> },
    {
      header: 'PnL',
      isFigure: true,
      render: (bot) => (
        <>
          <span className="cell-figure" data-sign={signOf(bot.realizedPnl)}>
            {signedMoney(bot.realizedPnl)}
          </span>
          <span className="cell-note">open {signedMoney(bot.unrealizedPnl)}</span>
        </>
      ),
    },
    {
      header: 'Equity',
      isFigure: true,
      render: (bot) => (
        <>
          <span className="cell-figure">{money(bot.equity)}</span>
          <span className="cell-note">fees {money(bot.fees)}</span>
        </>
      ),
    },
    {
      header: 'Orders',
      isFigure: true,
      render: (bot) => (
        <>
          <span className="cell-figure">
            {bot.fills} / {bot.orders} filled
          </span>
          <span className="cell-note">
            {bot.blocked} of {bot.intents} intents blocked
          </span>
        </>
      ),
    },
    { header: 'Commands', isWide: true, render: (bot) => <BotActions bot={bot} /> },
  ]
}

/** All bots with their states, figures and commands. */
export function BotsPanel() {
  const { data, isPending } = useQuery(queries.bots)
  const nowMs = useMarketNow()
  return (
    <Panel title="Bots" area="bots" note={data === undefined ? '' : String(data.length)} actions={<CompanyActions />}>
      <DataTable
        caption="Bots, their states, figures and commands"
        columns={columns(nowMs)}
        rows={data ?? []}
        rowKey={(bot) => bot.botId}
        empty={isPending ? 'Loading…' : 'No bots are configured.'}
      />
    </Panel>
  )
}

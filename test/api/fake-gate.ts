import { scopeText } from '#domain/emergency-scope'
import { CommandRefusedError, NotFoundError } from '#domain/errors'
import type { Operator } from '#ports/control'
import type { GateControlPort, LimitView, ReducingView, ThrottleView } from '#ports/gate-control'
import { fakeBots } from './fake-company'

const BASE = { requirements: ['RSK-02'], bots: ['trend-btc', 'grid-eth'], source: 'config', unit: 'USD', basis: '', holds: null }
const OFF = { configured: null, limit: null, filled: null, working: null, used: null, headroom: null, usedRatio: null }

/** A full cap, one that is used in part, one of a policy, a rule that holds, and one that is off. */
export function fakeLimits(): readonly LimitView[] {
  return [
    {
      ...BASE,
      check: 'spread_max',
      scope: 'instrument:ETH-USD@kraken',
      what: 'The spread',
      ...{ configured: '100', basis: 'bps of the mid', bound: 'most', limit: '34.5', filled: null, working: null, used: '1.2' },
      ...{ headroom: '33.3', usedRatio: 1.2 / 34.5 },
    },
    {
      ...BASE,
      check: 'cooldown',
      scope: 'instrument:BTC-USD@kraken',
      what: 'The cool-down yet to go after a fill',
      ...{ configured: '60000', basis: 'ms', bound: null, limit: '60000', filled: null, working: null, used: '12000', headroom: null },
      ...{ usedRatio: null, unit: 'ms', holds: 'BTC-USD@kraken cools down after a fill for another 12000 ms' },
    },
    {
      ...BASE,
      check: 'total_at_risk',
      scope: 'company',
      what: 'The total at risk',
      ...{ configured: '0.15', basis: 'of equity', bound: 'most', limit: '9048.02', filled: '4000', working: '524.01', used: '4524.01' },
      ...{ headroom: '4524.01', usedRatio: 0.5 },
    },
    {
      ...BASE,
      check: 'asset_max',
      scope: 'asset:BTC',
      what: 'The exposure to BTC',
      ...{
        configured: '0.05',
        basis: 'of equity',
        bound: 'most',
        limit: '3016',
        filled: '3000',
        working: '16',
        used: '3016',
        headroom: '0',
      },
      ...{ usedRatio: 1, source: 'policy careful (bot trend-btc)', bots: ['trend-btc'] },
      holds: 'The exposure to BTC is 3016, and the limit is 3016',
    },
    { ...BASE, ...OFF, check: 'venue_max', scope: 'venue:kraken', what: 'The exposure at kraken', basis: 'of equity', bound: 'most' },
    {
      ...BASE,
      ...OFF,
      check: 'company_state',
      scope: 'company',
      unit: '',
      what: 'The company',
      bound: null,
      limit: 'trading',
      used: 'trading',
    },
  ]
}

/** A gate that keeps throttles and reducing scopes, and refuses what the real one refuses. */
export function fakeGate(accepted: (command: string, operator: Operator, reason: string) => void): GateControlPort {
  let throttles: readonly ThrottleView[] = [
    { botId: 'grid-eth', kind: 'executions', reason: 'grid-eth has placed 600 buy orders', sinceMs: 1_760_000_000_000 },
  ]
  let reducing: readonly ReducingView[] = []
  const requireBot = (botId: string | null): void => {
    if (botId !== null && !fakeBots().some((bot) => bot.botId === botId)) throw new NotFoundError(`there is no bot "${botId}"`)
  }
  return {
    limits: (botId) => {
      requireBot(botId)
      const limits = fakeLimits().filter(({ bots }) => botId === null || bots.includes(botId))
      const scale = { capScale: '1', capScaleSource: 'config' }
      return { atMs: 1_760_000_000_000, currency: 'USD', equity: '60320.18', ...scale, limits, unknown: [] }
    },
    throttles: () => throttles,
    reducing: () => reducing,
    rearmThrottle: (botId, operator, reason) => {
      requireBot(botId)
      if (!throttles.some((one) => one.botId === botId)) throw new CommandRefusedError(`the throttle of ${botId} has not tripped`)
      throttles = throttles.filter((one) => one.botId !== botId)
      accepted(`throttle.rearm ${botId}`, operator, reason)
    },
    beginReducing: (scope, operator, reason) => {
      if (scope.kind === 'bot') requireBot(scope.botId)
      reducing = [...reducing, { scope: scopeText(scope), source: 'operator', text: reason, sinceMs: 1_760_000_000_000 }]
      accepted(`reducing.begin ${scopeText(scope)}`, operator, reason)
    },
    endReducing: (scope, operator, reason) => {
      const name = scopeText(scope)
      if (!reducing.some((hold) => hold.scope === name)) throw new CommandRefusedError(`${name} is not reducing by operator`)
      reducing = reducing.filter((hold) => hold.scope !== name)
      accepted(`reducing.end ${name}`, operator, reason)
    },
  }
}

import type { api } from './client'
import type { Bot } from './queries'

/** What a command can reach, as the API takes it. */
export type Scope = Parameters<typeof api.risk.reducing.$post>[0]['json']['scope']

export interface NamedScope {
  readonly value: string
  readonly label: string
  readonly scope: Scope
}

/** What can be halted or made to reduce, the whole company first: its venues, markets, strategies and bots, each once. */
export function scopesOf(bots: readonly Bot[], ofAll: string): readonly NamedScope[] {
  const markets = [...new Set(bots.flatMap(({ instruments }) => instruments))].sort()
  const venues = [...new Set(markets.map((id) => id.slice(id.indexOf('@') + 1)))].sort()
  const strategies = [...new Set(bots.flatMap(({ strategies: own }) => own.map(({ strategyId }) => strategyId)))].sort()
  return [
    { value: 'all', label: ofAll, scope: { kind: 'all' } },
    ...venues.map((venueId) => ({ value: `venue:${venueId}`, label: `Venue ${venueId}`, scope: { kind: 'venue', venueId } as const })),
    ...markets.map((instrumentId) => ({
      value: `market:${instrumentId}`,
      label: `Market ${instrumentId}`,
      scope: { kind: 'market', instrumentId } as const,
    })),
    ...strategies.map((strategyId) => ({
      value: `strategy:${strategyId}`,
      label: `Strategy ${strategyId}`,
      scope: { kind: 'strategy', strategyId } as const,
    })),
    ...bots.map(({ botId }) => ({ value: `bot:${botId}`, label: `Bot ${botId}`, scope: { kind: 'bot', botId } as const })),
  ]
}

/** What an emergency halt reaches. Ids are as an operator gave them; the company says which it does not know. */
export type EmergencyScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'venue'; readonly venueId: string }
  | { readonly kind: 'market'; readonly instrumentId: string }
  | { readonly kind: 'strategy'; readonly strategyId: string }
  | { readonly kind: 'bot'; readonly botId: string }
  | { readonly kind: 'order'; readonly clientOrderId: string }

/** Returns a scope as it is written on the command line and shown: `all`, `bot:trend-btc`, `market:BTC-USD@kraken`. */
export function scopeText(scope: EmergencyScope): string {
  switch (scope.kind) {
    case 'all':
      return 'all'
    case 'venue':
      return `venue:${scope.venueId}`
    case 'market':
      return `market:${scope.instrumentId}`
    case 'strategy':
      return `strategy:${scope.strategyId}`
    case 'bot':
      return `bot:${scope.botId}`
    case 'order':
      return `order:${scope.clientOrderId}`
  }
}

/** Reads a scope as `scopeText` writes it; null for anything else. */
export function readScope(text: string): EmergencyScope | null {
  if (text === 'all') return { kind: 'all' }
  const [, kind, id] = /^([a-z]+):(\S{1,128})$/.exec(text) ?? []
  if (id === undefined) return null
  switch (kind) {
    case 'venue':
      return { kind, venueId: id }
    case 'market':
      return { kind, instrumentId: id }
    case 'strategy':
      return { kind, strategyId: id }
    case 'bot':
      return { kind, botId: id }
    case 'order':
      return { kind, clientOrderId: id }
    default:
      return null
  }
}

/** What an order or a position is known by when it is asked whether a scope reaches it. */
export interface Reachable {
  /** Null for what belongs to no bot of ours, as is the strategy. */
  readonly botId: string | null
  readonly strategyId: string | null
  readonly instrumentId: string
}

/** True when a scope reaches an order or a position; an order's own scope reaches neither by what it is of. */
export function reaches(scope: EmergencyScope, { botId, strategyId, instrumentId }: Reachable): boolean {
  switch (scope.kind) {
    case 'all':
      return true
    case 'venue':
      return instrumentId.endsWith(`@${scope.venueId}`)
    case 'market':
      return instrumentId === scope.instrumentId
    case 'strategy':
      return strategyId === scope.strategyId
    case 'bot':
      return botId === scope.botId
    case 'order':
      return false
  }
}

import type { ActorView, BotView, BreakerView, EquityPoint, OrderView, PositionView } from '#ports/control'

/** The start of the fake company's day: 12:00 UTC. */
export const NOON = Date.UTC(2026, 2, 4, 12, 0, 0)

function fakeStrategy(strategyId: string): BotView['strategies'][number] {
  return {
    strategyId,
    enabled: true,
    proposals: 34,
    approved: 18,
    dropped: {},
    blocked: { theme_cap: 2 },
    realizedPnl: '0',
    fees: '0',
    trades: 16,
  }
}

function bot(botId: string, fields: Partial<BotView>): BotView {
  return {
    botId,
    strategyId: 'ema-cross',
    strategies: [fakeStrategy('ema-cross')],
    state: 'ACTIVE',
    sinceMs: NOON - 5_400_000,
    note: '',
    reasons: [],
    instruments: ['BTC-USD@kraken'],
    enabled: true,
    restarts: 0,
    intents: 34,
    orders: 18,
    fills: 16,
    blocked: 2,
    realizedPnl: '0',
    unrealizedPnl: '0',
    fees: '0',
    equity: '10000',
    lastDecision: null,
    ...fields,
  }
}

/** Bots in five states, so that every badge and every refusal can be seen. */
export function fakeBots(): BotView[] {
  return [
    bot('trend-btc', {
      realizedPnl: '412.3705',
      unrealizedPnl: '86.12',
      fees: '31.9021',
      equity: '25498.4905',
      lastDecision: { atMs: NOON - 60_000, text: 'enter long 0.05 BTC: fast EMA 63 120 above slow 62 804' },
    }),
    bot('grid-eth', {
      strategyId: 'grid',
      instruments: ['ETH-USD@kraken'],
      realizedPnl: '128.4412',
      unrealizedPnl: '-42.75',
      fees: '58.10',
      equity: '15085.6912',
      intents: 212,
      orders: 190,
      fills: 171,
      blocked: 6,
      lastDecision: { atMs: NOON - 20_000, text: 'hold: price inside the grid' },
    }),
    bot('revert-sol', {
      strategyId: 'rsi-reversion',
      state: 'PAUSED',
      sinceMs: NOON - 1_260_000,
      instruments: ['SOL-USD@kraken'],
      reasons: [{ source: 'breaker:dailyLoss', text: 'Daily loss 5.2 % of 5 %', sinceMs: NOON - 1_260_000 }],
      realizedPnl: '-264.0088',
      equity: '4735.9912',
      fees: '12.2',
    }),
    bot('copy-kuru', {
      strategyId: 'momentum',
      state: 'STARTING',
      sinceMs: NOON - 45_000,
      note: '120 of 200 bars',
      instruments: ['LINK-USD@kraken', 'ADA-USD@kraken'],
      intents: 0,
      orders: 0,
      fills: 0,
      blocked: 0,
      equity: '5000',
    }),
    bot('basis-test', {
      strategyId: 'breakout',
      state: 'ERROR',
      sinceMs: NOON - 7_300_000,
      note: 'UNKNOWN_INSTRUMENT: DOGE-EUR@kraken is not listed',
      instruments: ['DOGE-EUR@kraken'],
      restarts: 3,
      intents: 0,
      orders: 0,
      fills: 0,
      blocked: 0,
      equity: '0',
    }),
  ]
}

function order(index: number, fields: Partial<OrderView>): OrderView {
  return {
    clientOrderId: `a1b2c3${String(index).padStart(26, '0')}`,
    venueOrderId: `OABC${index}-DEFGH-IJKLMN`,
    venueId: 'kraken',
    instrumentId: 'BTC-USD@kraken',
    botId: 'trend-btc',
    strategyId: 'ema-cross',
    intentId: `bar:${NOON - index * 60_000}`,
    side: 'buy',
    type: 'limit',
    quantity: '0.05',
    filledQuantity: '0',
    limitPrice: '63104.9',
    averageFillPrice: null,
    timeInForce: 'gtc',
    postOnly: true,
    status: 'OPEN',
    isTerminal: false,
    reason: null,
    createdAtMs: NOON - index * 60_000,
    updatedAtMs: NOON - index * 60_000 + 800,
    fees: [],
    retries: 0,
    ...fields,
  }
}

/** Working and finished orders, newest first. */
export function fakeOrders(): OrderView[] {
  const eth = { instrumentId: 'ETH-USD@kraken', botId: 'grid-eth', strategyId: 'grid' } as const
  const filled = { status: 'FILLED', isTerminal: true } as const
  return [
    order(1, {}),
    order(2, {
      ...eth,
      quantity: '0.75',
      limitPrice: '3480.12',
      filledQuantity: '0.3',
      averageFillPrice: '3480.12',
      status: 'PARTIALLY_FILLED',
    }),
    order(3, { ...eth, side: 'sell', quantity: '0.75', limitPrice: '3522.40' }),
    order(4, { status: 'UNKNOWN', venueOrderId: null, reason: 'Answer lost; asking the venue', quantity: '0.012' }),
    order(5, {
      ...filled,
      ...eth,
      quantity: '0.75',
      filledQuantity: '0.75',
      averageFillPrice: '3491.18',
      fees: [{ asset: 'USD', quantity: '6.5459' }],
    }),
    order(6, {
      ...filled,
      side: 'sell',
      quantity: '0.04',
      filledQuantity: '0.04',
      averageFillPrice: '63341.2',
      limitPrice: null,
      type: 'market',
    }),
    order(7, { status: 'REJECTED', isTerminal: true, reason: 'EOrder:Post only order' }),
    order(8, { ...eth, status: 'CANCELED', isTerminal: true, side: 'sell', quantity: '0.75', limitPrice: '3540' }),
    order(9, { ...filled, quantity: '0.05', filledQuantity: '0.05', averageFillPrice: '62950.1' }),
  ]
}

export function fakePositions(): PositionView[] {
  return [
    {
      instrumentId: 'BTC-USD@kraken',
      botId: 'trend-btc',
      netQuantity: '0.21',
      entryPrice: '62714.8',
      markPrice: '63124.9',
      notional: '13256.229',
      realizedPnl: '412.3705',
      unrealizedPnl: '86.121',
      isStale: false,
      protection: null,
    },
    {
      instrumentId: 'ETH-USD@kraken',
      botId: 'grid-eth',
      netQuantity: '2.25',
      entryPrice: '3510.2',
      markPrice: '3491.2',
      notional: '7855.2',
      realizedPnl: '128.4412',
      unrealizedPnl: '-42.75',
      isStale: true,
      protection: null,
    },
  ]
}

/** A day of equity, one point each five minutes: a deterministic wave with a dip. */
export function fakeEquity(): EquityPoint[] {
  return Array.from({ length: 288 }, (_, index) => {
    const drift = index * 1.1 + Math.sin(index / 9) * 60 + Math.sin(index / 31) * 120 - (index > 180 && index < 215 ? 140 : 0)
    return { atMs: NOON - (288 - index) * 300_000, equity: (60_000 + drift).toFixed(2) }
  })
}

export function fakeBreakers(): BreakerView[] {
  const armed = { state: 'ARMED', response: 'halt', rearm: 'operator', trippedAtMs: null, rearmsAtMs: null, reason: null } as const
  return [
    { breakerId: 'daily-loss', kind: 'dailyLoss', scope: 'portfolio', threshold: '5 %', value: '0.8 %', ...armed },
    { breakerId: 'drawdown', kind: 'drawdown', scope: 'portfolio', threshold: '15 %', value: '2.1 %', ...armed },
    {
      breakerId: 'daily-loss-sol',
      kind: 'dailyLoss',
      scope: 'bot:revert-sol',
      state: 'TRIPPED',
      response: 'pause',
      rearm: 'auto',
      threshold: '5 %',
      value: '5.2 %',
      trippedAtMs: NOON - 1_260_000,
      rearmsAtMs: NOON + 2_340_000,
      reason: 'Daily loss 5.2 % of 5 %',
    },
    { breakerId: 'venue-kraken', kind: 'errorRate', scope: 'venue:kraken', threshold: '5 / min', value: '0 / min', ...armed },
  ]
}

function actor(id: string, machine: string, state: string, children: readonly ActorView[] = [], detail = ''): ActorView {
  return { id, machine, state, sinceMs: NOON - 5_400_000, restarts: 0, detail, children }
}

/** The tree, built from the present bots and working orders. */
export function fakeActors(state: string, bots: readonly BotView[], orders: readonly OrderView[]): ActorView {
  return actor('orchestrator', 'orchestrator', state, [
    actor('journal', 'service', 'RUNNING', [], 'sequence 4 210'),
    actor(
      'venue:kraken',
      'venue',
      'ONLINE',
      [actor('feed:public', 'service', 'UP'), actor('feed:private', 'service', 'UP')],
      '2 of 2 streams',
    ),
    actor(
      'desk',
      'service',
      'RUNNING',
      orders
        .filter((one) => !one.isTerminal)
        .map((one) => actor(`order:${one.clientOrderId}`, 'order', one.status, [], `${one.side} ${one.quantity} ${one.instrumentId}`)),
    ),
    actor(
      'breakers',
      'service',
      'RUNNING',
      fakeBreakers().map((one) => actor(`breaker:${one.breakerId}`, 'breaker', one.state, [], `${one.value} of ${one.threshold}`)),
    ),
    actor(
      'bots',
      'supervisor',
      'RUNNING',
      bots.map((one) => ({ ...actor(`bot:${one.botId}`, 'bot', one.state, [], one.note), sinceMs: one.sinceMs, restarts: one.restarts })),
    ),
  ])
}

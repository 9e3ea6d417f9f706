import type { Mistake } from './types'

/** Mistakes in how the venue is spoken to and understood. */
export const ADAPTER_BUGS: readonly Mistake[] = [
  {
    name: 'adapter-partial-fill-is-cumulative',
    what: 'The quantity of a fill is read from the sum of the fills so far.',
    breaks: ['I5'],
    file: 'src/venues/kraken/executions.ts',
    find: 'const quantity = positiveOrNull(item.last_qty)',
    replace: 'const quantity = positiveOrNull(item.cum_qty ?? item.last_qty)',
  },
  {
    name: 'adapter-stream-and-history-name-fills-differently',
    what: 'A fill has one id on the stream and another in the history: after a reconnect it is booked twice.',
    breaks: ['I5'],
    file: 'src/venues/kraken/executions.ts',
    find: 'tradeId: tradeId(item.exec_id),',
    replace: "tradeId: tradeId(item.order_id + ':' + item.exec_id),",
  },
  {
    name: 'adapter-lost-stream-means-not-sent',
    what: 'Commands that were unanswered when the stream went down count as never sent.',
    breaks: ['I3', 'I6', 'I7'],
    file: 'src/venues/kraken/trading.ts',
    find: 'onDown(reason: string): void {\n',
    replace:
      "onDown(_: string): void {\n    for (const id of [...this.#pending.keys()]) this.#settle(id, { kind: 'notSent' })\n    const reason = ''\n",
  },
  {
    name: 'adapter-nonce-is-the-time',
    what: 'The nonce is the time alone: two calls within a millisecond, or after a step of the clock, use one twice.',
    breaks: ['I3', 'CRASHED'],
    file: 'src/venues/kraken/nonce.ts',
    find: 'let next = now > this.#last ? now : this.#last + 1n',
    replace: 'let next = now',
  },
  {
    name: 'adapter-books-are-not-resubscribed',
    what: 'After a reconnect the books are not subscribed again.',
    breaks: ['I4'],
    file: 'src/venues/shared/subscriptions.ts',
    find: '  onConnected(): void {\n    this.#isConnected = true\n    for (const entry of this.#entries.values())',
    replace:
      "  #connections = 0\n  onConnected(): void {\n    this.#isConnected = true\n    if (++this.#connections > 1) for (const [key, entry] of this.#entries) if (entry.topic.channel === 'book') this.#entries.delete(key)\n    for (const entry of this.#entries.values())",
  },
  {
    name: 'adapter-every-order-buys',
    what: 'Sells leave as buys.',
    breaks: ['I1', 'I5'],
    file: 'src/venues/kraken/commands.ts',
    find: ".value('side', order.side)",
    replace: ".value('side', 'buy')",
  },
  {
    name: 'adapter-price-is-not-the-approved-one',
    what: 'A limit order leaves at twice its limit.',
    breaks: ['I1', 'I5'],
    file: 'src/venues/kraken/commands.ts',
    find: "if (order.limitPrice !== null) parameters.number('limit_price', order.limitPrice)\n    parameters.value('time_in_force'",
    replace:
      "if (order.limitPrice !== null) parameters.number('limit_price', multiply(order.limitPrice, '2' as Decimal))\n    parameters.value('time_in_force'",
  },
  {
    name: 'adapter-post-only-is-dropped',
    what: 'Orders that must rest leave as orders that may take.',
    breaks: ['I1'],
    file: 'src/venues/kraken/commands.ts',
    find: "    if (order.postOnly) parameters.value('post_only', true)\n  }\n",
    replace: '  }\n',
  },
  {
    name: 'adapter-every-order-rests',
    what: 'Orders that must fill at once or die leave as orders that rest.',
    breaks: ['I1'],
    file: 'src/venues/kraken/commands.ts',
    find: ".value('time_in_force', order.timeInForce)",
    replace: ".value('time_in_force', 'gtc')",
  },
  {
    name: 'adapter-amend-keeps-the-old-size',
    what: 'An amend leaves with the new price and without the new size.',
    breaks: ['I1'],
    file: 'src/venues/kraken/commands.ts',
    find: "  parameters.number('order_qty', order.quantity)\n  if (order.limitPrice !== null) parameters.number('limit_price', order.limitPrice)\n  if (order.postOnly)",
    replace: "  if (order.limitPrice !== null) parameters.number('limit_price', order.limitPrice)\n  if (order.postOnly)",
  },
  {
    name: 'adapter-trigger-is-not-the-approved-one',
    what: 'A stop leaves with a trigger a tenth below its own.',
    breaks: ['I1'],
    file: 'src/venues/kraken/commands.ts',
    find: 'parameters.trigger(order.limitPrice)',
    replace: "parameters.trigger(multiply(order.limitPrice, '0.9' as Decimal))",
  },
]

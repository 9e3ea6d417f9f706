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
    name: 'adapter-amended-quantity-is-what-is-left',
    what: 'The total of an amended order is read as what is left of it.',
    breaks: ['I7'],
    file: 'src/venues/kraken/executions.ts',
    find: 'quantity: isAmend ? (item.order_qty ?? null) : null,',
    replace:
      'quantity: isAmend && item.order_qty ? (String(+(Number(item.order_qty) - Number(item.cum_qty ?? 0)).toFixed(8)) as Decimal) : null,',
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
    name: 'adapter-sequence-gap-is-skipped',
    what: 'A hole in the numbers of the private stream goes unnoticed.',
    breaks: ['I5', 'I7'],
    file: 'src/venues/kraken/sequence.ts',
    find: "return sequence > last ? 'gap' : 'repeat'",
    replace: "return 'inTurn'",
  },
  {
    name: 'adapter-lost-stream-means-not-sent',
    what: 'Commands that were unanswered when the stream went down count as never sent.',
    breaks: ['I3', 'I7'],
    file: 'src/venues/kraken/trading.ts',
    find: 'onDown(reason: string): void {\n',
    replace:
      "onDown(_: string): void {\n    for (const id of [...this.#pending.keys()]) this.#settle(id, { kind: 'notSent' })\n    const reason = ''\n",
  },
  {
    name: 'adapter-deadline-far-too-late',
    what: 'Orders carry the latest deadline that the venue takes instead of the one that was asked for.',
    breaks: ['I7'],
    file: 'src/venues/kraken/commands.ts',
    find: 'Math.min(leftMs, DEADLINE_MS_MAX)',
    replace: 'Math.max(leftMs, DEADLINE_MS_MAX)',
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
    name: 'adapter-bad-checksum-is-accepted',
    what: 'A book is taken for sound whatever its checksum says.',
    breaks: ['I4'],
    file: 'src/venues/kraken/book.ts',
    find: 'if (checksumOf(this.#asks, this.#bids) !== frame.checksum)',
    replace: 'if (checksumOf(this.#asks, this.#bids) === -1)',
  },
  {
    name: 'adapter-books-are-not-resubscribed',
    what: 'After a reconnect the books are not subscribed again.',
    breaks: ['I4'],
    file: 'src/venues/kraken/subscriptions.ts',
    find: '  onConnected(): void {\n    this.#isConnected = true\n    for (const entry of this.#entries.values())',
    replace:
      "  #connections = 0\n  onConnected(): void {\n    this.#isConnected = true\n    if (++this.#connections > 1) for (const [key, entry] of this.#entries) if (entry.topic.channel === 'book') this.#entries.delete(key)\n    for (const entry of this.#entries.values())",
  },
  {
    name: 'adapter-history-stops-at-the-first-page',
    what: 'Questions about the past read the newest page only.',
    breaks: ['I5'],
    file: 'src/venues/kraken/history.ts',
    find: 'if (entries.length === 0 || (count !== null && offset >= count)) return rows',
    replace: 'if (entries.length >= 0) return rows',
  },
  {
    name: 'adapter-history-loses-client-ids',
    what: 'Fills of the history do not carry the client ids of their orders: what was missed is booked to nobody.',
    breaks: ['I5'],
    file: 'src/venues/kraken/history.ts',
    find: 'fills.push(fillOf(id, row, pair, venueId, known.ownIdOf(row.ordertxid)))',
    replace: 'fills.push(fillOf(id, row, pair, venueId, null))',
  },
]

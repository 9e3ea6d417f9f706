import type { Passage } from '#sim/wire'

/** An order's terms as the bytes say them, numbers in their own digits; null for what is not said. */
export interface SentTerms {
  readonly side: string | null
  readonly type: string | null
  /** Base and quote without anything between, `BTCUSD`. */
  readonly symbol: string | null
  readonly quantity: string | null
  readonly limitPrice: string | null
  readonly triggerPrice: string | null
  readonly postOnly: boolean
  readonly timeInForce: string | null
  readonly [name: string]: string | boolean | null
}

interface Named {
  readonly clientOrderId: string | null
  readonly venueOrderId: string | null
}

/** A command about an order, as it is on the wire. */
export type Command =
  | { readonly kind: 'add'; readonly clientOrderId: string; readonly terms: SentTerms }
  | (Named & { readonly kind: 'amend'; readonly terms: SentTerms })
  | (Named & { readonly kind: 'cancel' })
  /** Cancels of several orders, each by one of its ids. */
  | { readonly kind: 'cancels'; readonly orders: readonly Named[] }
  /** One that changes orders and has no place here. */
  | { readonly kind: 'other'; readonly method: string }

/** The methods of Kraken that concern single orders, by their names on the stream and over REST. */
const METHODS: Readonly<Record<string, Command['kind']>> = {
  add_order: 'add',
  AddOrder: 'add',
  amend_order: 'amend',
  AmendOrder: 'amend',
  cancel_order: 'cancel',
  CancelOrder: 'cancel',
  edit_order: 'other',
  EditOrder: 'other',
  batch_add: 'other',
  AddOrderBatch: 'other',
  batch_cancel: 'cancels',
  CancelOrderBatch: 'cancels',
}

/** Returns the command about an order that a message to the venue holds; null for every other message, dry runs too. */
export function commandIn({ carrier, path, text }: Passage): Command | null {
  if (carrier === 'http') {
    const method = path.startsWith('/0/private/') ? path.slice('/0/private/'.length) : ''
    const kind = METHODS[method]
    if (kind === 'cancels') return { kind, orders: namedIn(text) }
    return kind === undefined ? null : commandOf(kind, method, formReader(new URLSearchParams(text)))
  }
  const method = /^\{"method":"([a-z_]+)"/.exec(text)?.[1] ?? ''
  const kind = METHODS[method]
  if (kind === 'cancels') return { kind, orders: namedIn(text) }
  return kind === undefined ? null : commandOf(kind, method, frameReader(text))
}

/** The orders that a batch names: by the venue's ids, and by our own (the name of that list differs between stream and REST). */
function namedIn(text: string): readonly Named[] {
  const idsOf = (name: string) =>
    [...(new RegExp(`"${name}":\\[([^\\]]*)\\]`).exec(text)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, id = '']) => id)
  const own = [...idsOf('cl_ord_id'), ...idsOf('cl_ord_ids')]
  return [
    ...idsOf('orders').map((venueOrderId) => ({ clientOrderId: null, venueOrderId })),
    ...own.map((clientOrderId) => ({ clientOrderId, venueOrderId: null })),
  ]
}

/** Reads a field by its name on the stream. */
type Reader = (name: string) => string | null

function commandOf(kind: Exclude<Command['kind'], 'cancels'>, method: string, read: Reader): Command | null {
  const named = { clientOrderId: read('cl_ord_id'), venueOrderId: read('order_id') }
  switch (kind) {
    case 'add':
      return read('validate') === 'true'
        ? null
        : { kind, clientOrderId: named.clientOrderId ?? 'an order without an id', terms: termsOf(read) }
    case 'amend':
      return { kind, ...named, terms: termsOf(read) }
    case 'cancel':
      return { kind, ...named }
    case 'other':
      return { kind, method }
  }
}

function termsOf(read: Reader): SentTerms {
  return {
    side: read('side'),
    type: read('order_type'),
    symbol: read('symbol')?.replace('/', '').replace('XBT', 'BTC') ?? null,
    quantity: read('order_qty'),
    limitPrice: read('order_type') === 'stop-loss' ? null : read('limit_price'),
    triggerPrice: read('order_type') === 'stop-loss' ? read('price') : read('trigger_price'),
    postOnly: read('post_only') === 'true',
    timeInForce: read('time_in_force')?.toLowerCase() ?? null,
  }
}

/** The text itself is searched: a parser would make doubles of its numbers. The first of a list is taken: more are never sent. */
function frameReader(text: string): Reader {
  return (name) => {
    const found = new RegExp(`"${name}":\\[?(?:"([^"]*)"|([^",}\\]]+))`).exec(text)
    return found?.[1] ?? found?.[2] ?? null
  }
}

const FORM_NAMES: Readonly<Record<string, string>> = {
  side: 'type',
  order_type: 'ordertype',
  symbol: 'pair',
  limit_price: 'price',
  time_in_force: 'timeinforce',
}

function formReader(form: URLSearchParams): Reader {
  return (name) => {
    switch (name) {
      case 'order_qty':
        return form.get('order_qty') ?? form.get('volume')
      case 'order_id':
        return form.get('txid')
      case 'limit_price':
        return form.get('limit_price') ?? form.get('price')
      case 'post_only':
        return form.get('post_only') ?? String(form.get('oflags')?.split(',').includes('post') === true)
      default:
        return form.get(FORM_NAMES[name] ?? name)
    }
  }
}

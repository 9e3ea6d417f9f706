import { sandboxCredentials } from '#sim/kraken/credentials'
import { apiSign } from '#sim/kraken/signature'
import type { SimRequest } from '#sim/server'

/** Far above the nonces of clocks, so that the owner's hand never collides with the company's key. */
const NONCES_FROM = 2_000_000_000_000_000_000n

/** A limit order that somebody places on our account by hand. */
export interface StrangersOrder {
  /** Pair as REST names it, such as `XBTUSD`. */
  readonly pair: string
  readonly side: 'buy' | 'sell'
  readonly quantity: string
  readonly price: string
  readonly postOnly: boolean
  /** A number that another program gives its orders. */
  readonly userref?: number
  /** Has the fee taken in base instead of quote. */
  readonly feeInBase?: boolean
}

/** The account's owner, who trades by hand beside the company: with a key of his own and without order ids of ours. */
export class Stranger {
  readonly key: ReturnType<typeof sandboxCredentials>
  #asked = 0

  constructor(seed: string) {
    this.key = sandboxCredentials(`${seed}/by hand`)
  }

  /** Returns the request that places an order, as the venue receives it. */
  order({ pair, side, quantity, price, postOnly, userref, feeInBase }: StrangersOrder): SimRequest {
    const flags = [...(postOnly ? ['post'] : []), ...(feeInBase === true ? ['fcib'] : [])]
    return this.#signed('AddOrder', {
      pair,
      type: side,
      ordertype: 'limit',
      volume: quantity,
      price,
      ...(flags.length === 0 ? {} : { oflags: flags.join(',') }),
      ...(userref === undefined ? {} : { userref: String(userref) }),
    })
  }

  /** Returns the request that cancels an order by the venue's id. */
  cancel(venueOrderId: string): SimRequest {
    return this.#signed('CancelOrder', { txid: venueOrderId })
  }

  #signed(method: string, fields: Readonly<Record<string, string>>): SimRequest {
    const path = `/0/private/${method}`
    const nonce = String(NONCES_FROM + BigInt(++this.#asked))
    const body = new URLSearchParams({ nonce, ...fields }).toString()
    const headers = {
      'api-key': this.key.apiKey,
      'api-sign': apiSign(this.key.apiSecret, path, nonce, body),
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    }
    return { method: 'POST', path, query: '', headers, body }
  }
}

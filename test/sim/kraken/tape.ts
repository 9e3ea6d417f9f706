import { decimal } from '#domain/decimal'
import { krakenUniverse } from '#sim/market/universe'
import { type Answer, Bench } from './harness'

const KEYS = ['main', 'giver', 'taker'].map((accountId) => ({ apiKey: `key-${accountId}`, apiSecret: 'c2VjcmV0', accountId }))

/**
 * An emulator in virtual time whose last price of BTC/USD the test sets: the agents bid 44,000 and ask 55,000, and orders of two
 * other accounts trade in between. All three have coins and money. Time must stand still: the agents trade every 15 s.
 */
export class Tape extends Bench {
  constructor(settings: ConstructorParameters<typeof Bench>[0] = {}, parts: ConstructorParameters<typeof Bench>[1] = {}) {
    const universe = krakenUniverse()
    const [first] = universe.instruments
    if (first === undefined) throw new Error('the universe is empty')
    const deposits = [...universe.deposits, { asset: 'BTC', amount: decimal('10') }]
    const instruments = [{ ...first, startPrice: decimal('55000'), spreadBps: 2_000 }]
    super({ universe: { ...universe, deposits, instruments }, credentials: KEYS, stepMs: 15_000, tradeEveryMs: 15_000, ...settings }, parts)
  }

  /** Lets two other accounts trade a little at exactly this price, above 44,000 and below 55,000. */
  async tradeAt(price: string): Promise<void> {
    const [, giver, taker] = KEYS
    const order = { pair: 'XBTUSD', ordertype: 'limit', price, volume: '0.001' }
    await this.send('AddOrder', { ...order, type: 'sell' }, giver)
    await this.send('AddOrder', { ...order, type: 'buy' }, taker)
  }

  async orderOf(id: string): Promise<Answer> {
    return (await this.result('QueryOrders', { txid: id, trades: 'true' }))[id]
  }
}

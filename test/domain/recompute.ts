import type { EngineFill } from '#sim/engine/types'

/*
 * The books once more, for the tests of the ledger: worked out from a venue's fills by code of its own. Whole counts of 10^−40 in bigint, no
 * decimal of the product and none of its arithmetic; the rules are those that the ledger documents (a released cost is rounded half away from
 * zero at the 24th digit, what goes beyond zero opens at the fill's price, a fee in base is realised at the fill's price).
 */

const SCALE = 40
const ONE = 10n ** 40n

/** Reads plain digits. */
export function parse(text: string): bigint {
  const sign = text.startsWith('-') ? -1n : 1n
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  if (fraction.length > SCALE) throw new Error(`${text} has more than ${SCALE} digits`)
  return sign * BigInt(whole + fraction.padEnd(SCALE, '0'))
}

/** Writes plain digits without trailing zeros. */
export function format(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction === '' ? '' : `.${fraction}`}`
}

function times(a: bigint, b: bigint): bigint {
  const product = a * b
  if (product % ONE !== 0n) throw new Error('a product has more digits than are kept')
  return product / ONE
}

/** Divides and rounds half away from zero at a number of digits. */
function over(a: bigint, b: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(SCALE - digits)
  const isMinus = a < 0n !== b < 0n
  const [up, down] = [(a < 0n ? -a : a) * ONE, (b < 0n ? -b : b) * unit]
  const rounded = ((up * 2n + down) / (down * 2n)) * unit
  return isMinus ? -rounded : rounded
}

const size = (value: bigint) => (value < 0n ? -value : value)

export type Method = 'weightedAverage' | 'fifo'

interface Lot {
  quantity: bigint
  cost: bigint
}

/** What one change of a position did. */
interface Change {
  readonly closed: bigint
  readonly released: bigint
  readonly gross: bigint
}

/** Open lots of one thing, in one money. */
class Lots {
  readonly #method: Method
  #lots: Lot[] = []

  constructor(method: Method) {
    this.#method = method
  }

  get quantity(): bigint {
    return this.#lots.reduce((sum, lot) => sum + lot.quantity, 0n)
  }

  get cost(): bigint {
    return this.#lots.reduce((sum, lot) => sum + lot.cost, 0n)
  }

  change(quantity: bigint, cost: bigint, price: bigint): Change {
    const held = this.quantity
    if (quantity === 0n) return { closed: 0n, released: 0n, gross: -cost }
    if (held === 0n || held > 0n === quantity > 0n) {
      this.#open(quantity, cost)
      return { closed: 0n, released: 0n, gross: 0n }
    }
    const left = held + quantity
    if (left !== 0n && left > 0n !== held > 0n) {
      const released = this.cost
      const opened = times(left, price)
      this.#lots = [{ quantity: left, cost: opened }]
      return { closed: size(held), released, gross: -(cost - opened) - released }
    }
    const released = this.#close(size(quantity))
    return { closed: size(quantity), released, gross: -cost - released }
  }

  #open(quantity: bigint, cost: bigint): void {
    this.#lots.push({ quantity, cost })
    if (this.#method === 'weightedAverage') this.#lots = [{ quantity: this.quantity, cost: this.cost }]
  }

  #close(quantity: bigint): bigint {
    let wanted = quantity
    let released = 0n
    while (wanted > 0n) {
      const lot = this.#lots[0]
      if (lot === undefined) throw new Error('more was closed than is open')
      const whole = size(lot.quantity)
      if (wanted >= whole) {
        released += lot.cost
        wanted -= whole
        this.#lots.shift()
        continue
      }
      const part = over(times(lot.cost, wanted), whole, 24)
      released += part
      lot.cost -= part
      lot.quantity -= lot.quantity > 0n ? wanted : -wanted
      wanted = 0n
    }
    return released
  }
}

/** Valuation asset per unit; null where nobody knew. `USD` is what everything is counted in. */
export type Rates = Readonly<Record<string, string | null>>

interface PositionBooks {
  readonly inQuote: Lots
  readonly inValue: Lots
  realized: bigint
  realizedValue: bigint
  feeValue: bigint
}

/** What one fill realised. */
export interface Realized {
  readonly closedQuantity: string
  readonly entryPrice: string | null
  readonly grossPnl: string
  readonly feeQuote: string
  readonly realizedPnl: string
  readonly realizedValue: string
  readonly feeValue: string
}

/** The books of one account, sub-account by sub-account. */
export class Recomputed {
  readonly #method: Method
  readonly #positions = new Map<string, PositionBooks>()
  readonly #holdings = new Map<string, Lots>()
  readonly #held = new Map<string, bigint>()
  readonly #fees = new Map<string, { quantity: bigint; value: bigint }>()
  readonly #totals = new Map<string, { flows: bigint; realized: bigint; holdingRealized: bigint; fees: bigint }>()

  constructor(method: Method) {
    this.#method = method
  }

  deposit(sub: string, asset: string, amount: string, rates: Rates): void {
    const [units, rate] = [parse(amount), rateOf(asset, rates) ?? 0n]
    this.#add(sub, asset, units)
    this.#moveHolding(sub, asset, units, rate)
    this.#totalsOf(sub).flows += times(units, rate)
  }

  trade(fill: EngineFill, sub: string, rates: Rates): Realized {
    const [base = '', quote = ''] = fill.symbol.split('/')
    const [quantity, price, cost, fee] = [parse(fill.quantity), parse(fill.price), parse(fill.cost), parse(fill.fee)]
    const sign = fill.side === 'buy' ? 1n : -1n
    const quoteRate = rateOf(quote, rates) ?? 0n
    const feeRate = fill.feeAsset === base ? times(price, quoteRate) : (rateOf(fill.feeAsset, rates) ?? 0n)
    const feeValue = times(fee, feeRate)
    this.#add(sub, base, sign * quantity)
    this.#add(sub, quote, -sign * cost)
    this.#add(sub, fill.feeAsset, -fee)
    this.#moveHolding(sub, quote, -sign * cost, quoteRate)
    if (fill.feeAsset !== base) this.#moveHolding(sub, fill.feeAsset, -fee, feeRate)

    const baseFee = fill.feeAsset === base ? fee : 0n
    const moved = sign * quantity - baseFee
    const spent = sign * cost - times(baseFee, price)
    const position = this.#positionOf(sub, fill.symbol)
    const change = position.inQuote.change(moved, spent, price)
    const valued = position.inValue.change(moved, times(spent, quoteRate), times(price, quoteRate))
    const feeQuote =
      fill.feeAsset === quote ? fee : fill.feeAsset === base ? times(fee, price) : quoteRate === 0n ? 0n : over(feeValue, quoteRate, 18)
    const [realized, realizedValue] = [change.gross - feeQuote, valued.gross - feeValue]
    position.realized += realized
    position.realizedValue += realizedValue
    position.feeValue += feeValue
    const totals = this.#totalsOf(sub)
    totals.realized += realizedValue
    totals.fees += feeValue
    if (fee !== 0n) {
      const key = `${sub}|${fill.symbol}|${fill.feeAsset}`
      const known = this.#fees.get(key) ?? { quantity: 0n, value: 0n }
      this.#fees.set(key, { quantity: known.quantity + fee, value: known.value + feeValue })
    }
    return {
      closedQuantity: format(change.closed),
      entryPrice: change.closed === 0n ? null : format(over(size(change.released), change.closed, 18)),
      grossPnl: format(change.gross),
      feeQuote: format(feeQuote),
      realizedPnl: format(realized),
      realizedValue: format(realizedValue),
      feeValue: format(feeValue),
    }
  }

  /** Everything as text, sorted. */
  image() {
    const sorted = <T>(rows: Iterable<readonly [string, T]>) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
    return {
      positions: sorted(this.#positions).map(([key, { inQuote, inValue, realized, realizedValue, feeValue }]) => [
        key,
        ...[inQuote.quantity, inQuote.cost, inValue.cost, realized, realizedValue, feeValue].map(format),
      ]),
      held: sorted(this.#held).flatMap(([key, amount]) => (amount === 0n ? [] : [[key, format(amount)]])),
      holdings: sorted(this.#holdings).flatMap(([key, lots]) =>
        lots.quantity === 0n && lots.cost === 0n ? [] : [[key, format(lots.quantity), format(lots.cost)]],
      ),
      fees: sorted(this.#fees).map(([key, { quantity, value }]) => [key, format(quantity), format(value)]),
      totals: sorted(this.#totals).map(([key, { flows, realized, holdingRealized, fees }]) => [
        key,
        ...[flows, realized, holdingRealized, fees].map(format),
      ]),
    }
  }

  /** What everything held is worth. */
  equity(rates: Rates): string {
    let sum = 0n
    for (const [key, amount] of this.#held) sum += times(amount, rateOf(key.split('|')[1] ?? '', rates) ?? 0n)
    return format(sum)
  }

  #positionOf(sub: string, symbol: string): PositionBooks {
    const key = `${sub}|${symbol}`
    const known = this.#positions.get(key)
    if (known !== undefined) return known
    const made = { inQuote: new Lots(this.#method), inValue: new Lots(this.#method), realized: 0n, realizedValue: 0n, feeValue: 0n }
    this.#positions.set(key, made)
    return made
  }

  #totalsOf(sub: string) {
    const known = this.#totals.get(sub) ?? { flows: 0n, realized: 0n, holdingRealized: 0n, fees: 0n }
    this.#totals.set(sub, known)
    return known
  }

  #add(sub: string, asset: string, amount: bigint): void {
    const key = `${sub}|${asset}`
    this.#held.set(key, (this.#held.get(key) ?? 0n) + amount)
  }

  /** What is held outside positions and is not the valuation asset has a cost of its own. */
  #moveHolding(sub: string, asset: string, amount: bigint, rate: bigint): void {
    if (asset === 'USD' || amount === 0n) return
    const key = `${sub}|${asset}`
    const lots = this.#holdings.get(key) ?? new Lots(this.#method)
    this.#holdings.set(key, lots)
    this.#totalsOf(sub).holdingRealized += lots.change(amount, times(amount, rate), rate).gross
  }
}

function rateOf(asset: string, rates: Rates): bigint | null {
  if (asset === 'USD') return ONE
  const rate = rates[asset]
  return rate === null || rate === undefined ? null : parse(rate)
}

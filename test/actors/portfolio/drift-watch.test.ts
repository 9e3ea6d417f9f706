import { describe, expect, test } from 'bun:test'
import { DriftWatch } from '#actors/portfolio/drift-watch'
import { decimal, ZERO } from '#domain/decimal'
import { assetCode, venueId } from '#domain/ids'

const KRAKEN = venueId('kraken')
const BTC = assetCode('BTC')
const USD = assetCode('USD')
const NOTHING: ReadonlySet<typeof BTC> = new Set()

function line(asset: typeof BTC, ledger: string, venue: string, value: string) {
  return { asset, ledger: decimal(ledger), venue: decimal(venue), value: decimal(value) }
}

/** A watch with a settle time of 10 s and a tolerance of 1, read at whole seconds. */
function watch() {
  const made = new DriftWatch({ settleMs: 10_000, tolerance: decimal(1) })
  const read = (atSec: number, lines: readonly ReturnType<typeof line>[], inFlight = NOTHING) => {
    const wantsSecond = made.read(KRAKEN, { lines, inFlight, atUs: atSec * 1_000_000 })
    return [made.lines.map(({ asset }) => asset as string), wantsSecond] as const
  }
  return { made, read }
}

const OFF = line(USD, '100', '50', '50')

describe('what is believed of differences', () => {
  test('PFL-08 two readings that agree, at least the settle time apart', () => {
    const { read } = watch()
    expect(read(0, [OFF])).toEqual([[], true])
    expect(read(9, [OFF])).toEqual([[], true])
    expect(read(10, [OFF])).toEqual([['USD'], false])
    expect(read(40, [])).toEqual([[], false])
    expect(read(50, [OFF])).toEqual([[], true])
  })

  test('PFL-08 readings agree within the tolerance at the later price, whatever the price did meanwhile', () => {
    const { read } = watch()
    read(0, [line(BTC, '1', '0.5', '30000')])
    expect(read(10, [line(BTC, '1.00001', '0.5', '31000.62')])).toEqual([['BTC'], false]) // 0.00001 BTC is worth 0.62
    const other = watch()
    other.read(0, [line(BTC, '1', '0.5', '30000')])
    expect(other.read(10, [line(BTC, '1.0001', '0.5', '30006')])).toEqual([[], true]) // and 0.0001 BTC 6
  })

  test('PFL-08 a difference that changes at each reading is believed in the end: it does not settle', () => {
    const { read } = watch()
    const seen = [-10, 20, -30, 40].map(
      (delta, index) => read(index * 30, [line(USD, '100', String(100 + delta), String(Math.abs(delta)))])[0],
    )
    expect(seen).toEqual([[], [], [], ['USD']])
  })

  test('PFL-08 what has something in flight is neither suspected nor cleared', () => {
    const { read } = watch()
    const flying = new Set([USD])
    read(0, [OFF])
    expect(read(5, [], flying)).toEqual([[], true])
    expect(read(10, [OFF])).toEqual([['USD'], false])
    expect(read(20, [], flying)).toEqual([['USD'], false])
    expect(read(30, [])).toEqual([[], false])
  })

  test('PFL-08 assets are believed one by one, and a change of figures is shown', () => {
    const { made, read } = watch()
    read(0, [OFF])
    expect(read(10, [OFF, line(BTC, '0', '1', '60000')])).toEqual([['USD'], true])
    expect(read(20, [line(USD, '100', '40', '60'), line(BTC, '0', '1', '60000')])).toEqual([['USD', 'BTC'], false])
    expect(made.linesOf(KRAKEN)[0]).toEqual(line(USD, '100', '40', '60'))
    expect([made.isDrifting(KRAKEN), made.isDrifting(venueId('other')), made.isDrifting(null)]).toEqual([true, false, true])
  })

  test('PFL-08 an asset without a price must differ by the very same amount', () => {
    const { read } = watch()
    const air = (venue: string) => ({ asset: assetCode('AIR'), ledger: ZERO, venue: decimal(venue), value: ZERO })
    read(0, [air('5')])
    expect(read(10, [air('6')])[0]).toEqual([])
    expect(read(20, [air('6')])[0]).toEqual(['AIR'])
  })

  test('I10 what is believed survives JSON and stands until a reading', () => {
    const { made, read } = watch()
    read(0, [OFF])
    read(10, [OFF])
    const again = watch()
    again.made.restore(JSON.parse(JSON.stringify(made.snapshot())))
    expect(again.made.lines).toEqual([OFF])
    expect(again.read(0, [OFF])).toEqual([['USD'], false])
    expect(again.read(1, [])).toEqual([[], false])
  })
})

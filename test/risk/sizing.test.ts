import { expect, test } from 'bun:test'
import { sizeRisk } from '#risk/sizing'
import type { SizingConfig } from '#risk/types'
import { BTC, d } from './fixtures'

const METHODS: readonly [SizingConfig, string][] = [
  [{ method: 'fixed', orderNotional: d('100'), orderNotionalMin: d('20') }, '0.002'],
  [{ method: 'quantity', quantity: d('0.01'), orderNotionalMin: d('20') }, '0.01'],
  [{ method: 'quantity', quantity: d('0.0100000019'), orderNotionalMin: d('20') }, '0.01'],
]

test.each(METHODS)('EXE-05 sizes a target of unstated magnitude down to the lot: %j', (sizing, expected) => {
  expect(sizeRisk(sizing, () => d('50000'), BTC)).toBe(d(expected))
})

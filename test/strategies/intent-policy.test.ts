import { expect, test } from 'bun:test'
import { decimal } from '#domain/decimal'
import { botId, instrumentId, intentId, strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { checkIntent, type IntentPolicy } from '#strategies/intent-policy'

const PRICE = decimal(100)
const POLICY: IntentPolicy = {
  convictionMin: 0.5,
  notionalMax: decimal(1000),
  stopRatio: { min: 0.01, max: 0.2 },
  takeProfitRatio: { min: 0.02, max: 0.5 },
}

function intent(over: Partial<Intent> = {}): Intent {
  return {
    intentId: intentId('i'),
    botId: botId('alpha'),
    strategyId: strategyId('busy'),
    instrumentId: instrumentId('BTC-USD@kraken'),
    kind: 'enter',
    target: { kind: 'risk', direction: 'long' },
    stopPrice: decimal(95),
    takeProfitPrice: decimal(110),
    conviction: 0.8,
    timeframe: '1m',
    decidedOnMs: 60_000,
    routing: null,
    metadata: {},
    ...over,
  }
}

const check = (over: Partial<Intent>, policy = POLICY) => checkIntent(intent(over), PRICE, policy)

test('STR-02 passes what is sound', () => {
  const short = { kind: 'risk', direction: 'short' } as const
  const sound: readonly Partial<Intent>[] = [
    {},
    { stopPrice: null, takeProfitPrice: null },
    { target: short, stopPrice: decimal(105), takeProfitPrice: decimal(90) },
    { target: { kind: 'quantity', quantity: decimal('-10') }, stopPrice: decimal(105), takeProfitPrice: null },
    { target: { kind: 'notional', notional: decimal(1000) }, kind: 'increase' },
    { target: { kind: 'notional', notional: decimal(-500) }, kind: 'reduce', stopPrice: null, takeProfitPrice: null },
    { target: { kind: 'flat' }, kind: 'exit', conviction: 0 },
    { target: { kind: 'flat' }, kind: 'reduce', conviction: 0, stopPrice: null },
    { target: { kind: 'unchanged' }, kind: 'hold', conviction: 0, stopPrice: null, takeProfitPrice: null },
    { routing: { kind: 'limit', limitPrice: decimal(99), postOnly: true } },
    { conviction: 0.5 },
    { conviction: 1 },
  ]
  for (const over of sound) expect(check(over)).toEqual({ kind: 'valid' })
  expect(check({ target: { kind: 'notional', notional: decimal(5000) } }, { ...POLICY, notionalMax: null })).toEqual({ kind: 'valid' })
})

test('STR-02 rejects what is missing or out of bounds, naming field, value and rule', () => {
  const refused: readonly [Partial<Intent>, string, string, string][] = [
    [{ conviction: 1.01 }, 'conviction', '1.01', 'between 0 and 1'],
    [{ conviction: -0.1 }, 'conviction', '-0.1', 'between 0 and 1'],
    [{ conviction: Number.NaN }, 'conviction', 'NaN', 'between 0 and 1'],
    [{ decidedOnMs: 0 }, 'decidedOnMs', '0', 'integer ms'],
    [{ decidedOnMs: 1.5 }, 'decidedOnMs', '1.5', 'integer ms'],
    [{ kind: 'exit' }, 'target', 'risk', 'must be flat for exit'],
    [{ kind: 'hold' }, 'target', 'risk', 'must be unchanged for hold'],
    [{ target: { kind: 'flat' } }, 'target', 'flat', 'must be quantity or notional or risk for enter'],
    [{ routing: { kind: 'limit', limitPrice: decimal(0), postOnly: false } }, 'routing.limitPrice', '0', 'positive'],
    [{ target: { kind: 'quantity', quantity: decimal(0) } }, 'target.quantity', '0', 'must not be zero'],
    [{ target: { kind: 'quantity', quantity: decimal('10.01') } }, 'target.quantity', '10.01', 'at most 1000, is worth 1001'],
    [{ target: { kind: 'notional', notional: decimal('-1000.01') } }, 'target.notional', '-1000.01', 'at most 1000'],
    [{ stopPrice: decimal(-1) }, 'stopPrice', '-1', 'positive'],
    [{ stopPrice: decimal(100) }, 'stopPrice', '100', 'must lie below the price of 100'],
    [{ stopPrice: decimal(101) }, 'stopPrice', '101', 'must lie below the price of 100'],
    [{ stopPrice: decimal('99.5') }, 'stopPrice', '99.5', 'must be 0.01 to 0.2 of the price away, is 0.005'],
    [{ stopPrice: decimal(79) }, 'stopPrice', '79', 'is 0.21'],
    [{ takeProfitPrice: decimal(99) }, 'takeProfitPrice', '99', 'must lie above the price of 100'],
    [{ takeProfitPrice: decimal(101) }, 'takeProfitPrice', '101', 'must be 0.02 to 0.5'],
    [{ takeProfitPrice: decimal(151) }, 'takeProfitPrice', '151', 'must be 0.02 to 0.5'],
    [{ target: { kind: 'notional', notional: decimal(-10) } }, 'stopPrice', '95', 'must lie above the price of 100'],
    [
      { target: { kind: 'risk', direction: 'short' }, stopPrice: decimal(105) },
      'takeProfitPrice',
      '110',
      'must lie below the price of 100',
    ],
  ]
  for (const [over, field, value, rule] of refused) {
    const answer = check(over)
    expect(answer).toMatchObject({ kind: 'invalid', field, value })
    expect(answer.kind === 'invalid' ? answer.rule : '').toContain(rule)
  }
})

test('STR-02 does not propose an entry below the least conviction', () => {
  expect(check({ conviction: 0.49 })).toEqual({ kind: 'belowConviction', conviction: 0.49, convictionMin: 0.5 })
  expect(check({ conviction: 0.49, kind: 'increase' }).kind).toBe('belowConviction')
  expect(check({ conviction: 0, kind: 'reduce', target: { kind: 'quantity', quantity: decimal(1) } }).kind).toBe('valid')
})

import { expect, setDefaultTimeout, test } from 'bun:test'
import { DRILLS } from '#sim/drills/list'
import { cli } from './cli'

// Each command is a process of its own: a busy machine may take long to start one. The drills run in virtual time.
setDefaultTimeout(60_000)

test('RSK-08 RSK-10 without a name it lists every drill', async () => {
  const { code, out, err } = await cli(['drill'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const { name, summary } of DRILLS) expect(out).toMatch(new RegExp(`^  ${name} +${summary.replaceAll(/[()]/g, '\\$&')}$`, 'm'))
})

test('RSK-08 RSK-09 shows trip, scope, effect, what went on trading, and the end, line by line; exit 0 when all held', async () => {
  const { code, out, err } = await cli(['drill', 'bot-drawdown', 'kill-switch'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const text of [
    'breaker botDrawdown:loser: ARMED → TRIPPED at 0.27',
    'bot loser: ACTIVE → HALTED',
    'ok    company TRADING, loser HALTED, other ACTIVE; held by botDrawdown:loser',
    'ok    loser wants 0.005 of BTC-USD@kraken: silent',
    'ok    other wants 0.1 of ETH-USD@kraken: sent',
    'breaker botDrawdown:loser: TRIPPED → ARMED',
    'drill bot-drawdown: held',
    'kill switch tripped (api): drill',
    'kill switch cleared by drill',
    '2 of 2 drills held',
  ])
    expect(out).toContain(text)
  expect(out).not.toContain('FAIL')
})

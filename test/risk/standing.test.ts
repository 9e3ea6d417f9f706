import { describe, expect, test } from 'bun:test'
import { instrumentId } from '#domain/ids'
import { CHECK_NAMES } from '#risk/check-names'
import { RiskGate } from '#risk/gate'
import { NO_GUARD_FACTS } from '#risk/guard-facts'
import type { LimitStanding } from '#risk/standing-row'
import { DEFAULT_RISK_LIMITS, type GateView, type RiskLimits } from '#risk/types'
import { BTC, d, ETH, NOW_MS, proposalOf, SCOPE, viewOf } from './fixtures'

function rowsOf(limits: Partial<RiskLimits> = {}, view: Partial<GateView> = {}, gate?: RiskGate): readonly LimitStanding[] {
  return (gate ?? new RiskGate({ ...DEFAULT_RISK_LIMITS, ...limits })).standing(proposalOf(), viewOf(view))
}

const rowOf = (rows: readonly LimitStanding[], check: string, what = ''): LimitStanding => {
  const found = rows.find((row) => row.check === check && row.what.includes(what))
  if (found === undefined) throw new Error(`no row of ${check} ${what}`)
  return found
}

describe('what limits stand at', () => {
  test('RSK-01 every check of the gate has a row, in the order in which they run within their kind', () => {
    expect(new Set(rowsOf().map(({ check }) => check))).toEqual(new Set(CHECK_NAMES))
  })

  test('RSK-02 a share of equity is shown as set, and as the amount that holds now, scaled', () => {
    const row = rowOf(rowsOf({ capScale: d('0.5') }), 'position_max')
    expect(row).toMatchObject({ configured: '0.05', basis: 'of equity', limit: '250', used: '0', headroom: '250', key: 'positionRatioMax' })
    expect(row.scope).toBe(`instrument:${BTC.instrumentId}`)
  })

  test('RSK-02 what is off is there, and says so', () => {
    const rows = rowsOf({ dailyNotionalMax: null, riskPerTradeRatioMax: null, spreadBpsMax: null, themes: {}, executionsMax: null })
    for (const check of ['daily_notional_max', 'risk_per_trade', 'spread_max', 'theme_cap', 'execution_throttle', 'cooldown', 'venue_max'])
      expect(rowOf(rows, check)).toMatchObject({ configured: null, limit: null, headroom: null, holds: null })
  })

  test('RSK-02 every theme has a row, also those that the instrument is not of', () => {
    const scopes = rowsOf({ themes: { meme: ['DOGE'], coins: ['BTC'] } }).filter(({ check }) => check === 'theme_cap')
    expect(scopes.map(({ scope }) => scope)).toEqual(['theme:meme', 'theme:coins'])
  })

  test('RSK-02 RSK-03 a working order counts at its worst, and a full cap says why nothing more passes', () => {
    const gate = new RiskGate({ ...DEFAULT_RISK_LIMITS, instrumentNotionalMax: d('100.4') })
    expect(gate.judge(proposalOf(), viewOf()).kind).toBe('pass')
    const row = rowOf(rowsOf({}, {}, gate), 'instrument_notional_max')
    expect(row).toMatchObject({ filled: '0', working: '100.4', used: '100.4', headroom: '0' })
    expect(row.holds).toContain('The notional in BTC-USD@kraken is 100.4, and the limit is 100.4')
  })

  test('RSK-02 the count of open positions takes those being opened in, the order’s own instrument too', () => {
    const gate = new RiskGate({ ...DEFAULT_RISK_LIMITS, openPositionsMax: 2 })
    gate.judge(proposalOf(), viewOf())
    const openInstruments = new Set([ETH.instrumentId])
    const row = rowOf(rowsOf({}, { openInstruments }, gate), 'open_positions_max')
    expect(row).toMatchObject({ filled: '1', working: '1', used: '2', headroom: '0' })
    const third = { instrument: { ...BTC, instrumentId: instrumentId('SOL-USD@kraken') }, openInstruments }
    const verdict = gate.judge(proposalOf({ instrumentId: third.instrument.instrumentId }), viewOf(third))
    expect(verdict.kind === 'block' ? verdict.code : 'passed').toBe('open_positions_max')
  })

  test('MKT-05 RSK-11 data, cool-downs and expiry show their figure, and hold just when the gate does', () => {
    const limits = { cooldownMs: 60_000, cooldownAfterStopMs: 120_000 }
    const late = viewOf().nowMs + 6_000
    const guards = { ...NO_GUARD_FACTS, filledAtMs: NOW_MS - 4_000, volume24h: d('1') }
    const rows = rowsOf(limits, { nowMs: late, barAtMs: NOW_MS, guards })
    expect(rowOf(rows, 'data_stale', 'quote')).toMatchObject({ used: '6000', limit: '5000', headroom: '0' })
    expect(rowOf(rows, 'data_stale', 'quote').holds).toContain('6000 ms old')
    expect(rowOf(rows, 'data_stale', 'bar')).toMatchObject({ used: '6000', limit: '90000', holds: null })
    expect(rowOf(rows, 'cooldown', 'fill')).toMatchObject({ used: '50000', limit: '60000' })
    expect(rowOf(rows, 'cooldown', 'fill').holds).toContain('another 50000 ms')
    expect(rowOf(rows, 'cooldown', 'stop-out')).toMatchObject({ used: '0', holds: null })
    expect(rowOf(rows, 'spread_max')).toMatchObject({ used: '2', limit: '500', unit: 'USD', headroom: '498' })
    expect(rowOf(rows, 'liquidity_min')).toMatchObject({ used: '50000', limit: '100000', bound: 'least', headroom: '0' })
    expect(rowOf(rows, 'liquidity_min').holds).toContain('100000 is the least')
  })

  test('RSK-01 throttles show their counts, and a tripped one holds', () => {
    const latched = { kind: 'executions' as const, reason: 'too many', sinceMs: NOW_MS }
    const rows = rowsOf({ executionsMax: 5 }, { guards: { ...NO_GUARD_FACTS, throttle: { latched, messages: 3, executions: 5 } } })
    expect(rowOf(rows, 'message_throttle')).toMatchObject({ used: '3', limit: '100', headroom: '97', holds: null })
    expect(rowOf(rows, 'execution_throttle')).toMatchObject({ used: '5', limit: '5', headroom: '0' })
    expect(rowOf(rows, 'execution_throttle').holds).toContain('a named operator must re-arm it')
  })

  test('RSK-09 RSK-01 states show what they are; what stops new risk says why', () => {
    const scope = { ...SCOPE, isKillSwitchActive: true, company: 'paused' as const, reducing: 'company is reducing by operator: careful' }
    const rows = rowsOf({}, { scope })
    expect(rowOf(rows, 'kill_switch')).toMatchObject({ used: 'active', limit: 'inactive' })
    expect(rowOf(rows, 'kill_switch').holds).toContain('kill switch is active')
    expect(rowOf(rows, 'company_state').holds).toBe('The company is paused')
    expect(rowOf(rows, 'reducing_only').holds).toContain('careful')
    expect(rowOf(rows, 'bot_state')).toMatchObject({ used: 'active', holds: null })
  })

  test('EXE-05 what orders can be paid with: what other orders may take of account and sub-account', () => {
    const gate = new RiskGate(DEFAULT_RISK_LIMITS)
    gate.judge(proposalOf(), viewOf())
    const balances = { quoteOfAccount: d('1000'), quoteOfBot: d('100.4'), baseOfAccount: d('2') }
    const rows = rowsOf({}, { balances }, gate).filter(({ check }) => check === 'insufficient_balance')
    expect(rows.map(({ scope, used, headroom, unit }) => [scope, used, headroom, unit])).toEqual([
      ['account:main@kraken', '100.4', '899.6', 'USD'],
      ['bot:trend-btc', '100.4', '0', 'USD'],
      ['account:main@kraken', '0', '2', 'BTC'],
    ])
    expect(rows[1]?.holds).toContain('Nothing is free of 100.4 USD in the sub-account')
  })
})

import { describe, expect, test } from 'bun:test'
import { DRILLS } from '#sim/drills/list'
import { playDrill } from '#sim/drills/play'
import type { DrillLine } from '#sim/drills/stage'
import { breakersOf } from '#actors/company/breaker-list'
import { decimal } from '#domain/decimal'
import { botId, instrumentId, venueId } from '#domain/ids'
import { DEFAULT_BREAKER_LIMITS } from '#risk/breakers/limits'

// Whole companies in virtual time, each in its own world with the emulator behind the in-memory network.
const IDS: Readonly<Record<string, string>> = {
  'three-losses': 'RSK-08 RUN-05',
  'daily-loss': 'RSK-08 RUN-05',
  'bot-drawdown': 'RSK-08 RUN-05',
  'own-drawdown': 'RSK-08',
  'portfolio-drawdown': 'RSK-08 RSK-09',
  'daily-drawdown': 'RSK-08',
  'max-drawdown': 'RSK-08',
  'stale-data': 'RSK-10 MKT-05',
  drift: 'RSK-10 RSK-09',
  'drift-block': 'RSK-10',
  'venue-health': 'RSK-10',
  'error-rate': 'RSK-10 OBS-06',
  'market-errors': 'RSK-10',
  'kill-switch': 'RSK-09',
}

function linesOf(drill: (typeof DRILLS)[number]) {
  const lines: DrillLine[] = []
  const failures = playDrill(drill, (line) => lines.push(line))
  return { failures, lines, bad: lines.filter(({ holds }) => holds === false).map(({ text }) => text) }
}

describe('drills', () => {
  for (const drill of DRILLS)
    test(`${IDS[drill.name]} ${drill.name}: ${drill.summary}; the right scope and nothing else`, () => {
      const { failures, lines, bad } = linesOf(drill)
      expect(bad).toEqual([])
      expect(failures).toBe(0)
      expect(lines.filter(({ holds }) => holds === true).length).toBeGreaterThanOrEqual(5)
    }, 120_000)

  test('RSK-08 RSK-10 every breaker that a company has is held by a drill', () => {
    const subjects = { bots: [botId('a')], instruments: [instrumentId('BTC-USD@kraken')], venues: [venueId('kraken')] }
    const kinds = breakersOf(subjects, DEFAULT_BREAKER_LIMITS, decimal('1')).map(({ plan }) => plan.kind)
    const drilled = new Set(DRILLS.flatMap(({ standing }) => standing.breakers.map((breakerId) => breakerId.split(':')[0] ?? '')))
    expect([...drilled].sort()).toEqual([...new Set<string>(kinds)].sort())
    expect(Object.keys(IDS).sort()).toEqual(DRILLS.map(({ name }) => name).sort())
  })

  test('RSK-08 a breaker that does more or less than it must fails its drill', () => {
    const [drill] = DRILLS.filter(({ name }) => name === 'bot-drawdown')
    if (drill === undefined) throw new Error('no drill')
    const { standing } = drill
    const wrong = { ...drill, standing: { ...standing, bots: { loser: 'PAUSED', other: 'ACTIVE' } } } as typeof drill
    expect(linesOf(wrong).bad.join('\n')).toContain('loser HALTED, other ACTIVE; held by botDrawdown:loser; wanted')
    const lenient = { ...drill, breakers: { botDrawdownRatio: 0.9 } }
    expect(linesOf(lenient).bad.join('\n')).toContain('it has tripped (not within 120 s)')
    const greedy = { ...drill, attempts: [{ bot: 'loser', instrument: 'BTC-USD@kraken', change: '0.005', outcome: 'sent' as const }] }
    expect(linesOf(greedy).bad).toEqual(['loser wants 0.005 of BTC-USD@kraken: silent; wanted sent'])
  }, 120_000)
})

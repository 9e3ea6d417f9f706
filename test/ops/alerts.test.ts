import { describe, expect, test } from 'bun:test'
import type { Severity } from '#domain/errors'
import { AlertHub } from '#ops/alerts'
import type { LogPort, RaisedAlert } from '#ports/alerter'
import { VirtualClock } from '#sim/virtual-clock'

const START = Date.UTC(2026, 0, 5)

function setUp() {
  const clock = new VirtualClock(START)
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  const log: LogPort = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') }
  const hub = new AlertHub({ clock, log })
  const heard: RaisedAlert[] = []
  hub.subscribe((alert) => heard.push(alert))
  const raise = (code: string, severity: Severity = 'HIGH') => hub.raise({ code, severity, text: `${code} happened`, details: { a: 1 } })
  return { clock, hub, lines, heard, raise }
}

describe('AlertHub on a virtual clock', () => {
  test('OBS-04 hands each alert to the log, at its severity, and to the listeners', () => {
    const { lines, heard, raise } = setUp()
    raise('A', 'CRITICAL')
    raise('B', 'HIGH')
    raise('C', 'MEDIUM')
    raise('D', 'LOW')
    expect(lines).toEqual(['fatal A happened', 'error B happened', 'warn C happened', 'info D happened'])
    expect(heard.map((alert) => alert.code)).toEqual(['A', 'B', 'C', 'D'])
    expect(heard[0]).toEqual({ code: 'A', severity: 'CRITICAL', text: 'A happened', details: { a: 1 }, atMs: START, folded: 0 })
  })

  test('OBS-04 folds repeats of one code within 60 s, and says how many when the next one passes', () => {
    const { clock, heard, raise } = setUp()
    raise('A')
    for (let second = 0; second < 59; second++) {
      clock.advance(1_000)
      raise('A')
    }
    raise('B')
    expect(heard.map((alert) => alert.code)).toEqual(['A', 'B'])
    clock.advance(1_000)
    raise('A')
    expect(heard[2]).toMatchObject({ code: 'A', folded: 59, atMs: START + 60_000 })
  })

  test('a repeat that is more severe passes', () => {
    const { heard, raise } = setUp()
    raise('A', 'MEDIUM')
    raise('A', 'CRITICAL')
    raise('A', 'HIGH')
    expect(heard.map((alert) => alert.severity)).toEqual(['MEDIUM', 'CRITICAL'])
  })

  test('a stepped wall clock does not hold alerts back', () => {
    const { clock, heard, raise } = setUp()
    raise('A')
    clock.stepWallClock(-3_600_000)
    clock.advance(60_000)
    raise('A')
    expect(heard).toHaveLength(2)
  })

  test('a listener that throws is logged and disturbs nobody', () => {
    const { hub, lines, heard, raise } = setUp()
    hub.subscribe(() => {
      throw new Error('mail is down')
    })
    raise('A')
    expect(heard).toHaveLength(1)
    expect(lines).toEqual(['error A happened', 'error an alert listener failed: mail is down'])
  })

  test('keeps the recent ones for the health view, within a limit', () => {
    const { clock, hub, raise } = setUp()
    raise('OLD')
    clock.advance(10)
    for (let index = 0; index < 2_000; index++) raise(`C${index}`)
    expect(hub.recent(START + 10).at(-1)?.code).toBe('C1999')
    expect(hub.recent(0).length).toBeLessThanOrEqual(500)
  })
})

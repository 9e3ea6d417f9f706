import { describe, expect, test } from 'bun:test'
import { AppError } from '#domain/errors'
import { parseRecording, readRecording } from '#sim/market/recording'
import { recordingText } from './fixture'

const GOOD = recordingText(1_445)

/** The good text with one line changed; lines count from 1, the header included. */
function broken(line: number, change: (cells: string[]) => string[]): string {
  const lines = GOOD.split('\n')
  lines[line - 1] = change((lines[line - 1] ?? '').split(',')).join(',')
  return lines.join('\n')
}

function faultOf(text: string): { readonly message: string; readonly details: unknown } {
  try {
    parseRecording('bars.csv', text)
  } catch (error) {
    if (error instanceof AppError && error.code === 'REPLAY_INVALID') return { message: error.message, details: error.details }
    throw error
  }
  throw new Error('the file was accepted')
}

const set = (index: number, value: string) => (cells: string[]) => cells.map((cell, at) => (at === index ? value : cell))

describe('recorded bars', () => {
  test('SIM-01 both header forms give the same bars: close times and quote volume, open times and base volume', () => {
    const byOpen = parseRecording('a.csv', recordingText(1_500, 'open'))
    const byClose = parseRecording('b.csv', recordingText(1_500, 'close'))
    expect(byClose.firstOpenAtMs).toBe(byOpen.firstOpenAtMs)
    expect(byClose.tradingStartsAtMs).toBe(byOpen.firstOpenAtMs + 1_440 * 60_000)
    expect(byClose.endsAtMs).toBe(byOpen.firstOpenAtMs + 1_500 * 60_000)
    expect(byClose.open).toEqual(byOpen.open)
    expect([...byClose.volume].map((value) => value.toFixed(6))).toEqual([...byOpen.volume].map((value) => value.toFixed(6)))
  })

  test('SIM-01 line ends of other systems and a byte-order mark are read', () => {
    expect(parseRecording('a.csv', `\ufeff${GOOD.replaceAll('\n', '\r\n')}`).barCount).toBe(1_445)
  })

  test.each([
    ['a missing column', broken(700, (cells) => cells.slice(0, 5)), 700, 'volume', 'must have 6 columns and has 5'],
    ['text for a number', broken(10, set(2, 'n/a')), 10, 'high', 'must be a number'],
    ['an empty cell', broken(10, set(4, '')), 10, 'close', 'must be a number'],
    ['high below low', broken(10, set(2, '1')), 10, 'high', 'must not be below low'],
    [
      'low above close',
      broken(10, (cells) => [...cells.slice(0, 3), cells[2] ?? '', cells[4] ?? '', cells[5] ?? '']),
      10,
      'low',
      'must not be above',
    ],
    ['a price of zero', broken(10, set(1, '0')), 10, 'open', 'must be above zero'],
    ['a negative volume', broken(10, set(5, '-1')), 10, 'volume', 'must not be negative'],
    ['a time within a minute', broken(10, set(0, '1640995200001')), 10, 'open_time_ms', 'must be a whole minute'],
    [
      'a repeated time',
      GOOD.split('\n')
        .toSpliced(10, 0, GOOD.split('\n')[9] ?? '')
        .join('\n'),
      11,
      'open_time_ms',
      'must not repeat',
    ],
    ['an earlier time', broken(10, set(0, '1640995200000')), 10, 'open_time_ms', 'must come after'],
    ['a gap', GOOD.split('\n').toSpliced(9, 1).join('\n'), 10, 'open_time_ms', 'without a gap'],
    ['another header', GOOD.replace('open_time_ms', 'time'), 1, 'header', 'must be "close_time_ms'],
    ['too few rows', recordingText(1_440), 1_441, 'rows', 'more than 1440 bars'],
    ['an empty file', '', 1, 'header', 'must be'],
  ])('SIM-01 %s is refused with file, row, field, value and rule', (_what, text, row, field, rule) => {
    const { message, details } = faultOf(text)
    expect(details).toMatchObject({ file: 'bars.csv', row, field, value: expect.any(String), rule: expect.stringContaining(rule) })
    expect(message).toContain(`bars.csv: row ${row}, field ${field}`)
  })

  test('SIM-01 a file that is not there is refused by name', () => {
    expect(() => readRecording('/nowhere/bars.csv')).toThrow('/nowhere/bars.csv')
  })
})

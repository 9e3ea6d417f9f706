import { describe, expect, test } from 'bun:test'
import { killFileText, readKillFile } from '#domain/kill-file'

describe('RSK-09 the kill switch’s flag file', () => {
  test('is read back as it was written, on one line each', () => {
    expect(killFileText('smoke in\nthe room', true)).toBe('smoke in the room\nflatten: yes\n')
    for (const shouldFlatten of [true, false])
      expect(readKillFile(killFileText('smoke', shouldFlatten))).toEqual({ reason: 'smoke', shouldFlatten, problem: null })
  })

  const cases: readonly (readonly [text: string, reason: string, shouldFlatten: boolean, problem: string | null])[] = [
    ['', '', false, null],
    ['\n\n', '', false, null],
    ['flatten: yes', '', true, null],
    ['flatten: no\n', '', false, null],
    ['\r\nflatten:yes\r\nby hand\r\n', 'by hand', true, null],
    ['smoke\nfire', 'smoke fire', false, 'the line "fire" is neither'],
    ['smoke\nflatten: YES', 'smoke flatten: YES', false, 'the line "flatten: YES" is neither'],
    ['smoke\nflatten: yes\nflatten: no', 'smoke flatten: yes flatten: no', false, 'it says twice'],
    ['smoke\nscope: bot:x\nflatten: yes', 'smoke scope: bot:x flatten: yes', false, 'the line "scope: bot:x" is neither'],
  ]
  for (const [text, reason, shouldFlatten, problem] of cases)
    test(`${JSON.stringify(text)}: ${problem ?? 'understood'}`, () => {
      const read = readKillFile(text)
      expect([read.reason, read.shouldFlatten]).toEqual([reason, shouldFlatten])
      if (problem === null) expect(read.problem).toBeNull()
      else expect(read.problem).toContain(problem)
    })
})

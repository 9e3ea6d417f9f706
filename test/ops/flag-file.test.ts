import { describe, expect, test } from 'bun:test'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlagFile } from '#ops/flag-file'
import { VirtualClock } from '#sim/virtual-clock'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'

removeTempDirs()

function setUp() {
  const path = join(tempDir(), 'KILL')
  const clock = new VirtualClock(0)
  const seen: string[] = []
  const flag = new FlagFile({ path, clock, onPresent: (reason) => seen.push(`+${reason}`), onAbsent: () => seen.push('-') })
  return { path, clock, seen, flag }
}

describe('FlagFile: a real file, a virtual clock', () => {
  test('RSK-09 notices the file within half a second, reads the reason, and tells each change once', () => {
    const { path, clock, seen, flag } = setUp()
    flag.start()
    clock.advance(2_000)
    expect(seen).toEqual([])
    writeFileSync(path, 'funding is\nwrong\u0007!\n')
    clock.advance(500)
    expect(seen).toEqual(['+funding is wrong !'])
    expect(flag.isPresent).toBe(true)
    clock.advance(5_000)
    rmSync(path)
    clock.advance(500)
    writeFileSync(path, '')
    clock.advance(500)
    expect(seen).toEqual(['+funding is wrong !', '-', `+flag file ${path}`])
    flag.stop()
    expect(clock.pending).toBe(0)
  })

  test('RSK-09 a file that is there at the start is noticed at once', () => {
    const { path, seen, flag } = setUp()
    writeFileSync(path, 'stop')
    flag.start()
    expect(seen).toEqual(['+stop'])
  })

  test('RSK-09 something there that cannot be read counts as present', () => {
    const { path, seen, flag } = setUp()
    mkdirSync(path)
    flag.start()
    expect(seen).toEqual([`+flag file ${path} (unreadable: EISDIR)`])
  })

  test('RSK-09 tells of a change of the content, with the text as it stands', () => {
    const path = join(tempDir(), 'KILL')
    const clock = new VirtualClock(0)
    const seen: string[] = []
    const flag = new FlagFile({ path, clock, onPresent: (_, text) => seen.push(text), onAbsent: () => seen.push('gone') })
    writeFileSync(path, 'smoke\n')
    flag.start()
    clock.advance(2_000)
    writeFileSync(path, 'smoke\nflatten: yes\n')
    clock.advance(2_000)
    expect(seen).toEqual(['smoke\n', 'smoke\nflatten: yes\n'])
    flag.stop()
  })

  test('a callback that stops the watch is obeyed', () => {
    const path = join(tempDir(), 'KILL')
    const clock = new VirtualClock(0)
    writeFileSync(path, 'x')
    const flag: FlagFile = new FlagFile({ path, clock, onPresent: () => flag.stop(), onAbsent: () => undefined })
    flag.start()
    expect(clock.pending).toBe(0)
  })
})

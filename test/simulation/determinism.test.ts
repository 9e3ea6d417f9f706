import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { IS_LONG } from '#test/company/profile'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'

removeTempDirs()
setDefaultTimeout(IS_LONG ? 3_600_000 : 240_000)

const ROOT = join(import.meta.dir, '..', '..')
/** Whole runs of two hundred seeds in the long profile; else twenty minutes of market of ten seeds. */
const LINE = IS_LONG ? ['--seeds', '1..200'] : ['--seeds', '1..10', '--days', '0.015']

interface Seed {
  readonly seed: number
  readonly journalHash: string
  readonly journalEntries: number
}

/** Runs seeds in processes of their own, somewhere on the disk and in the world. Returns the lines of the seeds. */
async function simulated(zone: string, words: readonly string[]): Promise<readonly string[]> {
  const cwd = join(tempDir(), zone.replaceAll('/', ' '))
  mkdirSync(cwd)
  const child = Bun.spawn([process.execPath, join(ROOT, 'src', 'main.ts'), 'simulate', ...LINE, ...words, '--json'], {
    cwd,
    env: { ...process.env, TZ: zone },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
  const lines = out.trimEnd().split('\n')
  if (!lines.at(-1)?.startsWith('{"type":"summary"')) throw new Error(`the simulation did not end: ${err}`)
  return lines.slice(0, -1)
}

describe('same seed, same run', () => {
  test('I11 two processes in two time zones and two folders write the same journals, on one worker as on two; no two seeds do', async () => {
    const [chatham, newYork] = await Promise.all([
      simulated('Pacific/Chatham', ['--jobs', '1']),
      simulated('America/New_York', ['--jobs', '2']),
    ])
    expect(newYork).toEqual(chatham)
    const seeds = chatham.map((line) => JSON.parse(line) as Seed)
    expect(seeds.map(({ seed }) => seed)).toEqual(Array.from({ length: IS_LONG ? 200 : 10 }, (_, index) => index + 1))
    expect(new Set(seeds.map(({ journalHash }) => journalHash)).size).toBe(seeds.length)
    for (const { journalEntries, journalHash } of seeds) {
      expect(journalEntries).toBeGreaterThan(20)
      expect(journalHash).toMatch(/^[0-9a-f]{64}$/)
    }
  })
})

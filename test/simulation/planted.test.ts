import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { PLANTED_BUGS } from '#sim/planted/bugs'
import { patched } from '#sim/planted/patch'

const sourceOf = (file: string) => readFileSync(file, 'utf8')

describe('planted bugs', () => {
  test('there are 36 or more, each with a name of its own, invariants it breaks and a seed within its budget', () => {
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(36)
    expect(new Set(PLANTED_BUGS.map((bug) => bug.name)).size).toBe(PLANTED_BUGS.length)
    for (const { name, breaks, seed, budget } of PLANTED_BUGS) {
      expect([name, breaks.length > 0 && seed >= 1 && seed <= budget]).toEqual([name, true])
    }
  })

  for (const bug of PLANTED_BUGS) {
    test(`${bug.name} applies once to the present code and still transpiles`, () => {
      const source = sourceOf(bug.file)
      const changed = patched(bug, source)
      expect(changed).not.toBe(source)
      expect(new Bun.Transpiler({ loader: 'ts' }).transformSync(changed).length).toBeGreaterThan(0)
    })
  }

  test('each is found by the seed that is known to find it, and that seed is green without it', async () => {
    const child = Bun.spawn([process.execPath, 'src/main.ts', 'simulate', '--planted', '--known', '--json'], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [out, complaints] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
    const lines = out.trimEnd().split('\n')
    const missed = lines.filter((line) => line.includes('"type":"planted"') && line.includes('"seed":null'))
    expect({ missed, complaints }).toEqual({ missed: [], complaints: '' })
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ type: 'summary', planted: PLANTED_BUGS.length, missed: [] })
    expect(await child.exited).toBe(0)
  }, 600_000)
})

import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { cli, ROOT } from './cli'

removeTempDirs()
// Each run simulates a company in worker processes: a busy machine may take long for one.
setDefaultTimeout(180_000)

/** A quarter of an hour of market, which is the least that has room for faults and restarts. */
const SHORT = ['simulate', '--days', '0.01']

describe('troupe simulate', () => {
  test('SIM-08 runs seeds, tells what was met and what was not, and exits 0 where nothing failed', async () => {
    const { code, out, err } = await cli([...SHORT, '--seeds', '1..3', '--faults', 'none', '--jobs', '2'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toStartWith('Simulating seeds 1..3, 14 min 24 s of market time each, on 2 worker processes')
    expect(out).toContain('\nSimulated 3 seeds: no breach\n')
    for (const name of ['profile', 'seeds', 'simulated', 'real time', 'CPU time', 'clock events', 'company', 'journal'])
      expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
    expect(out).toMatch(/^ {2}I5 +[1-9]\d* +0$/m)
    expect(out).toMatch(/^ {2}order +\d+ of 13 +\d+ of \d+$/m)
    expect(out).not.toContain('the chart has no such arrow')
  })

  test('SIM-08 goes on where it was stopped with Ctrl-C', async () => {
    const state = join(tempDir(), 'state.jsonl')
    const words = [...SHORT, '--seeds', '1..4', '--faults', 'drop,crash', '--jobs', '1', '--state', state]
    const child = Bun.spawn([process.execPath, 'src/main.ts', ...words], { cwd: ROOT, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
    const finished = () => readFileSync(state, 'utf8').split('\n').length - 2
    let isSignaled = false
    const whole = new Response(child.stdout).text()
    while (child.exitCode === null) {
      await Bun.sleep(20)
      if (isSignaled || !(await Bun.file(state).exists()) || finished() < 1) continue
      child.kill('SIGINT')
      isSignaled = true
    }
    const out = await whole
    expect({ isSignaled, code: child.exitCode }).toEqual({ isSignaled: true, code: 0 })
    expect(out).toMatch(/^Simulated [1-3] of 4 seeds: no breach$/m)
    expect(out).toEndWith(
      `Interrupted; go on with: bun run troupe simulate --seeds 1..4 --profile ci --days 0.01 --faults drop,crash --state ${state}\n`,
    )

    const done = finished()
    const again = await cli(words)
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' })
    expect(again.out).toStartWith(`${done} ${done === 1 ? 'seed was' : 'seeds were'} finished before, as ${state} says\n`)
    expect(again.out).toContain('\nSimulated 4 seeds: no breach\n')
    const other = await cli([...SHORT, '--seeds', '1..4', '--state', state])
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('its seeds drew from other faults; delete it to begin anew') })
  })

  test('SIM-08 prints under --json the seeds in order and the summary, nothing else, and the same for a part of it run again', async () => {
    const words = [...SHORT, '--faults', 'drop,lostReply', '--json']
    const all = await cli([...words, '--seeds', '5..8', '--jobs', '3'])
    const one = await cli([...words, '--seeds', '7'])
    const lines = all.out.split('\n')
    expect({ code: all.code, err: all.err, lines: lines.length }).toEqual({ code: 0, err: '', lines: 5 })
    const parsed = lines.map((line) => JSON.parse(line) as { type: string; seed?: number })
    expect(parsed.map(({ type, seed }) => `${type} ${seed ?? ''}`)).toEqual(['seed 5', 'seed 6', 'seed 7', 'seed 8', 'summary '])
    expect(parsed[4]).toMatchObject({ isGreen: true, seeds: 4, first: 5, last: 8, failures: [], shrunk: null, isInterrupted: false })
    expect(one.out.split('\n')[0]).toBe(lines[2] ?? '')
    expect(lines[2]).not.toMatch(/realMs|cpuMs/)
  })

  test('I11 a resumed run has its comparison from the state file, and makes it where the first run had not come to it', async () => {
    const path = join(tempDir(), 'state.jsonl')
    const words = ['simulate', '--seeds', '1..10', '--days', '0.002', '--faults', 'none', '--state', path]
    const judged = ({ out }: { readonly out: string }) => /^ *I11 +(\d+) +(\d+)$/m.exec(out)?.slice(1)
    expect(judged(await cli(words))).toEqual(['1', '0'])
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('{"repeated"'))).toEqual(['{"repeated":{"seed":1,"objection":null}}'])
    expect(judged(await cli(words))).toEqual(['1', '0'])
    const without = lines.filter((line) => !line.startsWith('{"repeated"'))
    writeFileSync(path, `${without.join('\n')}\n`)
    expect(judged(await cli(words))).toEqual(['1', '0'])
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toEqual([...without, '{"repeated":{"seed":1,"objection":null}}'])
    writeFileSync(path, `${without.join('\n').replaceAll('"events":', '"events":1')}\n`)
    const differing = await cli(words)
    expect(differing.code).toBe(1)
    expect(judged(differing)).toEqual(['1', '1'])
  })

  test('SIM-08 traces a seed line by line', async () => {
    const { code, out, err } = await cli([...SHORT, '--trace', '3', '--faults', 'crash'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^20\d\d-\d\d-\d\dT\S+Z .*fault 0 crash/m)
    expect(out).toEndWith('seed 3: no breach')
  })

  test('SIM-08 has nothing to shrink in a seed that does not fail', async () => {
    const { code, out } = await cli([...SHORT, '--shrink', '3', '--faults', 'none'])
    expect({ code, out }).toEqual({ code: 0, out: 'seed 3 does not fail: there is nothing to shrink' })
  })

  test.each([
    [['--faults', 'fire'], 'there is no fault "fire"; choose all, none, or of drop, delay,'],
    [['--profile', 'night'], 'there is no such profile; choose ci or soak'],
    [['--seeds', '9..1'], 'the first seed is above the last'],
    [['--planted', 'nope'], 'there is no planted bug "nope"; choose of '],
    [['--days', '0'], 'must be a number above 0 and at most 366'],
  ])('SIM-08 %p is a wrong line: one line on stderr, exit 2', async (words, text) => {
    const { code, out, err } = await cli(['simulate', ...words])
    expect(err).toStartWith('troupe simulate: ')
    expect(err).toContain(text)
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 1 })
  })
})

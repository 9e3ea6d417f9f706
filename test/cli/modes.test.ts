import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readWorld } from '#cli/world-options'
import { readArguments } from '#cli/command'
import { startCommand } from '#cli/start'
import { EVERYTHING, queryJournal } from '#store/journal-query'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { cli, configFile, newDataDir, ROOT } from './cli'

removeTempDirs()
setDefaultTimeout(90_000)

// Real time, over loopback sockets: the emulator's public side stands for the venue.
let url = ''
let end: () => Promise<unknown> = () => Promise.resolve()

beforeAll(async () => {
  const child = Bun.spawn([process.execPath, 'src/main.ts', 'sandbox', '--data-dir', join(tempDir(), 'sandbox'), '--seed', '7'], {
    cwd: ROOT,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  })
  end = () => {
    child.kill('SIGTERM')
    return child.exited
  }
  for await (const chunk of child.stdout) {
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(new TextDecoder().decode(chunk))?.[0] ?? ''
    if (url !== '') break
  }
})

afterAll(async () => {
  await end()
})

function config(more = ''): string {
  const ws = url.replace('http', 'ws')
  return configFile(`
venues: { kraken: { restUrl: "${url}", publicStreamUrl: "${ws}/v2", privateStreamUrl: "${ws}/auth/v2" } }
api: { enabled: false }
clockServers: []
bots:
  - { id: busy-btc, strategy: busy, enabled: true, instruments: [BTC-USD@kraken], capital: "2500", orderNotional: "200", cycleMs: 2000,
      parameters: { stepMs: 2000, awayBps: 5, notionalSmall: 60, notionalLarge: 120 } }
${more}`)
}

const entriesOf = (dir: string, kindPrefix: string) =>
  queryJournal(join(dir, 'troupe.sqlite'), { ...EVERYTHING, kindPrefix, after: 0, limit: 10_000 })

test('RUN-10 paper comes after a dry run, and both trade on public data alone, over loopback sockets', async () => {
  const file = config()
  const [dry, paper] = [newDataDir(), newDataDir()]
  const none = { KRAKEN_API_KEY: '', KRAKEN_API_SECRET: '' }
  const words = (mode: string, dir: string) => [
    'start',
    '--mode',
    mode,
    '--config',
    file,
    '--data-dir',
    dir,
    '--dry-run-dir',
    dry,
    '--for',
    '15s',
  ]
  const early = await cli(words('paper', paper), none)
  expect([early.code, early.err.includes('paper comes after dry_run'), early.err.includes('MODE_REFUSED')]).toEqual([1, true, true])
  expect(existsSync(paper)).toBe(false)

  const rehearsed = await cli(words('dry_run', dry), none)
  expect([rehearsed.code, rehearsed.err]).toEqual([0, ''])
  expect(rehearsed.out).toContain('Mode: DRY RUN, real prices, no orders')
  expect(entriesOf(dry, 'order.wouldSend').length).toBeGreaterThan(0)
  expect(entriesOf(dry, 'paper.accepted')).toEqual([])

  const traded = await cli(words('paper', paper), none)
  expect([traded.code, traded.err]).toEqual([0, ''])
  expect(traded.out).toContain('Mode: PAPER')
  expect(entriesOf(paper, 'paper.accepted').length).toBeGreaterThan(0)
  expect(entriesOf(paper, 'drift.')).toEqual([])

  const gate = await cli(
    ['gate', 'live', '--config', file, '--dry-run-dir', dry, '--paper-dir', paper, '--evidence-dir', newDataDir(), '--json'],
    none,
  )
  const { gates } = JSON.parse(gate.out) as { readonly gates: readonly { readonly name: string; readonly isMet: boolean }[] }
  expect(gates.filter(({ isMet }) => isMet).map(({ name }) => name)).toEqual(['config', 'dry run', 'canary', 'api auth'])
  expect(gate.code).toBe(1)
})

test('RUN-10 SIM-06 a live start names every unmet gate and touches nothing', async () => {
  const dir = newDataDir()
  const words = ['start', '--mode', 'live', '--config', config('cycleJitterRatio: 0'), '--data-dir', dir, '--evidence-dir', newDataDir()]
  const { code, err } = await cli([...words, '--dry-run-dir', newDataDir(), '--paper-dir', newDataDir()], { KRAKEN_API_KEY: 'only-half' })
  expect(code).toBe(1)
  for (const name of [
    'enablement',
    'credentials',
    'dry run',
    'paper rehearsal',
    'kill-switch drill',
    'latency',
    'jitter',
    'alerts',
    'clock',
    'ci',
    'confirmation',
  ])
    expect(err).toContain(name)
  expect(err).toContain('MODE_REFUSED')
  expect(err).not.toContain('only-half')
  expect(existsSync(dir)).toBe(false)
})

test('SIM-06 evidence of a drill and of a test alert meets its gate', async () => {
  const evidence = newDataDir()
  expect((await cli(['gate', 'test-alert', '--evidence-dir', evidence])).code).toBe(0)
  expect((await cli(['drill', 'kill-switch', '--evidence-dir', evidence])).code).toBe(0)
  const { out } = await cli(['gate', 'live', '--config', config(), '--evidence-dir', evidence, '--confirm', 'trade main live'])
  expect(out).toMatch(/met {4}kill-switch drill +held/)
  expect(out).toMatch(/met {4}alerts/)
  expect(out).toMatch(/met {4}confirmation/)
})

test('RUN-10 a seed, a replay and a speed are of the sandbox alone', () => {
  for (const [name, value] of [
    ['seed', '1'],
    ['speed', '2'],
  ] as const)
    expect(() => readWorld(readArguments(startCommand, ['--mode', 'paper', `--${name}`, value]))).toThrow('is for the sandbox')
})

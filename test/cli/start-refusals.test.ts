import { Database } from 'bun:sqlite'
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments } from '#cli/command'
import { openBooks } from '#cli/books'
import { claimDataDir } from '#cli/company'
import { startCommand } from '#cli/start'
import { readWorld } from '#cli/world-options'
import { RealClock } from '#ops/real-clock'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { type CliResult, cli, configFile, folder, newDataDir, treeOf } from './cli'

removeTempDirs()
// Each command is a process of its own: a busy machine may take long to start one.
setDefaultTimeout(60_000)

/** A data directory of the sandbox over sockets with a journal of ten entries, as a run that ended in order leaves it. */
async function usedDataDir(): Promise<string> {
  const path = newDataDir()
  const world = readWorld(readArguments(startCommand, ['--data-dir', path]))
  const dataDir = claimDataDir(world)
  const books = openBooks(world, dataDir, () => new RealClock())
  for (let n = 1; n <= 10; n++)
    books.journal.append({ actor: 'director', kind: 'company.transition', payload: { n }, correlationId: null, causationSeq: null })
  await books.close()
  dataDir.release()
  return path
}

function alter(dataDir: string, sql: string): void {
  const database = new Database(join(dataDir, 'troupe.sqlite'))
  database.run(sql)
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

/** Starts, expects a refusal in one line, and that nothing under the data directory changed: no emulator was made, no API announced. */
async function refused(dataDir: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const before = treeOf(dataDir)
  const result = await cli(['start', '--data-dir', dataDir, '--port', '0', '--for', '1s', ...words], env)
  expect(result).toMatchObject({ code: 1, out: '' })
  expect(result.err.split('\n')).toHaveLength(1)
  expect(treeOf(dataDir)).toEqual(before)
  expect(existsSync(join(dataDir, 'emulator.log'))).toBe(false)
  return result
}

describe('a start that is refused touches nothing', () => {
  test.each([
    ['nonsense: 1', 'unknown key "nonsense"'],
    ['desk: { inFlight: 3 }', 'unknown key "desk.inFlight"'],
    ['risk: { positionRatioMax: 7 }', 'risk.positionRatioMax = 7'],
    ['risk: { orderNotionalMax: 12 }', 'risk.orderNotionalMax = 12'],
    ['risk: { orderNotionalMin: "5000" }', 'must not exceed risk.orderNotionalMax'],
    ['a: [1', 'not readable as YAML'],
    ['time,open,high\n1,2,3', 'must be a mapping of keys as in config/default.yaml; it reads as "time,open,high 1,2,3"'],
    ['bots: [{ id: a, strategy: nope, instruments: [BTC-USD@kraken], capital: "1", orderNotional: "1" }]', 'strategy: "nope" is not known'],
    [
      'bots: [{ id: a, strategy: trend-following, instruments: [BTC-USD@nowhere], capital: "1", orderNotional: "1" }]',
      'there is no enabled venue "nowhere"',
    ],
    ['api: { host: 0.0.0.0 }', 'which other machines reach, and there is no api token'],
    ['api: { auth: true }', 'TROUPE_API_TOKEN is not set'],
  ])('RUN-09 config %p', async (config, text) => {
    const dataDir = newDataDir()
    const { err } = await refused(dataDir, ['--config', configFile(config)])
    expect(err).toContain(text)
    expect(err).toContain('CONFIG_INVALID')
    expect(existsSync(dataDir)).toBe(false)
  })

  test('RUN-09 a configuration file that does not exist', async () => {
    expect((await refused(newDataDir(), ['--config', '/no/such.yaml'])).err).toContain('/no/such.yaml: no such configuration file')
  })

  test('SEC-01 an API token that is too short', async () => {
    expect((await refused(newDataDir(), [], { TROUPE_API_TOKEN: 'short' })).err).toContain('shorter than 16 characters')
  })

  test('OBS-03 I9 an address for alerts that is no https address; it is not repeated', async () => {
    const { err } = await refused(newDataDir(), [], { TROUPE_ALERT_WEBHOOK: 'http://hooks.example.org/secretPath' })
    expect(err).toContain('TROUPE_ALERT_WEBHOOK is no https address')
    expect(err).not.toContain('secretPath')
  })

  test('SIM-03 a recording with a broken row is named by file, row and field', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => `${(index + 1) * 60_000},10,11,9,${index === 1_200 ? 'ten' : 10},5`)
    const file = join(tempDir(), 'broken.csv')
    writeFileSync(file, ['open_time_ms,open,high,low,close,volume', ...rows].join('\n'))
    const { err } = await refused(newDataDir(), ['--replay', file])
    expect(err).toContain(`${file}: row 1202, field close, value "ten": must be a number`)
    expect(err).toContain('REPLAY_INVALID')
  })

  test('SIM-03 a recording that cannot be read', async () => {
    expect((await refused(newDataDir(), ['--replay', '/no/such.csv'])).err).toContain('/no/such.csv: must be a readable file')
  })

  test('a port in use, with the remedy; the data directory is not even made', async () => {
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('taken') })
    const dataDir = newDataDir()
    const { port } = other
    const { err } = await refused(dataDir, ['--port', String(port)])
    await other.stop(true)
    expect(err).toContain(`port ${port} on 127.0.0.1 is in use`)
    expect(err).toContain('--port 0')
    expect(existsSync(dataDir)).toBe(false)
  })

  test('RUN-07 a second instance hears of the single-instance lock, also when the port is taken too', async () => {
    const dataDir = await usedDataDir()
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('taken') })
    const held = claimDataDir(readWorld(readArguments(startCommand, ['--data-dir', dataDir])))
    const { err } = await refused(dataDir, ['--port', String(other.port)])
    held.release()
    await other.stop(true)
    expect(err).toContain(`single-instance lock: ${dataDir} is in use by process ${process.pid}`)
    expect(err).toContain('DATA_DIR_LOCKED')
  })

  test("another world's data directory", async () => {
    const { err } = await refused(await usedDataDir(), ['--seed', '7'])
    expect(err).toContain('seed is "42" there and "7" here')
    expect(err).toContain('DATA_DIR_MISMATCH')
  })

  test('a folder that is no data directory', async () => {
    const dataDir = folder(tempDir(), 'photos')
    writeFileSync(join(dataDir, 'cat.txt'), 'meow')
    expect((await refused(dataDir, [])).err).toContain('holds files but no world.json')
  })

  test('DAT-04 a newer schema', async () => {
    const known = readdirSync(join(import.meta.dir, '../../drizzle')).filter((name) => name.endsWith('.sql')).length
    const dataDir = await usedDataDir()
    alter(dataDir, "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('future', 1)")
    const { err } = await refused(dataDir, [])
    expect(err).toContain(`has schema ${known + 1}, this version knows up to ${known}`)
    expect(err).toContain('SCHEMA_NEWER')
  })

  test('DAT-09 I10 an altered journal entry is named before the venue is touched', async () => {
    const dataDir = await usedDataDir()
    alter(dataDir, `UPDATE journal SET payload = '{"n":99}' WHERE seq = 4`)
    const { err } = await refused(dataDir, [])
    expect(err).toContain('entry 4 does not hold: its content does not have its hash')
    expect(err).toContain('JOURNAL_CORRUPT')
  })

  test('DAT-09 a journal that is no database any more', async () => {
    const dataDir = await usedDataDir()
    writeFileSync(join(dataDir, 'troupe.sqlite'), 'x'.repeat(8_192))
    expect((await refused(dataDir, [])).err).toContain('JOURNAL_CORRUPT')
  })
})

test('RUN-09 a start (virtual time) ends with 1 and the bot, when its venue does not list the instrument', async () => {
  const bot =
    'bots: [{ id: a, enabled: true, strategy: trend-following, instruments: [NOPE-USD@kraken], capital: "1", orderNotional: "100" }]'
  const dataDir = newDataDir()
  const { code, err } = await cli([
    'start',
    '--data-dir',
    dataDir,
    '--port',
    '0',
    '--speed',
    'max',
    '--for',
    '1m',
    '--config',
    configFile(bot),
  ])
  expect(code).toBe(1)
  expect(err).toContain('bot a: instruments = "NOPE-USD@kraken": its venue does not list it')
  expect(existsSync(join(dataDir, 'api.json'))).toBe(false)
})

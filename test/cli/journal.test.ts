import { Database } from 'bun:sqlite'
import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { copyFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { openJournal } from '#store/journal'
import { openStore } from '#store/open-store'
import { VirtualClock } from '#sim/virtual-clock'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { cli } from './cli'

removeTempDirs()
// Each command is a process of its own: a busy machine may take long to start one.
setDefaultTimeout(60_000)

const ORDER = 'e1c6af368cbc59ed7e6344785d55c4c5'
const sound = makeJournal()

/** 300 entries in virtual time; every tenth is of one order, every seventh of a bot. */
function makeJournal(): string {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5))
  const dataDir = tempDir()
  const store = openStore({ dataDir, durability: 'process' })
  const journal = openJournal(store, clock)
  for (let seq = 1; seq <= 300; seq++) {
    const isOrder = seq % 10 === 0
    const actor = isOrder ? `order:${ORDER}` : seq % 7 === 0 ? 'bot:trend-btc' : 'ledger'
    const kind = isOrder ? 'order.accepted' : seq % 7 === 0 ? 'bot.transition' : 'ledger.posted'
    journal.append({ actor, kind, payload: { seq, text: 'x'.repeat(200) }, correlationId: isOrder ? ORDER : null, causationSeq: null })
    clock.advance(10)
  }
  void journal.close()
  store.close()
  return join(dataDir, 'troupe.sqlite')
}

function changed(work: (path: string) => void): string {
  const path = join(tempDir(), 'troupe.sqlite')
  copyFileSync(sound, path)
  work(path)
  return path
}

describe('journal verify', () => {
  test('DAT-09 says that a sound journal is clean, with its head; by file and by data directory', async () => {
    const byFile = await cli(['journal', 'verify', sound])
    const byDirectory = await cli(['journal', 'verify', '--data-dir', join(sound, '..')])
    expect(byFile).toMatchObject({ code: 0, err: '' })
    expect(byFile.out).toMatch(/^clean: 300 entries, head hash [0-9a-f]{64}$/)
    expect(byDirectory).toEqual(byFile)
  })

  test('DAT-09 names the first entry that was altered, and exits 1', async () => {
    const path = changed((file) => {
      const database = new Database(file)
      database.run(`UPDATE journal SET payload = '{}' WHERE seq IN (123, 200)`)
      database.close()
    })
    const { code, err } = await cli(['journal', 'verify', path])
    expect(code).toBe(1)
    expect(err).toContain('broken at entry 123 (hash)')
    expect(err).toContain('entry 122 is the last good one')
    const json = await cli(['journal', 'verify', path, '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ kind: 'broken', seq: 123, fault: 'hash', path })
  })

  test('DAT-09 names the last good entry of a file that was cut off', async () => {
    const path = changed((file) => truncateSync(file, 60_000))
    const { code, err } = await cli(['journal', 'verify', path])
    expect(code).toBe(1)
    expect(err).toMatch(/damaged: it cannot be read beyond entry [1-9]\d*, the last good one/)
  })

  test('says where it looked when there is no journal', async () => {
    const { code, err } = await cli(['journal', 'verify', '/no/such.sqlite'])
    expect(code).toBe(1)
    expect(err).toContain('there is no journal at /no/such.sqlite')
  })
})

describe('journal show', () => {
  const lines = async (...words: string[]) =>
    (await cli(['journal', 'show', sound, ...words])).out.split('\n').filter((line) => line !== '')
  const seqs = async (...words: string[]) => (await lines('--json', ...words)).map((line): unknown => JSON.parse(line).seq)

  test('shows the first 50 in lines that a person can read', async () => {
    const shown = await lines()
    expect(shown).toHaveLength(50)
    expect(shown[6]).toMatch(/^ {6}7 {2}2026-01-05T00:00:00\.060Z {2}bot\.transition {8}bot:trend-btc {2}\{"seq":7,.*…$/)
  })

  test('pages and filters by kind, actor and order', async () => {
    expect(await seqs('--after', '297')).toEqual([298, 299, 300])
    expect(await seqs('--limit', '2')).toEqual([1, 2])
    expect(await seqs('--kind', 'order.', '--limit', '3')).toEqual([10, 20, 30])
    expect(await seqs('--actor', 'bot:', '--limit', '2')).toEqual([7, 14])
    expect(await seqs('--order', ORDER, '--after', '280')).toEqual([290, 300])
    expect(await seqs('--order', 'nobody')).toEqual([])
  })

  test('writes whole entries as JSON, all of them through a pipe', async () => {
    const all = await lines('--json', '--limit', '1000')
    expect(all).toHaveLength(300)
    expect(JSON.parse(all[9] ?? '')).toMatchObject({ seq: 10, kind: 'order.accepted', correlationId: ORDER })
  })

  test('refuses a limit that is no number', async () => {
    const { code, err } = await cli(['journal', 'show', sound, '--limit', 'many'])
    expect(code).toBe(1)
    expect(err).toContain('--limit = "many": must be a whole number')
  })
})

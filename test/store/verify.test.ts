import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { VirtualClock } from '#sim/virtual-clock'
import { openJournal } from '#store/journal'
import { openStore } from '#store/open-store'
import { verifyJournal } from '#store/verify'
import { draftOf, START } from './journal.conformance'
import { removeTempDirs, tempDir } from './temp-dir'

removeTempDirs()

const COUNT = 400
const sound = makeJournal()

/** Writes a journal of 400 entries whose texts can be found in the bytes of the file, and returns the file's path. */
function makeJournal(): string {
  const clock = new VirtualClock(START)
  const dataDir = tempDir()
  const store = openStore({ dataDir, durability: 'process' })
  const journal = openJournal(store, clock)
  for (let seq = 1; seq <= COUNT; seq++) {
    const payload = { text: `payload-${seq}-of-many`, size: 'x'.repeat(seq % 40) }
    const causationSeq = seq === 1 ? null : seq - 1
    journal.append({ actor: `actor-${seq}-a`, kind: `kind-${seq}-k`, payload, correlationId: `correlation-${seq}-c`, causationSeq })
    clock.advance(7)
  }
  void journal.close()
  store.close()
  return join(dataDir, 'troupe.sqlite')
}

function copy(): string {
  const path = join(tempDir(), 'troupe.sqlite')
  copyFileSync(sound, path)
  return path
}

/** Changes the row by SQL, as somebody with a database tool would. */
function tampered(sql: string): string {
  const path = copy()
  const database = new Database(path)
  database.run(sql)
  database.run('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  return path
}

describe('verifyJournal', () => {
  test('I10 finds a sound journal intact, and changes nothing in its folder', () => {
    const before = readFileSync(sound)
    const verdict = verifyJournal(sound)
    expect(verdict).toMatchObject({ kind: 'intact', headSeq: COUNT })
    expect(readFileSync(sound)).toEqual(before)
  })

  test('finds an empty journal intact and a missing file absent', () => {
    const dataDir = tempDir()
    openStore({ dataDir, durability: 'process' }).close()
    expect(verifyJournal(join(dataDir, 'troupe.sqlite'))).toEqual({ kind: 'intact', headSeq: 0, headHash: '0'.repeat(64) })
    expect(verifyJournal(join(dataDir, 'other.sqlite')).kind).toBe('absent')
  })

  test('reads what still stands in the write-ahead log of a running company', () => {
    const clock = new VirtualClock(START)
    const dataDir = tempDir()
    const journal = openJournal(openStore({ dataDir, durability: 'process' }), clock)
    journal.append(draftOf('a'))
    clock.advance(0)
    expect(verifyJournal(join(dataDir, 'troupe.sqlite'))).toMatchObject({ kind: 'intact', headSeq: 1 })
  })

  test.each([
    ['seq', 'UPDATE journal SET seq = 100200 WHERE seq = 200', 'gap'],
    ['at_ms', 'UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 200', 'hash'],
    ['actor', "UPDATE journal SET actor = 'actor-200-b' WHERE seq = 200", 'hash'],
    ['kind', "UPDATE journal SET kind = 'kind-200-l' WHERE seq = 200", 'hash'],
    ['payload', "UPDATE journal SET payload = replace(payload, 'of-many', 'of-Many') WHERE seq = 200", 'hash'],
    ['correlation_id', "UPDATE journal SET correlation_id = 'correlation-200-d' WHERE seq = 200", 'hash'],
    ['correlation_id, to none', 'UPDATE journal SET correlation_id = NULL WHERE seq = 200', 'hash'],
    ['causation_seq', 'UPDATE journal SET causation_seq = 198 WHERE seq = 200', 'hash'],
    ['previous_hash', 'UPDATE journal SET previous_hash = (SELECT hash FROM journal WHERE seq = 7) WHERE seq = 200', 'link'],
    ['hash', 'UPDATE journal SET hash = (SELECT hash FROM journal WHERE seq = 7) WHERE seq = 200', 'hash'],
    ['the type of a column', "UPDATE journal SET at_ms = 'soon' WHERE seq = 200", 'form'],
    ['the row itself', 'DELETE FROM journal WHERE seq = 200', 'gap'],
  ])('DAT-02 names the sequence of an entry whose %s was changed', (_column, sql, fault) => {
    expect(verifyJournal(tampered(sql))).toMatchObject({ kind: 'broken', seq: 200, fault })
  })

  test('names an entry whose payload is not canonical although its hash was made to fit', () => {
    const path = copy()
    const database = new Database(path)
    const row = database.query('SELECT * FROM journal WHERE seq = 400').get() as Record<string, unknown>
    const payload = String(row['payload']).replace('":"', '": "')
    const text = `${row['previous_hash']}{"actor":"${row['actor']}","atMs":${row['at_ms']},"causationSeq":${row['causation_seq']},"correlationId":"${row['correlation_id']}","kind":"${row['kind']}","payload":${payload},"seq":400}`
    const hash = new Bun.CryptoHasher('sha256').update(text).digest('hex')
    database.query('UPDATE journal SET payload = ?, hash = ? WHERE seq = 400').run(payload, hash)
    database.close()
    expect(verifyJournal(path)).toMatchObject({ kind: 'broken', seq: 400, fault: 'payload' })
  })

  const textOf = (seq: number, column: string): string => {
    const database = new Database(sound, { readonly: true })
    const row = database.query(`SELECT ${column} AS value FROM journal WHERE seq = ?`).get(seq) as { value: string }
    database.close()
    return row.value
  }

  // In the bytes of the file, as a failing disk would.
  test.each([
    ['actor', () => Buffer.from('actor-200-a')],
    ['kind', () => Buffer.from('kind-200-k')],
    ['payload', () => Buffer.from('payload-200-of-many')],
    ['correlation_id', () => Buffer.from('correlation-200-c')],
    ['hash', () => Buffer.from(textOf(200, 'hash'))],
    ['previous_hash', () => Buffer.from(textOf(200, 'previous_hash'))],
    ['at_ms', () => Buffer.from(Number(textOf(200, 'at_ms')).toString(16).padStart(12, '0'), 'hex')],
  ])('DAT-02 names the sequence for each single bit flipped in the bytes of %s', (column, needleOf) => {
    const bytes = readFileSync(sound)
    const needle = needleOf()
    const places: number[] = []
    for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) places.push(at)
    // The hash of an entry stands twice: in its own row, and as the previous hash of the next. Rows are stored with the last
    // column first in doubt, so the place is told apart by the text that follows it.
    const isHash = column === 'hash' || column === 'previous_hash'
    expect(places).toHaveLength(isHash ? 2 : 1)
    const row = bytes.indexOf(Buffer.from('actor-200-a'))
    const nearest = places.reduce((best, place) => (Math.abs(place - row) < Math.abs(best - row) ? place : best))
    const path = copy()
    for (let index = 0; index < needle.length; index += isHash ? 9 : 3) {
      const flipped = Buffer.from(bytes)
      flipped[nearest + index] = (flipped[nearest + index] ?? 0) ^ (1 << (index % 7))
      writeFileSync(path, flipped)
      const verdict = verifyJournal(path)
      expect(verdict.kind).toBe('broken')
      expect('seq' in verdict && verdict.seq).toBe(200)
    }
  })

  test('DAT-02 names the last good entry when a page in the middle was overwritten', () => {
    const bytes = readFileSync(sound)
    const pageSize = bytes.readUInt16BE(16)
    const page = Math.floor(bytes.indexOf(Buffer.from('actor-200-a')) / pageSize)
    const path = copy()
    bytes.fill(0, page * pageSize, (page + 1) * pageSize)
    writeFileSync(path, bytes)
    const verdict = verifyJournal(path)
    expect(verdict.kind).toBe('damaged')
    const lastGood = 'lastGoodSeq' in verdict ? verdict.lastGoodSeq : -1
    expect(lastGood).toBeGreaterThan(150)
    expect(lastGood).toBeLessThan(200)
  })

  test.each([0.35, 0.6, 0.9])('DAT-02 names the last good entry when the file was cut to %d of its length', (share) => {
    const path = copy()
    const size = Math.floor(readFileSync(sound).length * share)
    truncateSync(path, size)
    const verdict = verifyJournal(path)
    expect(verdict.kind).toBe('damaged')
    const lastGood = 'lastGoodSeq' in verdict ? verdict.lastGoodSeq : -1
    expect(lastGood).toBeGreaterThan(COUNT * (share - 0.3))
    expect(lastGood).toBeLessThan(COUNT * share + 5)
    // What is named good is what the sound journal has there.
    expect(readFileSync(path).indexOf(Buffer.from(`actor-${lastGood}-a`))).toBeGreaterThan(0)
  })

  test('a file that is no database has no good entry', () => {
    const path = join(tempDir(), 'troupe.sqlite')
    writeFileSync(path, 'not a database, but long enough to be taken for one at first sight'.repeat(100))
    expect(verifyJournal(path)).toMatchObject({ kind: 'damaged', lastGoodSeq: 0 })
  })
})

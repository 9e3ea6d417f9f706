import { describe, expect, test } from 'bun:test'
import { RealClock } from '#ops/real-clock'
import { VirtualClock } from '#sim/virtual-clock'
import { openJournal } from '#store/journal'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { openStore } from '#store/open-store'
import { draftOf, journalConformance, START } from './journal.conformance'
import { removeTempDirs, tempDir } from './temp-dir'

removeTempDirs()

for (const durability of ['power', 'process'] as const) {
  journalConformance(`SQLite file, durability ${durability}`, (clock) => {
    const dataDir = tempDir()
    const store = openStore({ dataDir, durability })
    return {
      journal: openJournal(store, clock),
      reopen: () => openJournal(store, clock),
      breakDisk: () => {
        const { page_count } = store.database.query('PRAGMA page_count').get() as { page_count: number }
        store.database.run(`PRAGMA max_page_count = ${page_count}`)
      },
    }
  })
}

journalConformance('memory', (clock) => {
  const disk = new MemoryJournalDisk(true)
  return {
    journal: openMemoryJournal(disk, clock),
    reopen: () => openMemoryJournal(disk, clock),
    breakDisk: () => disk.failWith(new Error('disk full')),
  }
})

describe('journal on a SQLite file', () => {
  test('I11 the memory and the file form give one chain for the same drafts', () => {
    const clock = new VirtualClock(START)
    const disk = new MemoryJournalDisk(true)
    const inMemory = openMemoryJournal(disk, clock)
    const onFile = openJournal(openStore({ dataDir: tempDir(), durability: 'process' }), clock)
    for (let index = 0; index < 50; index++) {
      const draft = draftOf(`kind.${index % 3}`, { index, text: `é${index}` }, { correlationId: index % 2 === 0 ? null : `c${index}` })
      inMemory.append(draft)
      onFile.append(draft)
      clock.advance(index)
    }
    expect(onFile.read(0, 100)).toEqual(inMemory.read(0, 100))
    expect(onFile.read(49, 1)[0]?.hash).toBe(disk.headHash)
  })

  test('an unchained memory journal has the entries without hashes', () => {
    const clock = new VirtualClock(START)
    const disk = new MemoryJournalDisk(false)
    openMemoryJournal(disk, clock).append(draftOf('a'))
    clock.advance(0)
    expect(disk.read(0, 1)[0]).toMatchObject({ seq: 1, previousHash: '', hash: '' })
  })

  test('refuses to go on from a newest entry that does not carry its own hash', () => {
    const clock = new VirtualClock(START)
    const store = openStore({ dataDir: tempDir(), durability: 'process' })
    openJournal(store, clock).append(draftOf('a'))
    clock.advance(0)
    store.database.run('UPDATE journal SET at_ms = at_ms + 1')
    expect(() => openJournal(store, clock)).toThrow(expect.objectContaining({ code: 'JOURNAL_CORRUPT' }))
  })

  test('one group is one transaction: 1,000 durable appends of one turn, on a real clock', async () => {
    const dataDir = tempDir()
    const store = openStore({ dataDir, durability: 'power' })
    const journal = openJournal(store, new RealClock())
    const seqs = await Promise.all(Array.from({ length: 1_000 }, (_, index) => journal.durable(draftOf('a', { index }))))
    expect(seqs).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1))
    // A commit writes two pages of 4 kB at least: 1,000 of them would be 8 MB.
    expect(Bun.file(`${dataDir}/troupe.sqlite-wal`).size).toBeLessThan(2_000_000)
    expect(journal.read(999, 10)).toHaveLength(1)
    await journal.close()
    store.close()
  })

  test('folds the write-ahead log into the file once it is large and the journal is quiet', () => {
    const clock = new VirtualClock(START)
    const dataDir = tempDir()
    const journal = openJournal(openStore({ dataDir, durability: 'process' }), clock)
    const mainFile = () => Bun.file(`${dataDir}/troupe.sqlite`).size
    for (let index = 0; index < 100; index++) {
      journal.append(draftOf('big', { text: 'x'.repeat(50_000) }))
      clock.advance(1)
    }
    expect(mainFile()).toBeLessThan(1_000_000)
    clock.advance(100)
    expect(mainFile()).toBeGreaterThan(5_000_000)
    expect(clock.pending).toBe(0)
  })

  test('DAT-02 survives the death of the process by kill -9 (durability process)', async () => {
    const dataDir = tempDir()
    const source = `
      import { RealClock } from '#ops/real-clock'
      import { openJournal } from '#store/journal'
      import { openStore } from '#store/open-store'
      const journal = openJournal(openStore({ dataDir: ${JSON.stringify(dataDir)}, durability: 'process' }), new RealClock())
      for (let index = 0; ; index++) {
        const seq = await journal.durable({ actor: 'a', kind: 'k', payload: { index }, correlationId: null, causationSeq: null })
        process.stdout.write(seq + '\\n')
      }`
    const child = Bun.spawn(['bun', '-e', source], { cwd: `${import.meta.dir}/../..`, stdout: 'pipe' })
    let text = ''
    for await (const chunk of child.stdout) {
      text += Buffer.from(chunk).toString()
      if (text.split('\n').length > 200) child.kill('SIGKILL')
    }
    await child.exited
    const acknowledged = Math.max(...text.trimEnd().split('\n').map(Number))
    const journal = openJournal(openStore({ dataDir, durability: 'process' }), new VirtualClock(START))
    expect(acknowledged).toBeGreaterThanOrEqual(200)
    expect(journal.headSeq).toBeGreaterThanOrEqual(acknowledged)
    expect(journal.read(acknowledged - 1, 1)[0]?.payload).toEqual({ index: acknowledged - 1 })
  })
})

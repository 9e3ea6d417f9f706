import type { DataDir } from '#ops/data-dir'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import { openJournal } from '#store/journal'
import { openStore, type Store } from '#store/open-store'
import { requireSoundStore } from '#store/store-facts'
import type { World } from './world-options'

/** Store and journal of a company, open for writing, and the clock that they were opened under. */
export interface Books<C extends ClockPort = ClockPort> {
  readonly store: Store
  readonly journal: JournalPort
  readonly clock: C
  /** Closes both; calling again does nothing. */
  close(): Promise<void>
}

/**
 * Checks the whole journal, then opens store and journal. Called before anything of the venue is touched: a company never trades
 * on a record that does not hold. Every entry is checked at every start, about 5 s a million (measured, 2 cores): a start reads them all
 * anyhow, and a tail alone would let an old fill be altered. When it fails, the directory's lock is given back.
 * @param clockOf makes the clock; it gets the time of the journal's newest entry, so that virtual time goes on from there.
 * @throws {AppError} `SCHEMA_NEWER`, `JOURNAL_CORRUPT`, `MIGRATION_FAILED`; the files are then unchanged.
 */
export function openBooks<C extends ClockPort>(world: World, dataDir: DataDir, clockOf: (newestAtMs: number | null) => C): Books<C> {
  try {
    const clock = clockOf(requireSoundStore(dataDir.path))
    return opened(
      openStore({ dataDir: dataDir.path, durability: world.config.durability ?? (world.config.mode === 'live' ? 'power' : 'process') }),
      clock,
    )
  } catch (error) {
    dataDir.release()
    throw error
  }
}

function opened<C extends ClockPort>(store: Store, clock: C): Books<C> {
  try {
    const journal = openJournal(store, clock)
    let isClosed = false
    return {
      store,
      journal,
      clock,
      close: async () => {
        if (isClosed) return
        isClosed = true
        await journal.close()
        store.close()
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}

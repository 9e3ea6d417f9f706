import type { TroupeConfig } from '#config/schema'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import { openJournal } from '#store/journal'
import { openStore, type Store } from '#store/open-store'
import { requireSoundStore } from '#store/store-facts'

/** Store and journal of a company, open for writing. */
export interface Books {
  readonly store: Store
  readonly journal: JournalPort
  /** Closes both; calling again does nothing. */
  close(): Promise<void>
}

/**
 * Checks the whole journal, then opens store and journal. Called before anything of the venue is touched: a company never trades
 * on a record that does not hold.
 * @throws {AppError} `SCHEMA_NEWER`, `JOURNAL_CORRUPT`, `MIGRATION_FAILED`; the files are then unchanged.
 */
export function openBooks(dataDir: string, config: TroupeConfig, clock: ClockPort): Books {
  requireSoundStore(dataDir)
  const store = openStore({ dataDir, durability: config.durability ?? 'process' })
  try {
    const journal = openJournal(store, clock)
    let isClosed = false
    return {
      store,
      journal,
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

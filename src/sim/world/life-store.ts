import type { InstrumentId } from '#domain/ids'
import type { Json } from '#domain/json'
import type { Bar } from '#domain/market'
import type { Timeframe } from '#domain/time'
import type { PortfolioSnapshot } from '#domain/portfolio-snapshot'
import type { BarStorePort, MarkPort, PortfolioHistoryPort, SnapshotPort } from '#ports/store'
import type { TearingDisk } from './disk'

/** What a life keeps beside its journal. */
export interface Stores {
  readonly marks: MarkPort
  readonly snapshots: SnapshotPort
  readonly history: PortfolioHistoryPort
  readonly bars: BarStorePort
}

/**
 * Marks, snapshots, the portfolio's past and bars as one life of the company has them: they lie on the disk that its journal lies on. While that is full every write
 * throws, as the files do; once the life has ended nothing of it reaches them.
 */
export class LifeStore {
  readonly marks: MarkPort
  readonly snapshots: SnapshotPort
  readonly history: PortfolioHistoryPort
  readonly bars: BarStorePort
  readonly #disk: TearingDisk
  #isFenced = false

  constructor({ marks, snapshots, history, bars }: Stores, disk: TearingDisk) {
    this.#disk = disk
    this.marks = {
      get: (key) => marks.get(key),
      put: (key: string, value: string) => this.#write(() => marks.put(key, value)),
    }
    this.snapshots = {
      load: (name, version) => snapshots.load(name, version),
      save: (name: string, version: number, seq: number, data: Json) => this.#write(() => snapshots.save(name, version, seq, data)),
    }
    this.history = {
      read: (sinceMs, untilMs, limit) => history.read(sinceMs, untilMs, limit),
      save: (snapshot: PortfolioSnapshot) => this.#write(() => history.save(snapshot)),
      prune: (beforeMs: number) => {
        let count = 0
        this.#write(() => {
          count = history.prune(beforeMs)
        })
        return count
      },
    }
    this.bars = {
      read: (instrumentId, timeframe, sinceMs, limit) => bars.read(instrumentId, timeframe, sinceMs, limit),
      append: (instrumentId: InstrumentId, timeframe: Timeframe, added: readonly Bar[]) =>
        this.#write(() => bars.append(instrumentId, timeframe, added)),
    }
  }

  /** Ends this life: nothing that it writes is kept any more. */
  fence(): void {
    this.#isFenced = true
  }

  #write(act: () => void): void {
    if (this.#isFenced) return
    this.#disk.checkRoom()
    act()
  }
}

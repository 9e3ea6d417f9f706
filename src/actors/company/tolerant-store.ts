import { AppError, messageOf } from '#domain/errors'
import type { AlerterPort } from '#ports/alerter'
import type { BarStorePort, PortfolioHistoryPort, SnapshotPort } from '#ports/store'

interface Stores {
  readonly bars: BarStorePort
  readonly snapshots: SnapshotPort
  readonly history: PortfolioHistoryPort
}

/**
 * The stores beside the journal as the company's parts hold them: what cannot be kept (a full disk) is told of and dropped, because all are
 * caches or views (the venue has every bar, a start without a snapshot replays more, a chart has a gap) and a company that cannot write any more must still cancel
 * (design §7). What must not be kept at all, such as a bar that is none, is a bug and goes on being thrown.
 */
export function tolerantStores({ bars, snapshots, history, alerter }: Stores & { readonly alerter: AlerterPort }): Stores {
  const attempt = (what: string, write: () => void): void => {
    try {
      write()
    } catch (error) {
      if (error instanceof AppError) throw error
      alerter.raise({ severity: 'HIGH', code: 'STORE_WRITE_FAILED', text: `not kept: ${what} (${messageOf(error)})`, details: {} })
    }
  }
  return {
    bars: {
      append: (instrumentId, timeframe, added) =>
        attempt(`${timeframe} bars of ${instrumentId}`, () => bars.append(instrumentId, timeframe, added)),
      read: (instrumentId, timeframe, sinceMs, limit) => bars.read(instrumentId, timeframe, sinceMs, limit),
    },
    snapshots: {
      save: (name, version, seq, data) => attempt(`the snapshot ${name}`, () => snapshots.save(name, version, seq, data)),
      load: (name, version) => snapshots.load(name, version),
    },
    history: {
      save: (snapshot) => attempt('a snapshot of the portfolio', () => history.save(snapshot)),
      read: (sinceMs, untilMs, limit) => history.read(sinceMs, untilMs, limit),
      prune: (beforeMs) => {
        let count = 0
        attempt('that old snapshots of the portfolio are gone', () => {
          count = history.prune(beforeMs)
        })
        return count
      },
    },
  }
}

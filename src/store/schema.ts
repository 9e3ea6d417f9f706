import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The append-only, hash-chained record of the company (DAT-02). Rows are never updated or deleted. */
export const journalTable = sqliteTable('journal', {
  /** From 1, without gaps. */
  seq: integer('seq').primaryKey(),
  atMs: integer('at_ms').notNull(),
  actor: text('actor').notNull(),
  kind: text('kind').notNull(),
  /** Canonical JSON. */
  payload: text('payload').notNull(),
  correlationId: text('correlation_id'),
  causationSeq: integer('causation_seq'),
  previousHash: text('previous_hash').notNull(),
  hash: text('hash').notNull(),
})

/** Folds of the journal, one a name and version. A cache: rows may always be deleted. */
export const snapshotsTable = sqliteTable(
  'snapshots',
  {
    name: text('name').notNull(),
    version: integer('version').notNull(),
    /** The journal's sequence number that the fold stands at. */
    seq: integer('seq').notNull(),
    data: text('data').notNull(),
    /** SHA-256 of `data`: a damaged row is not used. */
    digest: text('digest').notNull(),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] })],
)

/** The portfolio as it stood, for charts and reports (PFL-11). Views: rows may always be deleted. */
export const portfolioSnapshotsTable = sqliteTable('portfolio_snapshots', {
  atMs: integer('at_ms').primaryKey(),
  data: text('data').notNull(),
})

/** Small durable values outside the journal: nonce marks. */
export const marksTable = sqliteTable('marks', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
})

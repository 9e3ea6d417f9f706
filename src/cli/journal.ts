import { join, resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { AppError } from '#domain/errors'
import type { JournalEntry } from '#ports/journal'
import { queryJournal } from '#store/journal-query'
import { STORE_FILE } from '#store/open-store'
import { type JournalVerdict, verifyJournal } from '#store/verify'
import { type Arguments, type Command, JSON_FLAG, UsageError } from './command'
import { findDataDir, integerOption, WORLD_OPTIONS } from './world-options'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 1_000_000
const PAYLOAD_CHARS = 160

/** `troupe journal verify|show`: needs no running company, and may be used beside one. */
export const journalCommand: Command = {
  name: 'journal',
  summary: "verify the journal's hash chain, or show its entries",
  usage: '<verify|show> [FILE]',
  options: [
    ...WORLD_OPTIONS,
    { name: 'after', value: 'N', text: 'show: entries with a greater sequence number; default 0' },
    { name: 'limit', value: 'N', text: `show: at most so many entries; default ${LIMIT_DEFAULT}` },
    { name: 'kind', value: 'PREFIX', text: 'show: entries whose kind begins so: order., verdict.' },
    { name: 'actor', value: 'PREFIX', text: "show: entries whose actor's id begins so: bot:, venue:kraken" },
    { name: 'order', value: 'CLIENT_ID', text: 'show: entries of one order, by its client order id' },
    { ...JSON_FLAG, text: 'print one JSON object (verify) or one a line (show)' },
  ],
  run: async (args) => {
    const [action, file, ...more] = args.positionals
    const help = '(see: bun run troupe journal --help)'
    if (action !== 'verify' && action !== 'show') throw new UsageError(`"${action ?? ''}": say verify or show ${help}`)
    if (more[0] !== undefined) throw new UsageError(`"${more[0]}" is not expected here ${help}`)
    const path = file === undefined ? join(findDataDir(args), STORE_FILE) : resolve(file)
    if (!existsSync(path)) {
      const remedy = file === undefined ? 'name its --data-dir, or the file itself' : 'name the troupe.sqlite of a data directory'
      throw new AppError(`there is no journal at ${path}; ${remedy}`, { code: 'NOT_FOUND', severity: 'LOW' })
    }
    return action === 'verify' ? verify(args, path) : show(args, path)
  },
}

function verify(args: Arguments, path: string): number {
  const verdict = verifyJournal(path)
  if (args.flag('json')) console.log(JSON.stringify({ path, ...verdict }))
  else if (verdict.kind === 'intact') console.log(verdictText(verdict))
  else console.error(`${path}: ${verdictText(verdict)}`)
  return verdict.kind === 'intact' ? 0 : 1
}

/** Returns what a check found, in one line. */
export function verdictText(verdict: JournalVerdict): string {
  switch (verdict.kind) {
    case 'intact':
      return `clean: ${verdict.headSeq} entries, head hash ${verdict.headHash}`
    case 'broken':
      return `broken at entry ${verdict.seq} (${verdict.fault}): ${verdict.text}; entry ${verdict.seq - 1} is the last good one`
    case 'damaged':
      return `damaged: it cannot be read beyond entry ${verdict.lastGoodSeq}, the last good one: ${verdict.text}`
    case 'absent':
      return verdict.text
  }
}

function show(args: Arguments, path: string): number {
  const entries = queryJournal(path, {
    after: integerOption(args, 'after', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    limit: integerOption(args, 'limit', 1, LIMIT_MAX) ?? LIMIT_DEFAULT,
    kindPrefix: args.text('kind'),
    actorPrefix: args.text('actor'),
    clientOrderId: args.text('order'),
  })
  const isJson = args.flag('json')
  for (const entry of entries) console.log(isJson ? JSON.stringify(entry) : lineOf(entry))
  return 0
}

function lineOf({ seq, atMs, actor, kind, payload }: JournalEntry): string {
  const text = JSON.stringify(payload)
  const shown = text.length <= PAYLOAD_CHARS ? text : `${text.slice(0, PAYLOAD_CHARS)}…`
  return `${String(seq).padStart(7)}  ${new Date(atMs).toISOString()}  ${kind.padEnd(20)}  ${actor}  ${shown}`
}

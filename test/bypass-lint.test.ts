// Runs the linter, with the repository's own rules, over files that are not the repository's.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const LAWFUL = `import { decimal } from '#domain/decimal'
import type { Intent } from '#domain/intent'

/** Wants nothing. */
export function decide(): readonly Intent[] {
  return [decimal('1')].flatMap(() => [])
}
`

/** A file of the tree, one line that does not belong there, and what the linter says to it. */
const ROGUES: readonly (readonly [what: string, file: string, code: string, rule: string])[] = [
  ['imports a venue', 'strategies/rogue.ts', "import '#venues/kraken/venue'", 'noRestrictedImports'],
  ['imports a venue on the way', 'strategies/rogue.ts', "export const venue = () => import('#venues/kraken/venue')", 'noRestrictedImports'],
  ['imports a venue by its path', 'strategies/rogue.ts', "import '../venues/kraken/venue'", 'noRestrictedImports'],
  ['imports a venue by its path from below', 'strategies/indicators/rogue.ts', "import '../../venues/kraken/venue'", 'noRestrictedImports'],
  ['imports the type of a venue', 'strategies/rogue.ts', "export type { VenuePort } from '#ports/venue'", 'noRestrictedImports'],
  ['imports the desk', 'strategies/rogue.ts', "import '#actors/desk/desk'", 'noRestrictedImports'],
  ['imports the mint', 'strategies/rogue.ts', "import '#risk/approved'", 'noRestrictedImports'],
  ['imports the gate', 'strategies/rogue.ts', "import '#risk/gate'", 'noRestrictedImports'],
  ['imports what an order is made of', 'strategies/rogue.ts', "export type { Proposal } from '#domain/order'", 'noRestrictedImports'],
  ['imports what names an order', 'strategies/rogue.ts', "import '#domain/digest'", 'noRestrictedImports'],
  ['imports the network', 'strategies/rogue.ts', "import 'node:net'", 'noRestrictedImports'],
  ['requires the network', 'strategies/rogue.ts', "export const net = require('node:net')", 'noRestrictedGlobals'],
  ['opens a socket', 'strategies/rogue.ts', "export const open = () => new WebSocket('wss://venue')", 'noRestrictedGlobals'],
  ['calls the venue', 'strategies/rogue.ts', "export const ask = () => fetch('https://venue')", 'noRestrictedGlobals'],
  ['calls it round a corner', 'strategies/rogue.ts', "export const ask = () => globalThis.fetch('https://venue')", 'noRestrictedGlobals'],
  ['calls it by the runtime', 'strategies/rogue.ts', "export const ask = () => Bun.fetch('https://venue')", 'noRestrictedGlobals'],
  ['approves an order itself', 'strategies/rogue.ts', 'export const forge = (order: object) => order as Approved', 'plugin'],
  [
    'approves an order in two steps',
    'strategies/rogue.ts',
    'export const forge = (order: object) => order as unknown as Approved',
    'plugin',
  ],
  ['approves an order as the desk', 'actors/desk/rogue.ts', 'export const forge = (order: object) => order as Approved', 'plugin'],
  ['approves an order as a check', 'risk/checks/rogue.ts', 'export const forge = (order: object) => order as Approved', 'plugin'],
  ['imports a venue as a check', 'risk/checks/rogue.ts', "import '#venues/kraken/venue'", 'noRestrictedImports'],
  ['imports a venue as an actor', 'actors/bots/rogue.ts', "import '#venues/kraken/venue'", 'noRestrictedImports'],
]

interface Diagnostic {
  readonly category: string
  readonly severity: string
  readonly location: { readonly path: string }
}

let root = ''
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-lint-')))
  for (const file of ['biome.json', '.gitignore', 'scripts/ports-only.grit']) cpSync(file, join(root, file))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What the linter has against one file at a path under `src`. */
function findingsIn(file: string, code: string): { readonly exitCode: number; readonly rules: readonly string[] } {
  const path = join(root, 'src', file)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `${code}\n`)
  const { exitCode, stdout } = Bun.spawnSync(['node_modules/.bin/biome', 'lint', `--config-path=${root}`, '--reporter=json', path])
  rmSync(path)
  const { diagnostics } = JSON.parse(stdout.toString()) as { diagnostics: readonly Diagnostic[] }
  expect(diagnostics.every(({ location }) => location.path.endsWith(file))).toBe(true)
  return {
    exitCode,
    rules: diagnostics.filter(({ severity }) => severity === 'error').map(({ category }) => category.split('/').at(-1) ?? ''),
  }
}

describe('RSK-01 the linter refuses what goes round the gate', () => {
  test('a strategy that states intents passes', () => {
    expect(findingsIn('strategies/lawful.ts', LAWFUL)).toEqual({ exitCode: 0, rules: [] })
  })

  for (const [what, file, code, rule] of ROGUES)
    test(`RSK-01 STR-01 REQ-STR1 src/${file}: ${what}`, () => {
      const { exitCode, rules } = findingsIn(file, code)
      expect(rules).toContain(rule)
      expect(exitCode).not.toBe(0)
    })
})

// Writes docs/capabilities.md from the venues' capabilities. `--check` only compares; exit 1 when the file is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { capabilityPage } from '#cli/capability-matrix'
import { COINBASE_CAPABILITIES } from '#venues/coinbase/capabilities'
import { KRAKEN_CAPABILITIES } from '#venues/kraken/capabilities'

const PATH = 'docs/capabilities.md'

const text = capabilityPage({ kraken: KRAKEN_CAPABILITIES, coinbase: COINBASE_CAPABILITIES })
const known = existsSync(PATH) ? readFileSync(PATH, 'utf8') : ''
if (known === text) process.exit(0)
if (process.argv.includes('--check')) {
  console.error(`${PATH} is stale: run bun scripts/capabilities.ts`)
  process.exit(1)
}
writeFileSync(PATH, text)
console.log(`wrote ${PATH}`)

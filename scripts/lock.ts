// Checks that bun.lock names no address: packages come from whatever registry the machine is set to.
import { readFileSync } from 'node:fs'

const lines = readFileSync('bun.lock', 'utf8').split('\n')
const found = lines.flatMap((line, index) => (line.includes('://') ? [index + 1] : []))
if (found.length > 0) {
  console.error(
    `bun.lock names addresses in lines ${found.slice(0, 10).join(', ')}: install from the default registry and commit that lock`,
  )
  process.exit(1)
}

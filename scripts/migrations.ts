// Checks that drizzle/ holds the migrations of src/store/schema.ts: generating from a copy must find nothing to add.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const COPY = join('.run', 'drizzle')
const migrationsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.sql'))

rmSync(COPY, { recursive: true, force: true })
mkdirSync('.run', { recursive: true })
cpSync('drizzle', COPY, { recursive: true })
const words = ['generate', '--dialect', 'sqlite', '--schema', './src/store/schema.ts', '--out', COPY]
const result = Bun.spawnSync([process.execPath, 'node_modules/drizzle-kit/bin.cjs', ...words], {
  stdin: 'ignore',
  stdout: 'pipe',
  stderr: 'pipe',
})
const added = migrationsIn(COPY).filter((name) => !migrationsIn('drizzle').includes(name))
if (result.exitCode !== 0 || added.length > 0) {
  console.error(result.stdout.toString() + result.stderr.toString())
  console.error('src/store/schema.ts differs from drizzle/: run bunx --bun drizzle-kit generate')
  process.exit(1)
}

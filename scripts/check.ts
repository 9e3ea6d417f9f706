// `bun run check`: format, lint (with the import walls), types, and the generated files. Prints one line a step; exit 1 if any fails.
import { resolve } from 'node:path'

const bun = process.execPath

const STEPS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format', command: [bun, 'x', 'biome', 'format', '.'] },
  { name: 'lint and import walls', command: [bun, 'x', 'biome', 'lint', '.', '--error-on-warnings'] },
  { name: 'types', command: [bun, 'x', 'tsc', '--noEmit'] },
  { name: 'migrations match the schema', command: [bun, 'scripts/migrations.ts'] },
  { name: 'charts are fresh', command: [bun, 'src/main.ts', 'charts', '--check'] },
  { name: 'OpenAPI document is fresh', command: [bun, 'scripts/openapi.ts', '--check'] },
  { name: 'table of risk checks is fresh', command: [bun, 'scripts/risk-checks.ts', '--check'] },
  { name: 'matrix of capabilities is fresh', command: [bun, 'scripts/capabilities.ts', '--check'] },
  { name: 'error pages are complete', command: [bun, 'scripts/errors.ts'] },
  { name: 'traceability table is fresh', command: [bun, 'scripts/traceability.ts', '--check'] },
  { name: 'the lock holds no addresses', command: [bun, 'scripts/lock.ts'] },
]

// What tools keep between runs stays inside the checkout.
const env = { ...process.env, XDG_CACHE_HOME: resolve('.run', 'cache') }

let failed = 0
for (const { name, command } of STEPS) {
  const startedAt = performance.now()
  const result = Bun.spawnSync([...command], { env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  console.log(`${result.exitCode === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (result.exitCode === 0) continue
  failed++
  console.log(`     ${command.join(' ').replace(bun, 'bun')}`)
  console.log((result.stdout.toString() + result.stderr.toString()).trimEnd().slice(0, 8_000))
}
console.log(failed === 0 ? 'check: all clean' : `check: ${failed} of ${STEPS.length} steps failed`)
process.exit(failed === 0 ? 0 : 1)

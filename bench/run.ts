// `bun run bench [NAME…] [--runs N]`: every bench, or those named, in processes of their own, N times; medians beside the floors of the same run.
import { parseArgs } from 'node:util'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from './report'

const BENCHES = ['floors', 'journal', 'book', 'lifecycle', 'memory', 'tick-to-order', 'backtest', 'kill']
/** Run when they are named, and once: they repeat by themselves and take minutes. */
const BY_NAME = ['kill']
const { values, positionals: names } = parseArgs({ options: { runs: { type: 'string', default: '3' } }, allowPositionals: true })
const runs = Number(values.runs)
const unknown = names.filter((name) => !BENCHES.includes(name))
const chosen = BENCHES.filter((name) => (names.length === 0 ? !BY_NAME.includes(name) : names.includes(name)))
if (!Number.isInteger(runs) || runs < 1 || unknown.length > 0) {
  console.error(
    `bench: --runs takes a whole number from 1, names are of ${BENCHES.join(', ')}${unknown.map((name) => `; not "${name}"`).join('')}`,
  )
  process.exit(2)
}
const missing = chosen.filter((name) => !readdirSync(import.meta.dir).includes(`${name}.ts`))
if (missing.length > 0) throw new Error(`bench: no file for ${missing.join(', ')}`)

const notes: string[] = []
const samples = new Map<string, { unit: string; values: number[] }>()
for (const name of chosen) {
  const times = BY_NAME.includes(name) ? 1 : runs
  for (let run = 1; run <= times; run++) {
    process.stderr.write(`\r\u001b[K${name} ${run}/${times}`)
    const { stdout, stderr, exitCode } = Bun.spawnSync([process.execPath, join(import.meta.dir, `${name}.ts`)], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const lines = stdout.toString().split('\n')
    const line = lines.find((text) => text.startsWith('FIGURES '))
    notes.push(...lines.filter((text) => text.startsWith('NOTE ')).map((text) => text.slice(5)))
    if (exitCode !== 0 || line === undefined) {
      console.error(`\n${name} failed:\n${stdout.toString()}${stderr.toString()}`)
      process.exit(1)
    }
    for (const { name: figure, unit, value } of JSON.parse(line.slice(8)) as Figure[]) {
      const known = samples.get(figure) ?? { unit, values: [] }
      samples.set(figure, known)
      known.values.push(value)
    }
  }
}
process.stderr.write('\r\u001b[K')

const shown = (value: number) => (value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : 1))
const width = Math.max(...[...samples.keys()].map((name) => name.length))
if (chosen.some((name) => !BY_NAME.includes(name))) console.log(`medians of ${runs} runs, each in a process of its own (lowest … highest)`)
for (const [name, { unit, values }] of samples) {
  const sorted = values.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  console.log(
    `${name.padEnd(width)}  ${shown(median).padStart(12)} ${unit.padEnd(4)} (${shown(sorted[0] ?? Number.NaN)} … ${shown(sorted.at(-1) ?? Number.NaN)})`,
  )
}
for (const text of new Set(notes)) console.log(text)

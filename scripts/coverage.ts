// Reads bun's lcov report and says how much of src the tests ran. A file that no test loaded counts with all its lines.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Least share of lines, in percent. The page runs in a browser, out of bun's sight: it counts as not run. */
const LEAST = [
  { folder: 'src', percent: 80 },
  { folder: 'src/domain', percent: 95 },
  { folder: 'src/risk', percent: 95 },
  { folder: 'src/machines', percent: 95 },
] as const

interface Lines {
  readonly found: number
  readonly hit: number
}

function reported(lcov: string): ReadonlyMap<string, Lines> {
  const files = new Map<string, Lines>()
  for (const record of lcov.split('end_of_record')) {
    const file = /^SF:(.*)$/m.exec(record)?.[1]
    if (file === undefined) continue
    files.set(file, { found: Number(/^LF:(\d+)$/m.exec(record)?.[1]), hit: Number(/^LH:(\d+)$/m.exec(record)?.[1]) })
  }
  return files
}

/** Lines of a file that would run: those of its JavaScript, imports apart. A file of types alone has none. */
function runnableLines(file: string): number {
  const script = new Bun.Transpiler({ loader: file.endsWith('.tsx') ? 'tsx' : 'ts' }).transformSync(readFileSync(file, 'utf8'))
  return script.split('\n').filter((line) => line.trim() !== '' && !/^(import |export \{)/.test(line)).length
}

/** Prints a line a folder and returns the folders below their least share. */
export function judgeCoverage(reportFile: string): readonly string[] {
  const known = reported(readFileSync(reportFile, 'utf8'))
  const files = [...new Bun.Glob('src/**/*.{ts,tsx}').scanSync('.')].filter((file) => !file.endsWith('.d.ts')).sort()
  const lines = files.map((file) => ({ file, ...(known.get(file) ?? { found: runnableLines(file), hit: 0 }) }))
  const folders = [...new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))].filter((name) => !name.endsWith('.ts'))
  const low: string[] = []
  for (const folder of ['src', ...folders]) {
    const own = lines.filter(({ file }) => file.startsWith(`${folder}/`))
    const found = own.reduce((sum, entry) => sum + entry.found, 0)
    const hit = own.reduce((sum, entry) => sum + entry.hit, 0)
    if (found === 0) continue
    const percent = (100 * hit) / found
    const least = LEAST.find((entry) => entry.folder === folder)?.percent ?? 0
    console.log(`${percent.toFixed(1).padStart(6)} %  ${folder}${least > 0 ? ` (at least ${least} %)` : ''}`)
    if (percent < least) low.push(`${folder} ${percent.toFixed(1)} % of ${least} %`)
  }
  return low
}

/** Where `scripts/test.ts` has bun write its report. */
export const REPORT_DIR = join('.run', 'coverage')

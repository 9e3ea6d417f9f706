// Runs every test once, with coverage, in a time zone that has no whole-hour offset; then those about time in three others.
// `--long` takes the long profiles of the drills. The last line is "N passed, N failed", with ", N skipped" where some were.
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { judgeCoverage, REPORT_DIR } from './coverage'

/** Half past the hour and beyond the date line: whoever reckons in local time is wrong here. */
const ZONE = 'Pacific/Chatham'
const OTHER_ZONES = ['America/New_York', 'Asia/Kolkata', 'UTC']
/** Tests of what knows minutes and days. */
const ABOUT_TIME = /(^|[/.-])(time|timer-heap|bars?|bar-[a-z]+|candles?|days?|schedule|breakers|gate-caps|virtual-clock)[./-]/

interface Counts {
  passed: number
  failed: number
  skipped: number
}

const total: Counts = { passed: 0, failed: 0, skipped: 0 }

function testFiles(): readonly string[] {
  return [...new Bun.Glob('test/**/*.test.{ts,tsx}').scanSync('.')].sort()
}

/** Runs `bun test` on files and prints a line a file, and whatever is no passed test. */
async function run(zone: string, files: readonly string[], extra: readonly string[]): Promise<void> {
  const isLong = process.argv.includes('--long')
  // What a browser keeps between runs stays inside the checkout.
  const homes = { XDG_CONFIG_HOME: resolve('.run', 'config'), XDG_CACHE_HOME: resolve('.run', 'cache') }
  const child = Bun.spawn([process.execPath, 'test', ...extra, ...files.map((file) => `./${file}`)], {
    env: { ...process.env, ...homes, TZ: zone, ...(isLong ? { TROUPE_LONG: '1' } : {}), FORCE_COLOR: '0' },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'pipe',
  })
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  let index = 0
  for await (const line of linesOf(child.stderr)) {
    const summary = /^ *(\d+) (pass|fail|skip|todo)$/.exec(line)
    if (summary !== null) {
      const count = Number(summary[1])
      if (summary[2] === 'pass') counts.passed = count
      else if (summary[2] === 'fail') counts.failed = count
      else counts.skipped += count
    } else if (/^test\/\S+\.test\.tsx?:$/.test(line)) console.log(`[${++index}/${files.length}] ${line.slice(0, -1)}`)
    else if (line.trim() !== '' && !/^\(pass\)|^bun test |^ *\d+ (expect\(\) calls|tests failed:)|^Ran \d+ tests/.test(line))
      console.log(line)
  }
  // A file that cannot be loaded, or an error between tests, fails the run without being a test.
  if ((await child.exited) !== 0 && counts.failed === 0) counts.failed = 1
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skipped
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream as ReadableStream<Uint8Array> & AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

const files = testFiles()
rmSync(REPORT_DIR, { recursive: true, force: true })
console.log(`${files.length} test files, TZ=${ZONE}, with coverage`)
await run(ZONE, files, ['--coverage', '--coverage-reporter=lcov', `--coverage-dir=${REPORT_DIR}`])
const timed = files.filter((file) => ABOUT_TIME.test(file))
for (const zone of OTHER_ZONES) {
  console.log(`\n${timed.length} test files about time, TZ=${zone}`)
  await run(zone, timed, [])
}

console.log('\nLines of code that the tests ran')
const low = judgeCoverage(join(REPORT_DIR, 'lcov.info'))
if (low.length > 0) {
  console.log(`coverage is too low: ${low.join('; ')}`)
  total.failed += 1
}
const { passed, failed, skipped } = total
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed === 0 ? 0 : 1)

// `bun run verify`: sets up what is missing, then check and the tests. The README's second command; CI runs it too.
// Works on a machine that has only Node.js with npm: Bun itself comes through npx. The tests of the page need Chromium: in CI it is
// installed from Debian where we may; elsewhere nothing outside the checkout is touched, and those tests say that they are skipped.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { codeDigest } from '#sim/simulate/code-digest'

function run(command: readonly string[], quiet = false): boolean {
  const output = quiet ? 'ignore' : 'inherit'
  return Bun.spawnSync([...command], { stdout: output, stderr: output, stdin: 'ignore' }).exitCode === 0
}

function must(command: readonly string[]): void {
  if (!run(command)) process.exit(1)
}

must([process.execPath, 'install', '--frozen-lockfile'])

if (process.env['CI'] === 'true' && !existsSync('/usr/bin/chromium') && existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
  console.log('verify: installing Chromium from Debian for the tests of the page')
  const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-y']
  const installed =
    run([...apt, 'update'], true) && run([...apt, '--no-install-recommends', 'install', 'chromium', 'fonts-liberation'], true)
  if (!installed) console.log('verify: Chromium could not be installed; the tests of the page will say that they are skipped')
}

const isGreen = run([process.execPath, 'run', 'check']) && run([process.execPath, 'scripts/test.ts', ...process.argv.slice(2)])

// What `troupe gate live` looks for. A run of some of the tests proves nothing and is not kept.
if (process.argv.length === 2) {
  mkdirSync('data/evidence', { recursive: true, mode: 0o700 })
  const result = isGreen ? 'green' : 'red'
  writeFileSync('data/evidence/ci.json', `${JSON.stringify({ digest: codeDigest('.'), result, finishedAtMs: Date.now() })}\n`)
}
process.exit(isGreen ? 0 : 1)

// Takes the README's pictures of the page: starts a sandbox in virtual time, lets its bots trade, and photographs it with Chromium.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { announcedApi } from '#cli/locate'

const OUT = 'docs/pictures'
const WIDE = { width: 1280, height: 1_130 }
const PHONE = { width: 390, height: 844 }
/** Two hours of the market. */
const TRADING_MS = 60_000
const SPEED = '120'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
if (executablePath === undefined) {
  console.error('pictures: no Chromium at /usr/bin/chromium or /usr/bin/chromium-browser')
  process.exit(1)
}

const home = mkdtempSync(join(tmpdir(), 'troupe-pictures-'))
const dataDir = join(home, 'data')
const company = Bun.spawn([process.execPath, 'src/main.ts', 'start', '--speed', SPEED, '--port', '0', '--data-dir', dataDir], {
  stdin: 'ignore',
  stdout: 'ignore',
  stderr: 'inherit',
})
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })

async function open(
  url: string,
  viewport: { readonly width: number; readonly height: number },
  colorScheme: 'light' | 'dark',
): Promise<Page> {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', deviceScaleFactor: 1 })
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForTimeout(2_000)
  return page
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(OUT, `${name}.png`) })
  console.log(`${OUT}/${name}.png`)
}

try {
  while (announcedApi(dataDir) === null) await Bun.sleep(100)
  const url = announcedApi(dataDir)?.url ?? ''
  const light = await open(url, WIDE, 'light')
  await Bun.sleep(TRADING_MS)
  await take(light, 'overview')
  const actors = light.locator('section', { has: light.getByRole('heading', { name: /^Actors/ }) })
  await actors.screenshot({ path: join(OUT, 'actors.png') })
  await take(await open(url, WIDE, 'dark'), 'overview-dark')
  await take(await open(url, PHONE, 'light'), 'phone')
  await light.getByRole('button', { name: /kill/i }).first().click()
  await light.waitForTimeout(500)
  await take(light, 'kill-switch')
  await fetch(`${url}api/v1/risk/kill-switch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ confirm: 'KILL', reason: 'drill' }),
  })
  await take(await open(url, WIDE, 'light'), 'halted')
} finally {
  await browser.close()
  company.kill('SIGTERM')
  await company.exited
  rmSync(home, { recursive: true, force: true })
}

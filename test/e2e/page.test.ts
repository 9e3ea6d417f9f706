import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type ApiOptions, DEFAULT_API_OPTIONS } from '#api/options'
import { type ApiServer, serveApi } from '#api/serve'
import { Secret } from '#domain/secret'
import { RealClock } from '#ops/real-clock'
import page from '../../src/web/index.html'
import { FakeClock } from '../api/fake-clock'
import { FakeControl } from '../api/fake-control'
import { fakeLog } from '../api/fake-log'

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const executablePath = CANDIDATES.find((path) => existsSync(path))
if (executablePath === undefined) console.log('SKIPPED test/e2e/page.test.ts: no Chromium at any of', CANDIDATES.join(', '))

const PATIENCE_MS = 60_000
const WIDE = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

// The real server and page in a real browser, over a fake control whose clock stands still.
describe.skipIf(executablePath === undefined)('page', () => {
  let browser: Browser
  let control: FakeControl
  let server: ApiServer
  let pages: Page[] = []
  /** What the page asked of any other address, and what it threw. Both must stay empty. */
  let foreign: string[] = []
  let thrown: string[] = []

  function serve(options: Partial<ApiOptions> = {}): ApiServer {
    return serveApi({
      control,
      clock: new RealClock(),
      log: fakeLog(),
      page,
      inspector: null,
      options: { ...DEFAULT_API_OPTIONS, port: 0, ...options },
    })
  }

  async function open(viewport = WIDE, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const context = await browser.newContext({ viewport, colorScheme })
    const tab = await context.newPage()
    pages.push(tab)
    tab.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) foreign.push(request.url())
    })
    tab.on('pageerror', (error) => thrown.push(error.message))
    tab.on('console', (message) => {
      if (/Content Security Policy|Warning:|error boundary/i.test(message.text())) thrown.push(message.text())
    })
    await tab.goto(server.url)
    return tab
  }

  async function seriousViolations(tab: Page): Promise<readonly string[]> {
    await tab.evaluate(axe.source)
    const { violations } = (await tab.evaluate('axe.run()')) as { violations: readonly Violation[] }
    return violations
      .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
      .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 200)).join(' ')}`)
  }

  /** Waits for the end of every animation: contrast is judged at full opacity. The page's own policy forbids waitForFunction's eval. */
  async function settled(tab: Page): Promise<void> {
    while ((await tab.evaluate('document.getAnimations().length')) !== 0) await tab.waitForTimeout(50)
  }

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    })
  }, PATIENCE_MS)
  afterAll(async () => {
    await browser.close()
  })
  afterEach(async () => {
    for (const tab of pages) await tab.context().close()
    await server.stop()
    const found = [foreign, thrown]
    pages = []
    foreign = []
    thrown = []
    expect(found).toEqual([[], []])
  })

  function start(options: Partial<ApiOptions> = {}): void {
    control = new FakeControl(new FakeClock())
    server = serve(options)
  }

  test(
    'WEB-05 shows mode, health, time, equity, bots, orders, positions, breakers and actors, at both widths, without sideways scrolling',
    async () => {
      start()
      for (const viewport of [WIDE, PHONE]) {
        const tab = await open(viewport)
        await tab
          .getByRole('rowheader', { name: /trend-btc/ })
          .first()
          .waitFor()
        for (const text of ['SANDBOX', '2026-03-04 12:00:00 UTC', '60,320.18 USD', '120 of 200 bars'])
          expect(await tab.getByText(text).first().isVisible()).toBe(true)
        for (const name of ['Bots', 'Equity', 'Risk', 'Open orders', 'Positions', 'Limits', 'Recent orders', 'Events', 'Actors']) {
          expect(await tab.getByRole('region', { name, exact: true }).isVisible()).toBe(true)
        }
        expect(await tab.getByRole('table', { name: 'Orders that can still fill' }).getByRole('row').count()).toBe(5)
        expect(await tab.getByTestId('equity-chart').locator('canvas').count()).toBeGreaterThan(0)
        expect(await tab.getByRole('button', { name: 'Kill switch' }).isVisible()).toBe(true)
        expect(await tab.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
        expect(await tab.evaluate('document.querySelector("link[rel=icon]").href')).toContain('favicon')
      }
    },
    PATIENCE_MS,
  )

  test(
    'WEB-05 pauses and resumes a bot, and a refused button says why instead of sending',
    async () => {
      start()
      const tab = await open()
      const row = tab.getByRole('row', { name: /trend-btc/ }).first()
      await row.getByRole('button', { name: 'Pause trend-btc' }).click()
      await row.getByText('PAUSED').waitFor()
      expect(control.audit.map((line) => line.command)).toEqual(['pause'])
      const refused = row.getByRole('button', { name: 'Start trend-btc, not possible: Already PAUSED' })
      expect(await refused.getAttribute('aria-disabled')).toBe('true')
      await refused.click({ force: true })
      await tab.getByText('Start trend-btc: Already PAUSED').waitFor()
      expect(control.audit.length).toBe(1)
      await row.getByRole('button', { name: 'Resume trend-btc' }).press('Enter')
      await row.getByText('ACTIVE').waitFor()
    },
    PATIENCE_MS,
  )

  test(
    'API-05 halts a bot only after a plain confirmation; Escape changes nothing',
    async () => {
      start()
      const tab = await open()
      await tab.getByRole('button', { name: 'Halt grid-eth' }).click()
      await tab.getByRole('dialog', { name: 'Halt grid-eth' }).waitFor()
      await tab.keyboard.press('Escape')
      await tab.getByRole('dialog').waitFor({ state: 'hidden' })
      expect(control.audit).toEqual([])
      await tab.getByRole('button', { name: 'Halt grid-eth' }).click()
      await tab.getByLabel('Reason (for the journal)').fill('grid is off')
      await tab.getByRole('dialog').getByRole('button', { name: 'Halt' }).click()
      await tab
        .getByRole('row', { name: /grid-eth/ })
        .first()
        .getByText('HALTED')
        .waitFor()
      expect(control.audit).toEqual([{ command: 'halt', operator: { name: 'local', address: '127.0.0.1' }, reason: 'grid is off' }])
    },
    PATIENCE_MS,
  )

  test(
    'WEB-05 trips the kill switch only when KILL is typed, shows it, and clears it only when CLEAR is typed',
    async () => {
      start()
      const tab = await open(PHONE, 'dark')
      await tab.getByRole('button', { name: 'Kill switch' }).click()
      const action = tab.getByRole('button', { name: 'Stop everything' })
      for (const wrong of ['', 'kill', 'KILL ']) {
        await tab.getByLabel('Type KILL to confirm').fill(wrong)
        expect(await action.isDisabled()).toBe(true)
      }
      await tab.getByLabel('Type KILL to confirm').fill('KILL')
      await tab.getByLabel('Reason (for the journal)').fill('odd fills')
      await action.click()
      await tab.getByText('The kill switch is on.').waitFor()
      expect(await tab.getByText('odd fills').first().isVisible()).toBe(true)
      expect(control.risk().killSwitch.isActive).toBe(true)
      await tab.getByRole('button', { name: 'Clear…' }).click()
      await tab.getByLabel('Type CLEAR to confirm').fill('CLEAR')
      await tab.getByRole('button', { name: 'Clear the switch' }).click()
      await tab.getByText('The kill switch is on.').waitFor({ state: 'hidden' })
      expect(control.risk().killSwitch.isActive).toBe(false)
    },
    PATIENCE_MS,
  )

  test(
    'RSK-01 RSK-02 WEB-05 shows what limits stand at, re-arms a throttle, and lets a scope only reduce, by keyboard too',
    async () => {
      start()
      for (const viewport of [PHONE, WIDE]) {
        const tab = await open(viewport)
        const limits = tab.getByRole('region', { name: 'Limits', exact: true })
        const row = limits.getByRole('row', { name: /The exposure to BTC/ })
        await row.waitFor()
        for (const text of ['3,016.00 USD', '100 %', 'policy careful (bot trend-btc)', '0.05 of equity'])
          expect(await row.getByText(text).first().isVisible()).toBe(true)
        expect(await row.getByRole('meter').getAttribute('aria-label')).toBe('The exposure to BTC, asset:BTC: 100 % of its limit')
        await limits.getByRole('button', { name: 'Show all 6' }).focus()
        await tab.keyboard.press('Enter')
        expect(await limits.getByRole('button', { name: 'Show the most used' }).isVisible()).toBe(true)
        expect(await tab.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0)
        await settled(tab)
        expect(await seriousViolations(tab)).toEqual([])
      }
      const tab = await open()
      await tab.getByRole('button', { name: 'Re-arm the throttle of grid-eth' }).click()
      await tab.getByLabel('Reason (for the journal)').fill('mended')
      await tab.getByRole('dialog').getByRole('button', { name: 'Re-arm' }).click()
      await tab.getByText('Re-arm the throttle of grid-eth: done').waitFor()
      await tab.getByRole('button', { name: 'Only reduce…' }).click()
      await tab.getByLabel('What is to reduce').selectOption({ label: 'Bot trend-btc' })
      await tab.getByRole('dialog').getByRole('button', { name: 'Only reduce' }).click()
      await tab.getByText('Only reduce: Bot trend-btc: done').waitFor()
      expect(control.gate.reducing()).toMatchObject([{ scope: 'bot:trend-btc' }])
      await tab.getByRole('button', { name: 'End the reducing of bot:trend-btc' }).click()
      await tab.getByRole('button', { name: 'End it' }).click()
      await tab.getByText('Nothing: every scope may take new risk.').waitFor()
      expect(control.audit.map(({ command }) => command.split(' ')[0])).toEqual(['throttle.rearm', 'reducing.begin', 'reducing.end'])
    },
    PATIENCE_MS,
  )

  test(
    'RUN-12 WEB-05 halts what is chosen and closes its positions where ticked; then closes all of a killed company',
    async () => {
      start()
      const tab = await open()
      await tab.getByRole('button', { name: 'Kill switch' }).click()
      const action = tab.getByRole('button', { name: 'Stop everything' })
      await tab.getByLabel('What to halt').selectOption({ label: 'Bot trend-btc' })
      await tab.getByLabel('Close its positions at the market too').check()
      await tab.getByLabel('Type KILL to confirm').fill('KILL')
      await settled(tab)
      expect(await seriousViolations(tab)).toEqual([])
      await action.click()
      await tab.getByText('Emergency halt: done').waitFor()
      expect(control.emergencies()).toMatchObject([{ scope: 'bot:trend-btc', shouldFlatten: true }])

      control.tripKillSwitch('by hand', { name: 'other', address: '127.0.0.1' })
      await tab.getByRole('button', { name: 'Close positions…' }).click()
      await tab.getByLabel('Type KILL to confirm').fill('KILL')
      await tab.getByRole('button', { name: 'Close every position' }).click()
      await tab.getByText('Emergency halt: done').nth(1).waitFor()
      expect(control.emergencies()[0]).toMatchObject({ scope: 'all', shouldFlatten: true })
    },
    PATIENCE_MS,
  )

  test(
    'WEB-05 cancels one order, and all of them only when CANCEL ALL is typed',
    async () => {
      start()
      const tab = await open()
      const region = tab.getByRole('region', { name: 'Open orders' })
      await region.getByRole('button', { name: 'Cancel sell 0.75 ETH-USD' }).click()
      await region.getByRole('row').nth(4).waitFor({ state: 'detached' })
      await region.getByRole('button', { name: 'Cancel all working orders' }).click()
      await tab.getByLabel('Type CANCEL ALL to confirm').fill('CANCEL ALL')
      await tab.getByRole('button', { name: 'Cancel all orders' }).click()
      await region.getByText('No order is working.').waitFor()
      expect(control.orders({ status: 'open', botId: null, limit: 10 })).toEqual([])
    },
    PATIENCE_MS,
  )

  test(
    'API-06 shows pushed events and reads again what they change, long before the next poll',
    async () => {
      start()
      const tab = await open()
      await tab.getByText('60,320.18 USD').waitFor()
      control.equityAdjust = 1_000
      control.push('alert', { severity: 'HIGH', code: 'STALENESS', text: 'No quote for 31 s' })
      control.push('portfolio', { equity: '61320.18' })
      await tab.getByText('61,320.18 USD').waitFor({ timeout: 3_000 })
      const line = tab.getByRole('list', { name: 'Events, newest first' }).getByRole('listitem').first()
      expect(await line.textContent()).toContain('STALENESS No quote for 31 s')
    },
    PATIENCE_MS,
  )

  test(
    'WEB-05 says when the backend is away, greys what it shows, and recovers by itself, live updates included',
    async () => {
      start()
      const tab = await open()
      await tab.getByText('60,320.18 USD').waitFor()
      const { port } = server
      await server.stop()
      await tab.getByText('The backend does not answer.').waitFor()
      expect(await tab.getByText(/Last heard at \d\d:\d\d:\d\d/).isVisible()).toBe(true)
      expect(await tab.locator('main').getAttribute('data-away')).toBe('true')
      await tab.getByRole('button', { name: 'Pause trend-btc' }).click()
      await tab.getByText(/Pause trend-btc: No answer from the backend/).waitFor()
      control.equityAdjust = -320.18
      server = serve({ port })
      await tab.getByText('The backend does not answer.').waitFor({ state: 'hidden' })
      await tab.getByText('60,000.00 USD').waitFor()
      expect(await tab.locator('main').getAttribute('data-away')).toBe('false')
      await tab.getByText('No live updates.').waitFor({ state: 'hidden' })
      control.push('alert', { severity: 'LOW', code: 'BACK', text: 'and live again' })
      await tab.getByText('and live again').waitFor()
    },
    PATIENCE_MS,
  )

  test(
    'API-04 asks for the token, refuses a wrong one, and works with the right one, live updates included',
    async () => {
      start({ tokens: [{ name: 'alice', token: new Secret('alice-token-0123456789') }] })
      const tab = await open()
      const dialog = tab.getByRole('dialog', { name: 'API token' })
      await dialog.getByRole('textbox', { name: 'Token' }).fill('wrong-token')
      await dialog.getByRole('button', { name: 'Go on' }).click()
      await dialog.getByText('The backend did not take that token.').waitFor()
      await dialog.getByRole('textbox', { name: 'Token' }).fill('alice-token-0123456789')
      await dialog.getByRole('button', { name: 'Go on' }).click()
      await tab
        .getByRole('rowheader', { name: /trend-btc/ })
        .first()
        .waitFor()
      await tab.getByText('No live updates.').waitFor({ state: 'hidden' })
      control.push('alert', { severity: 'LOW', code: 'HELLO', text: 'to alice' })
      await tab.getByText('to alice').waitFor()
      await tab.getByRole('button', { name: 'Pause trend-btc' }).click()
      await tab
        .getByRole('row', { name: /trend-btc/ })
        .first()
        .getByText('PAUSED')
        .waitFor()
      expect(control.audit[0]?.operator.name).toBe('alice')
    },
    PATIENCE_MS,
  )

  test(
    'SEC the page does not run inside another page',
    async () => {
      start()
      const html = `<iframe src="${server.url}"></iframe>`
      const outer = Bun.serve({
        port: 0,
        hostname: '127.0.0.1',
        fetch: () => new Response(html, { headers: { 'content-type': 'text/html' } }),
      })
      const tab = await browser.newPage()
      await tab.goto(outer.url.href)
      await tab.frameLocator('iframe').getByText('Troupe does not run inside another page').waitFor()
      expect(await tab.frameLocator('iframe').getByRole('button').count()).toBe(0)
      await tab.close()
      await outer.stop(true)
    },
    PATIENCE_MS,
  )

  test(
    'WEB-05 has no serious accessibility violation: light and dark, wide and narrow, with a dialog, without a backend',
    async () => {
      start()
      for (const [viewport, scheme] of [
        [WIDE, 'light'],
        [WIDE, 'dark'],
        [PHONE, 'light'],
        [PHONE, 'dark'],
      ] as const) {
        const tab = await open(viewport, scheme)
        await tab
          .getByRole('rowheader', { name: /trend-btc/ })
          .first()
          .waitFor()
        expect(await seriousViolations(tab)).toEqual([])
        await tab.getByRole('button', { name: 'Halt grid-eth' }).click()
        await tab.getByRole('dialog').waitFor()
        await settled(tab)
        expect(await seriousViolations(tab)).toEqual([])
      }
      const tab = await open()
      await tab.getByText('60,320.18 USD').waitFor()
      await server.stop()
      await tab.getByText('The backend does not answer.').waitFor()
      expect(await seriousViolations(tab)).toEqual([])
    },
    PATIENCE_MS,
  )
})

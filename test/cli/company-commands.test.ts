import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { cli, newDataDir, type RunningCompany, startCompany, TOKEN } from './cli'

// Companies in virtual time at twice the pace: processes of their own, with the emulator inside and the API on loopback.
removeTempDirs()
// Each command is a process of its own: a busy machine may take long to start one.
setDefaultTimeout(60_000)

/** One bot that keeps a post-only order resting far below the market, all day long. */
const RESTING = `
api: { killSwitchClearable: KILLABLE, readOnly: READONLY }
bots:
  - id: rests
    strategy: busy
    enabled: true
    instruments: [BTC-USD@kraken]
    cycleMs: 500
    capital: "10000"
    orderNotional: "50"
    parameters: { stepMs: 86400000, awayBps: 2000 }
`
const config = (isKillable: boolean, isReadonly: boolean) =>
  RESTING.replace('KILLABLE', String(isKillable)).replace('READONLY', String(isReadonly))

/** Asks until the company has an order at work: its first decision takes a moment. */
async function withOpenOrder(company: RunningCompany, env: Readonly<Record<string, string>> = {}): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { out } = await cli(['status', '--data-dir', company.dataDir, '--json'], env)
    if (out !== '' && JSON.parse(out).orders.some((order: { status: string }) => order.status === 'OPEN')) return
    await Bun.sleep(100)
  }
  throw new Error('no order was placed')
}

describe('a running company', () => {
  let company: RunningCompany
  const run = (...words: string[]) => cli([...words, '--data-dir', company.dataDir])

  beforeAll(async () => {
    company = await startCompany(config(true, false))
  })
  afterAll(async () => {
    expect(await company.stop()).toBe(0)
    expect(existsSync(join(company.dataDir, 'api.json'))).toBe(false)
  })

  test('API-02 status tells health, bots, orders, positions, equity and the kill switch; exit 0', async () => {
    await withOpenOrder(company)
    const { code, out, err } = await run('status')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^SANDBOX, emulated venues, no real money\nTroupe 0\.1\.0 \(sandbox\): HEALTHY, TRADING; up /)
    expect(out).toContain(company.url)
    expect(out).toMatch(/kill switch {5}off/)
    expect(out).toMatch(/equity {10}100000\.00 USD/)
    expect(out).toMatch(/^ {2}rests +ACTIVE +1 +0 +10000\.00 +0\.00$/m)
    expect(out).toMatch(/^ {2}\w{32} +rests +BTC-USD@kraken +buy +0\.\d+ +0 +\d+\.?\d* +OPEN$/m)
    expect(out).toContain('Positions (0)')
  })

  test('RUN-09 doctor finds everything in order, and who holds the lock', async () => {
    const { code, out } = await run('doctor')
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^ok +lock +held by process ${company.pid}: the company runs$`, 'm'))
    expect(out).toMatch(/^ok +journal +clean: \d+ entries, head hash [0-9a-f]{64}$/m)
    expect(out).not.toContain('FAIL')
  })

  test('DAT-02 journal show and verify read beside the company', async () => {
    expect((await run('journal', 'show', '--kind', 'order.accepted')).out).toContain('order:')
    expect((await run('journal', 'verify')).out).toStartWith('clean: ')
  })

  test('RSK-09 kill halts, counts what was cancelled; status exits 1; resume wants the word and then trades again', async () => {
    const killed = await run('kill', '--reason', 'drill of the tests')
    expect(killed).toEqual({ code: 0, out: 'the company confirmed: HALTED, 1 order cancelled, none open', err: '' })

    const halted = await run('status')
    expect(halted.code).toBe(1)
    expect(halted.out).toContain('UNHEALTHY, HALTED')
    expect(halted.out).toContain('ACTIVE (api): drill of the tests')
    expect(halted.out).toContain('Open orders (0)')

    const unconfirmed = await run('resume')
    expect(unconfirmed.code).toBe(1)
    expect(unconfirmed.err).toContain('CONFIRMATION_REQUIRED')
    expect(await run('resume', '--yes')).toEqual({ code: 0, out: 'the company is TRADING', err: '' })
    expect((await run('resume', '--yes')).out).toBe('there is nothing to resume: the company is TRADING')
  })

  test('RSK-09 the flag file halts too; resume removes it first', async () => {
    const flag = join(company.dataDir, 'KILL')
    writeFileSync(flag, 'written by hand\n')
    for (let attempt = 0; attempt < 50 && (await run('status')).code === 0; attempt++) await Bun.sleep(100)
    expect((await run('status')).out).toContain('ACTIVE (file): written by hand')
    expect((await run('doctor')).out).toMatch(/^WARN {2}kill switch file/m)
    expect(await run('resume', '--yes')).toEqual({ code: 0, out: 'the company is TRADING', err: '' })
    expect(existsSync(flag)).toBe(false)
  })

  test('RUN-12 kill of a scope halts that, leaves the company trading, and refuses what is not there', async () => {
    await withOpenOrder(company)
    const strange = await run('kill', '--scope', 'bot:nobody')
    expect({ code: strange.code, out: strange.out }).toEqual({ code: 1, out: '' })
    expect(strange.err).toContain('there is no bot "nobody"')
    expect((await run('kill', '--scope', 'everything')).err).toContain('--scope everything: must be all, venue:ID')
    const killed = await run('kill', '--scope', 'bot:rests', '--flatten', '--reason', 'drill of one')
    const told = 'the company confirmed: bot:rests halted, 1 order cancelled, none open; 0 positions closed, none left'
    expect(killed).toEqual({ code: 0, out: told, err: '' })
    const { out } = await run('status')
    expect(out).toContain('TRADING')
    expect(out).toMatch(/^ {2}rests +HALTED /m)
    const headers = { 'content-type': 'application/json' }
    for (const command of ['reset', 'start'])
      expect((await fetch(`${company.url}api/v1/bots/rests/${command}`, { method: 'POST', headers, body: '{}' })).status).toBe(200)
    await withOpenOrder(company)
  })

  test('RUN-12 resume ends an operator halt and pause', async () => {
    const body = JSON.stringify({ confirm: true, reason: 'test' })
    for (const command of ['halt', 'pause']) {
      const headers = { 'content-type': 'application/json' }
      expect((await fetch(`${company.url}api/v1/company/${command}`, { method: 'POST', headers, body })).status).toBe(200)
      expect(await run('resume', '--yes')).toEqual({ code: 0, out: 'the company is TRADING', err: '' })
    }
  })
})

test('RUN-05 RSK-08 status shows the breakers that hold, and resume signs one off by its name', async () => {
  // Any fall of the day trips it, and every trade costs its fee.
  const trading = config(true, false).replace('stepMs: 86400000, awayBps: 2000', 'stepMs: 1000, awayBps: 0.2')
  const company = await startCompany(`${trading}breakers: { dailyDrawdownRatio: 0 }\n`)
  const run = (...words: string[]) => cli([...words, '--data-dir', company.dataDir])
  const isTripped = async () => (await run('status')).out.includes('Breakers that hold')
  for (let attempt = 0; attempt < 150 && !(await isTripped()); attempt++) await Bun.sleep(100)
  const { code, out } = await run('status')
  expect(code).toBe(1)
  expect(out).toContain('mode            reducing: only orders that lower exposure pass')
  expect(out).toMatch(/^ {2}dailyDrawdown:company +TRIPPED +reduce +0\.\d+ +0 +.+ +in .+ +Equity fell from 100000 to /m)
  const unconfirmed = await run('resume', '--breaker', 'dailyDrawdown:company')
  expect([unconfirmed.code, unconfirmed.err]).toEqual([1, expect.stringContaining('Breaker dailyDrawdown:company is TRIPPED')])
  const rearmed = { code: 0, out: 'breaker dailyDrawdown:company is ARMED', err: '' }
  expect(await run('resume', '--breaker', 'dailyDrawdown:company', '--yes')).toEqual(rearmed)
  expect((await run('resume', '--breaker', 'dailyLoss:company')).out).toBe(
    'there is nothing to sign off: breaker dailyLoss:company is ARMED',
  )
  const unknown = await run('resume', '--breaker', 'nope:company', '--yes')
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('there is no breaker "nope:company"')])
  expect((await run('journal', 'show', '--kind', 'breaker.reset')).out).toContain('dailyDrawdown:company')
  expect(await company.stop()).toBe(0)
})

test('SEC-05 RSK-09 with a token and a read-only API, kill goes by the flag file and resume by the data directory', async () => {
  const env = { TROUPE_API_TOKEN: TOKEN }
  const company = await startCompany(config(false, true), env)
  const words = ['--data-dir', company.dataDir]
  const strange = await cli(['status', ...words])
  expect(strange.code).toBe(1)
  expect(strange.err).toContain('set TROUPE_API_TOKEN')

  await withOpenOrder(company, env)
  const killed = await cli(['kill', ...words, '--reason', 'read-only'], env)
  expect(killed.code).toBe(0)
  expect(killed.err).toContain('read-only by configuration')
  expect(killed.out).toContain('wrote the flag file')
  expect(killed.out).toContain('the company confirmed: HALTED')

  // Neither the API's read-only mode nor killSwitchClearable: false binds the owner of the data directory.
  expect(await cli(['resume', ...words, '--yes'], env)).toEqual({ code: 0, out: 'the company is TRADING', err: '' })
  const { out } = await cli(['journal', 'show', ...words, '--kind', 'killSwitch.'])
  expect(out).toMatch(/killSwitch\.tripped .*"source":"file"/)
  expect(out).toMatch(/killSwitch\.cleared .*"address":"data directory"/)

  // The scope of a bot has no flag file; closing positions has.
  const scoped = await cli(['kill', ...words, '--scope', 'bot:rests'], env)
  expect(scoped.code).toBe(1)
  expect(scoped.err).toContain('leave out --scope')
  expect(existsSync(join(company.dataDir, 'KILL'))).toBe(false)
  const flattened = await cli(['kill', ...words, '--flatten'], env)
  expect(flattened.out).toContain('the company confirmed: HALTED, every open order')
  expect(flattened.out).toMatch(/the company confirmed: HALTED, \d orders? cancelled, none open; 0 positions closed, none left$/)
  expect(flattened.code).toBe(0)
  expect((await cli(['journal', 'show', ...words, '--kind', 'emergency.'], env)).out).toMatch(
    /emergency\.begun .*"shouldFlatten":true,"source":"file"/,
  )
  expect(await company.stop()).toBe(0)
})

describe('no company', () => {
  test('status, kill and resume say what to do where there is no data directory, and make none', async () => {
    const dataDir = newDataDir()
    for (const name of ['status', 'kill', 'resume']) {
      const { code, err } = await cli([name, '--data-dir', dataDir])
      expect(code).toBe(1)
      expect(err).toContain('start one with "bun run start"')
    }
    expect(existsSync(dataDir)).toBe(false)
  })

  test('without --data-dir the world options name the directory', async () => {
    const { err } = await cli(['status', '--seed', '4294967295', '--speed', '9'])
    expect(err).toContain(join('data', 'sandbox-4294967295-virtual'))
    expect((await cli(['status', '--seed', '3', '--replay', '/x/jan.csv'])).err).toContain(join('data', 'replay-jan-3-virtual'))
  })

  test('RSK-09 kill leaves the flag file for the next start, which comes up halted; resume removes it', async () => {
    const dataDir = newDataDir()
    const start = () => cli(['start', '--data-dir', dataDir, '--speed', 'max', '--for', '30s', '--port', '0', '--json'])
    expect((await start()).code).toBe(0)
    expect((await cli(['status', '--data-dir', dataDir])).err).toContain(`no company runs on ${dataDir}`)

    const killed = await cli(['kill', '--data-dir', dataDir])
    expect(killed.code).toBe(0)
    expect(killed.out).toContain('the next start comes up halted')
    expect((await start()).code).toBe(0)
    expect((await cli(['journal', 'show', '--data-dir', dataDir, '--kind', 'company.', '--limit', '1000'])).out).toContain('"to":"HALTED"')

    const resumed = await cli(['resume', '--data-dir', dataDir, '--yes'])
    expect(resumed.code).toBe(0)
    expect(resumed.out).toContain('stays halted when it starts')
    expect(existsSync(join(dataDir, 'KILL'))).toBe(false)
    const again = await cli(['resume', '--data-dir', dataDir, '--yes'])
    expect(again.code).toBe(1)
    expect(again.err).toContain('NOT_RUNNING')
  })

  test('an api.json that a killed company left is not believed', async () => {
    const dataDir = newDataDir()
    const child = await startCompany(config(true, false))
    process.kill(child.pid, 'SIGKILL')
    for (let attempt = 0; attempt < 50; attempt++) {
      const { err } = await cli(['status', '--data-dir', child.dataDir])
      if (err.includes('no company runs on')) break
      await Bun.sleep(50)
    }
    expect(existsSync(join(child.dataDir, 'api.json'))).toBe(true)
    expect((await cli(['status', '--data-dir', child.dataDir])).err).toContain('no company runs on')
    rmSync(dataDir, { recursive: true, force: true })
  })
})

describe('doctor', () => {
  test('RUN-09 fails with remedies for a bad configuration, a taken port, a folder that is not ours alone', async () => {
    const dataDir = tempDir()
    const other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('taken') })
    const taken = await cli(['doctor', '--data-dir', dataDir, '--port', String(other.port), '--json'])
    await other.stop(true)
    const { failed, checks } = JSON.parse(taken.out)
    expect({ code: taken.code, failed }).toEqual({ code: 1, failed: 1 })
    expect(checks).toContainEqual(expect.objectContaining({ name: 'api port', level: 'FAIL', remedy: expect.stringContaining('--port 0') }))

    const broken = await cli(['doctor', '--data-dir', dataDir, '--config', '/no/such.yaml'])
    expect(broken.code).toBe(1)
    expect(broken.out).toMatch(/^FAIL {2}config +\/no\/such\.yaml: no such configuration file/m)
    expect(broken.out).toMatch(/^ok +bun +/m)
  })
})

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { removeTempDirs } from '#test/store/temp-dir'
import { cli, newDataDir, type RunningCompany, startCompany } from './cli'

// A company in virtual time: a process of its own, with the emulator inside and the API on loopback.
removeTempDirs()
// Each command is a process of its own: a busy machine may take long to start one.
setDefaultTimeout(60_000)

/** One bot that adds to its position again and again, until its throttle trips at the third order. */
const CONFIG = `
risk: { executionsMax: 2, executionsWindowMs: 3600000 }
bots:
  - id: buys
    strategy: busy
    enabled: true
    instruments: [BTC-USD@kraken]
    cycleMs: 500
    capital: "10000"
    orderNotional: "50"
    parameters: { stepMs: 1000, awayBps: 2000 }
`

describe('risk of a running company', () => {
  let company: RunningCompany
  const run = (...words: string[]) => cli([...words, '--data-dir', company.dataDir])

  beforeAll(async () => {
    company = await startCompany(CONFIG)
  })
  afterAll(async () => {
    expect(await company.stop()).toBe(0)
  })

  test('RSK-01 RSK-02 risk show prints limits, usage, headroom and source, for the company and for a bot', async () => {
    const { code, out, err } = await run('risk', 'show')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^Risk at \S+Z: trading; equity \d+\.\d\d USD; caps × 1 \(default\)$/m)
    expect(out).toMatch(/^ {2}kill switch {2}off$/m)
    expect(out).toMatch(/^Breakers \(\d+\)$/m)
    expect(out).toMatch(/^ {2}used +% +check +over +filled +working +used +limit +headroom +unit +set to +source +what$/m)
    expect(out).toMatch(
      /^ {2}[#.]{10} +[\d.]+ +asset_max +asset:BTC +[\d.]+ +[\d.]+ +[\d.]+ +\d+\.\d\d +\d+\.\d\d +USD +0\.05 of equity +default +The exposure to BTC$/m,
    )
    expect(out).toMatch(/^ {2}execution_throttle +bot:buys BTC-USD@kraken|execution_throttle +bot:buys BTC-USD@kraken/m)
    expect((await run('risk', 'show', '--bot', 'buys')).out).toContain('order_notional_max')
    const strange = await run('risk', 'show', '--bot', 'nobody')
    expect({ code: strange.code, out: strange.out }).toEqual({ code: 1, out: '' })
    expect(strange.err).toContain('there is no bot "nobody"')
  })

  test('RSK-02 --json tells the same, exactly', async () => {
    const { code, out } = await run('risk', 'show', '--json')
    expect(code).toBe(0)
    const report = JSON.parse(out)
    expect(Object.keys(report)).toContain('breakers')
    const most = report.limits.find(({ check }: { check: string }) => check === 'total_exposure_max')
    expect(most).toMatchObject({ scope: 'company', limit: '10000', source: 'default', requirements: ['RSK-02'], unit: 'USD' })
    expect(Number(most.filled) + Number(most.working)).toBeCloseTo(Number(most.used), 8)
    expect(Number(most.used) + Number(most.headroom)).toBeCloseTo(10_000, 8)
  })

  test('RSK-01 a tripped throttle shows and is re-armed by name; one that has not tripped is refused', async () => {
    for (let attempt = 0; attempt < 100; attempt++) {
      if ((await run('risk', 'show')).out.includes('throttle of buys (executions) tripped')) break
      await Bun.sleep(100)
    }
    expect((await run('risk', 'show')).out).toContain('"resume --throttle buys" re-arms it')
    expect((await run('status')).out).toContain('! the throttle of buys tripped')
    expect((await run('resume', '--throttle', 'buys')).err).toContain('CONFIRMATION_REQUIRED')
    expect(await run('resume', '--throttle', 'buys', '--yes')).toEqual({
      code: 0,
      out: 'the throttle of buys is armed: it sends again',
      err: '',
    })
    const strange = await run('resume', '--throttle', 'nobody', '--yes')
    expect(strange.code).toBe(1)
    expect(strange.err).toContain('there is no bot "nobody"')
    expect((await run('resume', '--throttle', 'a', '--breaker', 'b', '--yes')).code).toBe(2)
  })

  test('RSK-01 reduce lets a scope take only what lowers exposure, shows, and ends with --off', async () => {
    expect(await run('reduce', 'bot:buys', '--reason', 'careful')).toEqual({ code: 0, out: 'bot:buys only reduces', err: '' })
    const twice = await run('reduce', 'bot:buys')
    expect(twice.code).toBe(1)
    expect(twice.err).toContain('bot:buys only reduces already')
    const shown = (await run('risk', 'show')).out
    expect(shown).toMatch(/! bot:buys only reduces, since .* by operator: careful \(/)
    expect(shown).toContain('reducing_only (bot:buys BTC-USD@kraken): Only what lowers exposure passes')
    expect((await run('status')).out).toContain('! bot:buys only reduces, by operator: careful')
    expect(await run('reduce', 'bot:buys', '--off')).toEqual({ code: 0, out: 'bot:buys takes new risk again', err: '' })
    expect((await run('reduce', 'bot:buys', '--off')).err).toContain('COMMAND_REFUSED')
    expect((await run('reduce', 'market:X-USD@kraken')).err).toContain('there is no market "X-USD@kraken"')
  })
})

test('RSK-01 without a company risk show and reduce say so, and exit 1', async () => {
  for (const words of [
    ['risk', 'show'],
    ['reduce', 'all'],
  ]) {
    const { code, out, err } = await cli([...words, '--data-dir', newDataDir()])
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 1, out: '', lines: 1 })
    expect(err).toContain('no company runs')
  }
})

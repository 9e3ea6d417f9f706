import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { patchOf } from '#cli/risk-values'
import { UsageError } from '#cli/command'
import { removeTempDirs } from '#test/store/temp-dir'
import { cli, newDataDir, type RunningCompany, startCompany } from './cli'

// A company in virtual time at twice the pace: a process of its own, with the emulator inside and the API on loopback.
removeTempDirs()
// Each command is a process of its own: a busy machine may take long to start one.
setDefaultTimeout(60_000)

const CONFIG = `
bots:
  - { id: still, strategy: busy, enabled: true, instruments: [BTC-USD@kraken], capital: "10000", orderNotional: "50", cycleMs: 3600000 }
`

describe('RSK-14 values on the command line', () => {
  test('RSK-14 a key without a section is one of risk; money stays text, whatever else is JSON is read as such', () => {
    expect(
      patchOf([
        'positionRatioMax=0.02',
        'orderNotionalMax=200',
        'volume24hMin=null',
        'themes.meme=["DOGE"]',
        'onCapExceeded=block',
        'policies.careful.windowNotionalMax=50',
        'policies.careful.openPositionsMax=3',
        'breakers.killSwitchOnDrift=false',
        'bots.mm-btc.policy=careful',
      ]),
    ).toEqual({
      risk: { positionRatioMax: 0.02, orderNotionalMax: '200', volume24hMin: null, themes: { meme: ['DOGE'] }, onCapExceeded: 'block' },
      policies: { careful: { windowNotionalMax: '50', openPositionsMax: 3 } },
      breakers: { killSwitchOnDrift: false },
      bots: { 'mm-btc': { policy: 'careful' } },
    })
    expect(() => patchOf(['positionRatioMax'])).toThrow(UsageError)
    expect(() => patchOf(['a..b=1'])).toThrow(UsageError)
  })
})

describe('RSK-14 a running company', () => {
  let company: RunningCompany
  const run = (...words: string[]) => cli(['risk', ...words, '--data-dir', company.dataDir])

  beforeAll(async () => {
    company = await startCompany(CONFIG)
  })
  afterAll(async () => {
    expect(await company.stop()).toBe(0)
  })

  test('RSK-14 set changes and tells what it did, history lists it, rollback takes it back', async () => {
    expect((await run('history')).out).toBe('nothing was changed: the limits are those of the configuration')
    const set = await run('set', 'positionRatioMax=0.02', 'orderNotionalMax=500', '--reason', 'volatile week')
    expect({ code: set.code, err: set.err }).toEqual({ code: 0, err: '' })
    expect(set.out).toMatch(/^change 1 by local \(127\.0\.0\.1\) at \S+Z: volatile week\n {2}risk\.positionRatioMax: 0\.05 → 0\.02\n/)
    expect(set.out).toContain('risk.orderNotionalMax: "2000" → "500"')
    expect(set.out).toContain('"bun run troupe risk rollback 0 --reason …" takes it back')
    const back = await run('rollback', '0', '--reason', 'calm again', '--json')
    expect(JSON.parse(back.out)).toMatchObject({ version: 2, rollbackTo: 0, loosened: ['orderNotionalMax', 'positionRatioMax'] })
    expect((await run('history')).out).toMatch(
      /^change 2, back to 0 by local .*: calm again\n(?:.*\n)* {2}loosens orderNotionalMax, positionRatioMax\nchange 1 by/,
    )
  })

  test('RSK-14 refusals say what to do: no reason, a value out of range, a key that needs a restart, a version that is none', async () => {
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['set', 'positionRatioMax=0.02'], 2, 'say why: --reason'],
      [['set', '--reason', 'x'], 2, 'say KEY=VALUE'],
      [['set', 'positionRatioMax=0.9', '--reason', 'x'], 1, 'risk.positionRatioMax = 0.9: must not exceed risk.totalAtRiskRatioMax'],
      [['set', 'cancelAllCommand=false', '--reason', 'x'], 1, 'change it in the configuration file and restart'],
      [['rollback', '--reason', 'x'], 2, 'say the version to go back to'],
      [['rollback', '77', '--reason', 'x'], 1, 'there is no version 77 to go back to'],
      [['sett'], 2, 'say one of'],
    ]
    const found = await Promise.all(cases.map(([words]) => run(...words)))
    for (const [index, [words, code, text]] of cases.entries()) {
      expect([words, found[index]?.code]).toEqual([words, code])
      expect(found[index]?.err ?? '').toContain(text)
    }
  })

  test('RSK-14 without a company it says so', async () => {
    const { code, err } = await cli(['risk', 'history', '--data-dir', newDataDir()])
    expect([code, err]).toEqual([1, expect.stringContaining('no company runs')])
  })
})

import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#domain/errors'
import { Secret } from '#domain/secret'
import { Log, type LogOptions } from '#ops/log'
import { redacted, redactedText } from '#ops/redact'
import { RollingFile } from '#ops/rolling-file'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'

removeTempDirs()

const START = Date.UTC(2026, 0, 5, 12, 34, 56, 789)
const KEY = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=='

function setUp(rest: Partial<LogOptions> = {}) {
  const path = join(tempDir(), 'troupe.log')
  const seen: string[] = []
  const log = Log.open({
    level: 'info',
    path,
    stderr: 'plain',
    now: () => START,
    secrets: [new Secret(KEY)],
    writeError: (text) => seen.push(text),
    ...rest,
  })
  const lines = () =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { log, path, seen, lines }
}

describe('Log', () => {
  test('OBS-01 writes JSON lines with level, time of its world, message and details, and plain lines for a person', () => {
    const { log, lines, seen } = setUp()
    log.warn('order refused', { code: 'VENUE_REJECTED', figures: { left: '0.5' } })
    log.debug('not at this level')
    expect(lines()).toEqual([{ level: 'warn', time: START, code: 'VENUE_REJECTED', figures: { left: '0.5' }, msg: 'order refused' }])
    expect(seen).toEqual(['12:34:56.789 WARN  order refused code=VENUE_REJECTED figures={"left":"0.5"}\n'])
  })

  test('OBS-01 a child’s lines carry its correlation ids', () => {
    const { log, lines } = setUp()
    log.child({ correlationId: 'plan:7', botId: 'trend' }).info('sized')
    expect(lines()[0]).toMatchObject({ correlationId: 'plan:7', botId: 'trend', msg: 'sized' })
  })

  test('a detail named like a field of the line does not replace it', () => {
    const { log, lines } = setUp()
    log.info('real', { msg: 'fake', time: 1, level: 'x' })
    expect(lines()[0]).toEqual({ level: 'info', time: START, msg: 'real', msg_: 'fake', time_: 1, level_: 'x' })
  })

  test('I9 REQ-SEC1 no way of logging a secret shows it: by type, by name, inside a text, in an error, or as a bare value', () => {
    const { log, path, seen } = setUp()
    const error = new AppError(`refused with key ${KEY}`, {
      code: 'VENUE_AUTH',
      details: { apiSecret: 'aaa-1', header: `API-Key: bbb-2` },
      cause: new Error('token=ccc-3'),
    })
    log.error('failed', { error, key: new Secret('ddd-4'), apiKey: 'eee-5', nested: [{ 'API-Sign': 'fff-6', token: 'ggg-7' }] })
    log.error(`frame {"method":"subscribe","params":{"token":"hhh-8"}} and ${KEY}`)
    log.error('body', {
      body: 'nonce=1&otp=1&password=iii-9&x=1',
      url: 'https://x.test/?token=jjj-10',
      auth: 'Authorization: Bearer kkk-11',
    })
    log.child({ correlationId: KEY }).error('child')
    const everything = readFileSync(path, 'utf8') + seen.join('')
    for (const secret of [KEY, 'aaa-1', 'bbb-2', 'ccc-3', 'ddd-4', 'eee-5', 'fff-6', 'ggg-7', 'hhh-8', 'iii-9', 'jjj-10', 'kkk-11']) {
      expect(everything.includes(secret)).toBe(false)
    }
    expect(everything).toContain('[secret]')
    expect(everything).toContain('VENUE_AUTH')
  })

  test('SEC-03 its file is for the owner alone', () => {
    const { log, path } = setUp()
    log.info('x')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    log.close()
  })
})

describe('redacted', () => {
  test('OBS-01 shows bigints, cycles, deep and long things in a form that JSON can hold', () => {
    const cycle: Record<string, unknown> = { amount: 12n, list: Array.from({ length: 500 }, () => 1) }
    cycle['self'] = cycle
    const deep = JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`) as unknown
    const result = JSON.stringify(redacted({ cycle, deep, fn: () => 1, map: new Map([['apiKey', 'zzz']]), date: new Date(0) }))
    expect(result).toContain('"amount":"12"')
    expect(result).toContain('[circular]')
    expect(result).toContain('[deep]')
    expect(result).toContain('1970-01-01')
    expect(result).not.toContain('zzz')
    expect(result.length).toBeLessThan(2_000)
  })

  test('leaves ordinary words and figures alone', () => {
    const ordinary = { keyCount: 3, isSecret: true, tokenless: 'x', monkey: 'banana', apiKey: null, instrumentId: 'BTC-USD@kraken' }
    expect(redacted(ordinary)).toEqual(ordinary)
    expect(redactedText('bot trend: order open, quantity 0.5')).toBe('bot trend: order open, quantity 0.5')
    expect(redactedText('x'.repeat(9_000))).toEndWith('… (9000 characters)')
  })
})

describe('RollingFile', () => {
  test('OBS-01 rolls by size and by UTC day, appends on reopening, and removes what is too old', () => {
    const folder = tempDir()
    const path = join(folder, 'troupe.log')
    let nowMs = Date.now()
    const open = () => new RollingFile({ path, now: () => nowMs, bytesMax: 10, daysKept: 2 })
    let file = open()
    file.write('123456\n')
    file.close()
    file = open()
    file.write('123456\n')
    file.write('after the limit\n')
    expect(readFileSync(path, 'utf8')).toBe('after the limit\n')
    expect(readdirSync(folder)).toHaveLength(2)
    nowMs += 86_400_000
    file.write('next day\n')
    expect(readdirSync(folder)).toHaveLength(3)
    nowMs += 86_400_000 * 5
    file.write('much later\n')
    expect(readFileSync(path, 'utf8')).toBe('much later\n')
    const left = readdirSync(folder).sort()
    expect(left).toHaveLength(1)
    file.close()
  })
})

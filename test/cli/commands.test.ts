import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { removeTempDirs } from '#test/store/temp-dir'
import { cli, newDataDir } from './cli'

removeTempDirs()
// Each command is a process of its own: a busy machine may take long to start one.
setDefaultTimeout(60_000)

const NAMES = [
  'start',
  'status',
  'kill',
  'resume',
  'reduce',
  'risk',
  'doctor',
  'journal',
  'sandbox',
  'simulate',
  'backtest',
  'drill',
  'charts',
]

describe('command line', () => {
  test('lists every command; without a command it does so too, and exits 2', async () => {
    const help = await cli(['--help'])
    const none = await cli([])
    expect(help.code).toBe(0)
    for (const name of NAMES) expect(help.out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
    expect(none).toEqual({ code: 2, out: help.out, err: '' })
  })

  test.each(NAMES)('%s --help shows usage and options', async (name) => {
    const { code, out, err } = await cli([name, '--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toStartWith(`bun run troupe ${name}`)
    expect(out).toMatch(/^ {2}--help +show this help$/m)
  })

  test.each([
    [['nope'], 'there is no command "nope"; choose one of start, status'],
    [['status', '--bogus'], "Unknown option '--bogus'"],
    [['status', 'extra'], '"extra" is not expected here'],
    [['start', '--seed'], "Option '--seed <value>' argument missing"],
    [['journal'], 'say verify or show'],
    [['journal', 'burn'], 'say verify or show'],
    [['journal', 'verify', 'a', 'b'], '"b" is not expected here'],
    [['risk', 'guess'], '"guess": say one of show'],
    [['reduce'], '"" must be all, venue:ID'],
    [['reduce', 'order:abc'], '"order:abc" must be all, venue:ID'],
    [['reduce', 'all', 'bot:a'], '"bot:a" is not expected here'],
    [['drill', 'nope'], 'there is no drill "nope"; choose of three-losses, daily-loss'],
    [['drill', 'drift', '--all'], '--all plays every drill: "drift" is not expected besides'],
  ])('%p is a wrong line: one line on stderr, exit 2', async (words, text) => {
    const { code, out, err } = await cli(words)
    expect(err).toContain(text)
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 1 })
  })

  test.each([
    [['start', '--for', '3parsecs'], '--for: "3parsecs" is not a duration'],
    [['start', '--seed=-1'], '--seed = "-1": must be a whole number'],
    [['start', '--seed', 'abc'], '--seed = "abc": must be a whole number'],
    [['start', '--speed', '0'], '--speed = "0": must be a number above 0'],
    [['start', '--port', '70000'], '--port = "70000": must be a whole number from 0 to 65535'],
    [['start', '--mode', 'live'], 'live is refused'],
    [['start', '--mode', 'nonsense'], 'mode = "nonsense"'],
    [['sandbox', '--tier', 'gold'], '--tier = "gold": must be starter, intermediate or pro'],
  ])('RUN-09 %p is a bad value: one line that names it, exit 1', async (words, text) => {
    const dataDir = newDataDir()
    const { code, out, err } = await cli([...words, '--data-dir', dataDir])
    expect(err).toContain(text)
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 1, out: '', lines: 1 })
  })

  test('RSK-09 a reason that is too long for the journal is refused', async () => {
    const { code, err } = await cli(['kill', '--data-dir', newDataDir(), '--reason', 'x'.repeat(501)])
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('--reason: must be at most 500 characters') })
  })
})

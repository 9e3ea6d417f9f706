import { describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultInput } from '#sim/kraken/fault-rules'
import { SeededRandom } from '#sim/random'
import { verifyJournal } from '#store/verify'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'
import { writeBusyConfig } from './busy-config'
import { type Comparison, compare } from './compare'
import { Api, EmulatorContact } from './contact'
import { JournalTail } from './journal-tail'
import { Child, emulatorOf, endProcesses, until, watchDataDir } from './processes'

endProcesses()
removeTempDirs()

/** Kills of one run: TROUPE_LONG=1 takes the full drill. */
const IS_LONG = process.env['TROUPE_LONG'] === '1'
const KILLS = IS_LONG ? 200 : 20
const SEED = process.env['TROUPE_SEED'] ?? '9'
/** One in so many kills hits a company that has not come up yet. */
const EARLY_SHARE = 0.2
/** Longest that a start until TRADING, and a comparison until it holds, may take on a loaded machine. */
const UP_MS = 60_000
const EQUAL_MS = 40_000

/** What goes wrong at the venue between comparisons, also while the company comes up. */
const FAULTS: readonly FaultInput[] = [
  { kind: 'lostReply', face: 'ws', methods: ['add_order', 'amend_order', 'cancel_order'], probability: 0.05 },
  { kind: 'lostReply', face: 'ws', methods: ['add_order', 'cancel_order'], probability: 0.04, withholdEvents: true },
  { kind: 'duplicate', face: 'ws', methods: ['executions'], probability: 0.1 },
  { kind: 'droppedFrame', face: 'ws', methods: ['executions', 'balances'], probability: 0.01 },
  { kind: 'disconnect', face: 'ws', methods: ['executions', 'add_order'], probability: 0.01 },
  { kind: 'serverError', face: 'rest', probability: 0.05 },
  { kind: 'serverError', face: 'rest', probability: 0.03, when: 'after' },
  { kind: 'latency', face: 'any', probability: 0.2, fixedMs: 0, jitterMs: 40 },
]

/** "Not found" is evidence sooner than by default, so that each comparison need not wait eight seconds for it. */
const QUICK_EVIDENCE = 'desk: { orderDeadlineMs: 2000, settleMs: 500 }'

/** One data directory with its emulator, and the company that is killed and started over it. */
class Drill {
  readonly random = new SeededRandom(`kill-9/${SEED}`)
  readonly dataDir: string
  readonly configFile: string
  readonly journal: JournalTail
  emulator: EmulatorContact | null = null
  readonly restartsMs: number[] = []

  constructor() {
    // TROUPE_KEEP=dir leaves the whole drill behind, to look into.
    const directory = process.env['TROUPE_KEEP'] ?? tempDir()
    this.dataDir = join(directory, 'data')
    mkdirSync(this.dataDir, { recursive: true })
    watchDataDir(this.dataDir)
    this.configFile = writeBusyConfig(directory, { botsEach: 2, cycleMs: 500, awayBps: 6, more: QUICK_EVIDENCE })
    this.journal = new JournalTail(this.dataDir)
  }

  async openEmulator(): Promise<EmulatorContact> {
    const sandbox = new Child(['sandbox', '--data-dir', this.dataDir, '--seed', SEED, '--no-limits'])
    await sandbox.line(/^Kraken emulator on/, UP_MS)
    const endpoint = emulatorOf(this.dataDir)
    if (endpoint === null) throw new Error('the emulator announced no endpoint')
    this.emulator = new EmulatorContact(endpoint.port)
    return this.emulator
  }

  start(): Child {
    return new Child(['start', '--data-dir', this.dataDir, '--seed', SEED, '--config', this.configFile, '--port', '0'])
  }

  /** Waits until the company has reconciled and trades (or is paused, as it was before it was killed). */
  async up(company: Child): Promise<Api> {
    const [, url] = await company.line(/^Dashboard: (\S+)/, UP_MS)
    const api = new Api(url ?? '')
    await until(
      'the end of reconciliation',
      UP_MS,
      async () => (['TRADING', 'PAUSED'].includes(await api.state()) ? true : null),
      () => company.text,
    )
    this.restartsMs.push(performance.now() - company.startedMs)
    return api
  }

  /** Pauses company and faults and waits until both sides agree, which they must. */
  async agree(api: Api, emulator: EmulatorContact): Promise<Comparison> {
    await emulator.faults([])
    await api.company('pause')
    let last: Comparison | null = null
    const startedMs = performance.now()
    while (performance.now() - startedMs < EQUAL_MS) {
      last = (await compare(api, emulator, this.journal)) ?? last
      if (last !== null && last.differences.length === 0) return last
      await Bun.sleep(50)
    }
    return last ?? { differences: ['orders stayed in flight'], openOrders: 0, fills: 0 }
  }

  between(least: number, most: number): number {
    return least + this.random.integer(most - least)
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

describe('PAIN-03 EXE-12 kill -9 of a busy company over sockets', () => {
  test(
    `${KILLS} kills at random moments: orders, positions and cash are the venue's to the last digit after each restart`,
    async () => {
      const drill = new Drill()
      const emulator = await drill.openEmulator()
      const failures: string[] = []
      let compared = 0
      let kills = 0
      let last: Comparison | null = null
      while (kills < KILLS) {
        const company = drill.start()
        kills++
        if (drill.random.next() < EARLY_SHARE) {
          await Bun.sleep(drill.between(100, 1_500))
          company.kill('SIGKILL')
          await company.exited()
          continue
        }
        const api = await drill.up(company)
        last = await drill.agree(api, emulator)
        compared++
        if (process.env['TROUPE_TRACE'] === '1')
          console.log(`${kills}: up in ${drill.restartsMs.at(-1)?.toFixed(0)} ms, ${JSON.stringify(last)}`)
        if (last.differences.length > 0) {
          failures.push(...last.differences.map((difference) => `start ${kills}: ${difference}`))
          company.kill('SIGKILL')
          await company.exited()
          break
        }
        await emulator.faults(FAULTS)
        await api.company('resume')
        await Bun.sleep(drill.between(200, 2_500))
        company.kill('SIGKILL')
        await company.exited()
        const verdict = verifyJournal(drill.journal.file)
        if (verdict.kind !== 'intact') failures.push(`kill ${kills}: the journal is ${verdict.kind}`)
      }
      const company = drill.start()
      last = await drill.agree(await drill.up(company), emulator)
      failures.push(...last.differences.map((difference) => `at the end: ${difference}`))
      company.kill('SIGTERM')
      const exitCode = await company.exited()
      const { faultHits, clientIds, accounts } = await emulator.state()
      drill.journal.read()
      const counts = ['order.submitting', 'order.amended', 'order.canceled', 'order.filled', 'order.answerLost', 'order.reported']
      console.log(
        `seed ${SEED}: ${kills} kills, ${compared} comparisons, restart median ${median(drill.restartsMs).toFixed(0)} ms, worst ${Math.max(...drill.restartsMs).toFixed(0)} ms; ` +
          `${counts.map((kind) => `${kind} ${drill.journal.kinds.get(kind) ?? 0}`).join(', ')}; faults ${JSON.stringify(faultHits)}`,
      )
      expect(failures).toEqual([])
      expect(exitCode).toBe(0)
      expect(clientIds.liveMax).toBe(1)
      expect(accounts[0]?.openOrders).toEqual([])
      expect(verifyJournal(drill.journal.file).kind).toBe('intact')
      // The drill has drilled: orders were placed, amended and canceled, and replies were lost; in the long run nothing was left out.
      for (const kind of IS_LONG ? counts : counts.slice(0, 3)) expect(drill.journal.kinds.get(kind) ?? 0).toBeGreaterThan(0)
      expect(faultHits['lostReply'] ?? 0).toBeGreaterThan(0)
    },
    30 * 60_000,
  )
})

import { describe, expect, test } from 'bun:test'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultInput } from '#sim/kraken/fault-rules'
import type { AccountRecord } from '#sim/emulator/record'
import type { EmulatorRecord } from '#sim/kraken/record'
import { removeTempDirs } from '#test/store/temp-dir'
import { writeBusyConfig } from './busy-config'
import { inState, newDataDir, type Running, startCompany, startEmulator, UP_MS } from './company'
import { Child, endProcesses, until } from './processes'

endProcesses()
removeTempDirs()

/** RSK-09: noticed within 3 s, every order canceled within 10 s. */
const NOTICED_MS = 3_000
const CANCELED_MS = 10_000
/** The one command for all never works: the orders must be canceled by batches. */
const NO_CANCEL_ALL: FaultInput = { kind: 'apiError', face: 'any', methods: ['cancel_all', 'CancelAll'], text: 'EService:Busy' }

/**
 * With the venue's limits as many young orders rest at once as the adapter can cancel within them, two dozen a pair (PAIN-08); without
 * limits, all that RSK-09 asks for.
 */
const CASES = [
  { orders: 200, limits: 'by batches', words: ['--no-limits'], faults: [NO_CANCEL_ALL] },
  { orders: 80, limits: "within the venue's rate limits", words: [], faults: [] },
]

/** One in five of everything that the company asks fails, in the ways in which a venue fails. */
const FAILING: readonly FaultInput[] = [
  { kind: 'lostReply', face: 'ws', methods: ['cancel_order', 'batch_cancel', 'cancel_all', 'add_order', 'amend_order'], probability: 0.1 },
  {
    kind: 'apiError',
    face: 'ws',
    methods: ['cancel_order', 'batch_cancel', 'cancel_all', 'add_order', 'amend_order'],
    probability: 0.1,
    text: 'EService:Busy',
  },
  { kind: 'serverError', face: 'rest', probability: 0.1 },
  { kind: 'apiError', face: 'rest', probability: 0.1, text: 'EService:Unavailable' },
]

function accountOf(record: EmulatorRecord): AccountRecord {
  const account = record.accounts[0]
  if (account === undefined) throw new Error('the emulator has no account')
  return account
}

/** Waits for the moment in which that many orders rest. */
function resting({ emulator, company }: Running, count: number): Promise<number> {
  return until(
    `${count} resting orders`,
    2 * UP_MS,
    async () => {
      const { openOrders } = accountOf(await emulator.state())
      return openOrders.length >= count ? openOrders.length : null
    },
    () => company.text,
  )
}

interface Halted {
  readonly haltedMs: number
  readonly canceledMs: number
}

/** Measures from the trip on: the halt by the API's word, the cancels by the venue's. */
async function halted(running: Running, startedMs: number): Promise<Halted> {
  await inState(running, ['HALTED'], NOTICED_MS + CANCELED_MS)
  const haltedMs = performance.now() - startedMs
  await until(
    'the end of every order',
    3 * UP_MS,
    async () => (accountOf(await running.emulator.state()).openOrders.length === 0 ? true : null),
    () => running.company.text,
  )
  return { haltedMs, canceledMs: performance.now() - startedMs }
}

/** Checks by the venue's own record that nothing was ordered since the halt, over two more cycles of the bots. */
async function expectSilence({ emulator }: Running, cycleMs: number): Promise<void> {
  const count = async () => {
    const { openOrders, closedOrders } = accountOf(await emulator.state())
    return openOrders.length + closedOrders.length
  }
  const before = await count()
  await Bun.sleep(2 * cycleMs)
  expect(await count()).toBe(before)
}

async function end({ company }: Running): Promise<void> {
  company.kill('SIGTERM')
  expect(await company.exited()).toBe(0)
}

describe('RSK-09 the kill switch over sockets', () => {
  test.each(CASES)(
    '$orders resting orders are canceled within 10 s $limits with one request in five failing; it outlives a kill -9',
    async ({ orders, words, faults }) => {
      const { directory, dataDir } = newDataDir()
      const ratios = 'totalAtRiskRatioMax: 0.9, assetRatioMax: 0.3, positionRatioMax: 0.3, portfolioRiskRatioMax: null'
      const more = `risk: { totalExposureMax: "40000", orderNotionalMin: "5", ${ratios} }`
      const config = writeBusyConfig(directory, { botsEach: orders / 4, cycleMs: null, awayBps: 90, capital: '450', more })
      await startEmulator(dataDir, words)
      const running = await startCompany(dataDir, ['--config', config])
      const count = await resting(running, orders)
      await running.emulator.faults([...faults, ...FAILING])
      const startedMs = performance.now()
      const atVenueMs = (await running.emulator.state()).nowMs
      expect((await running.api.kill('drill')).killSwitch.isActive).toBe(true)
      const { haltedMs, canceledMs } = await halted(running, startedMs)
      console.log(`${count} orders: HALTED after ${haltedMs.toFixed(0)} ms, all canceled after ${canceledMs.toFixed(0)} ms`)
      expect(haltedMs).toBeLessThan(NOTICED_MS)
      expect(canceledMs).toBeLessThan(CANCELED_MS)
      const { closedOrders } = accountOf(await running.emulator.state())
      // A request that was on the wire when the switch fell may still arrive; what was decided later may not.
      expect(closedOrders.filter((order) => order.openedAtMs > atVenueMs + 500)).toEqual([])

      running.company.kill('SIGKILL')
      await running.company.exited()
      await running.emulator.faults([])
      const again = await startCompany(dataDir, ['--config', config])
      await inState(again, ['HALTED'])
      expect((await again.api.risk()).killSwitch).toMatchObject({ isActive: true, reason: 'drill', source: 'api' })
      await expectSilence(again, 1_000)
      await again.api.clear()
      await inState(again, ['TRADING'])
      await end(again)
    },
    5 * UP_MS,
  )

  test(
    'the flag file is noticed within 3 s and holds until it is removed; a start over it comes up HALTED',
    async () => {
      const { directory, dataDir } = newDataDir()
      const config = writeBusyConfig(directory, { botsEach: 1, cycleMs: 1_000, awayBps: 90 })
      const flag = join(dataDir, 'KILL')
      const running = await startCompany(dataDir, ['--config', config])
      await resting(running, 2)
      const startedMs = performance.now()
      writeFileSync(flag, 'smoke in the server room\n')
      const { haltedMs, canceledMs } = await halted(running, startedMs)
      console.log(`flag file: HALTED after ${haltedMs.toFixed(0)} ms, all canceled after ${canceledMs.toFixed(0)} ms`)
      expect(haltedMs).toBeLessThan(NOTICED_MS)
      expect(canceledMs).toBeLessThan(CANCELED_MS)
      await expectSilence(running, 1_000)
      expect((await running.api.risk()).killSwitch).toMatchObject({ reason: 'smoke in the server room', source: 'file' })
      expect(running.api.clear()).rejects.toThrow('flag file')
      await end(running)

      const again = await startCompany(dataDir, ['--config', config])
      await inState(again, ['HALTED'])
      rmSync(flag)
      await Bun.sleep(1_000)
      expect(await again.api.state()).toBe('HALTED') // its absence clears nothing
      await until('the clearing', UP_MS, () =>
        again.api.clear().then(
          () => true,
          () => null,
        ),
      )
      await inState(again, ['TRADING'])
      await end(again)
    },
    5 * UP_MS,
  )

  test(
    'troupe kill halts a running company and confirms; without a company it leaves the flag file',
    async () => {
      const { directory, dataDir } = newDataDir()
      const config = writeBusyConfig(directory, { botsEach: 1, cycleMs: 1_000, awayBps: 90 })
      const running = await startCompany(dataDir, ['--config', config])
      await resting(running, 2)
      const startedMs = performance.now()
      const command = new Child(['kill', '--data-dir', dataDir, '--reason', 'by hand'])
      expect(await command.exited()).toBe(0)
      const { haltedMs } = await halted(running, startedMs)
      expect(haltedMs).toBeLessThan(NOTICED_MS + CANCELED_MS) // the command waits for the confirmation
      expect((await running.api.risk()).killSwitch).toMatchObject({ isActive: true, reason: 'by hand' })
      await expectSilence(running, 1_000)
      await end(running)
      expect(await new Child(['kill', '--data-dir', dataDir]).exited()).toBe(0)
      expect(existsSync(join(dataDir, 'KILL'))).toBe(true)
    },
    5 * UP_MS,
  )
})

import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { endpointFile } from '#sim/kraken/main'
import { verifyJournal } from '#store/verify'
import { STORE_FILE } from '#store/open-store'
import { removeTempDirs } from '#test/store/temp-dir'
import { writeBusyConfig } from './busy-config'
import { inState, newDataDir, type Running, startCompany, startEmulator, UP_MS } from './company'
import { Child, emulatorOf, endProcesses, isAlive, until } from './processes'

endProcesses()
removeTempDirs()

/** PAIN-17: from the start of the process to the first fill. */
const FIRST_FILL_MS = 60_000

function busy(more = ''): { readonly dataDir: string; readonly config: string } {
  const { directory, dataDir } = newDataDir()
  return { dataDir, config: writeBusyConfig(directory, { botsEach: 1, cycleMs: 1_000, awayBps: 90, more }) }
}

async function openOrders({ emulator }: Running): Promise<number> {
  return (await emulator.state()).accounts[0]?.openOrders.length ?? 0
}

/** Waits until orders rest at the venue. */
function working(running: Running): Promise<true> {
  return until(
    'working orders',
    UP_MS,
    async () => ((await openOrders(running)) > 0 ? true : null),
    () => running.company.text,
  )
}

function gone(pid: number, deadlineMs = UP_MS): Promise<true> {
  return until(`the end of process ${pid}`, deadlineMs, () => (isAlive(pid) ? null : true))
}

describe('RUN-08 the life of a company over sockets', () => {
  test(
    'PAIN-17 the first fill comes within a minute of the first start; SIGTERM ends company and emulator with a report and exit code 0',
    async () => {
      const { dataDir } = newDataDir()
      const running = await startCompany(dataDir)
      const { company, emulatorPid } = running
      await company.line(/^First fill: /, FIRST_FILL_MS)
      const tookMs = performance.now() - company.startedMs
      console.log(`first fill ${(tookMs / 1_000).toFixed(1)} s after the process was started`)
      expect(tookMs).toBeLessThan(FIRST_FILL_MS)
      company.kill('SIGTERM')
      expect(await company.exited()).toBe(0)
      expect(company.text).toContain('Session report:')
      await gone(emulatorPid)
      expect(existsSync(endpointFile(dataDir))).toBe(false)
      expect(verifyJournal(join(dataDir, STORE_FILE)).kind).toBe('intact')
    },
    3 * UP_MS,
  )

  test(
    'SIGINT cancels what works, reports and exits with 0; an emulator that was there before is used and left alone; a second instance is refused',
    async () => {
      const { dataDir, config } = busy()
      const emulator = await startEmulator(dataDir)
      const running = await startCompany(dataDir, ['--config', config])
      expect(running.company.text).toContain('attached to the running Kraken emulator')
      expect(running.emulatorPid).toBe(emulator.pid)
      await working(running)

      const second = new Child(['start', '--data-dir', dataDir, '--port', '0'])
      expect(await second.exited()).toBe(1)
      expect(second.lines).toHaveLength(1)
      expect(second.text).toContain('single-instance lock')
      expect(second.text).toContain(`process ${running.company.pid}`)
      expect(await running.api.state()).toBe('TRADING')

      running.company.kill('SIGINT')
      expect(await running.company.exited()).toBe(0)
      expect(running.company.text).toContain('Session report:')
      expect(await openOrders(running)).toBe(0)
      expect(emulator.isRunning).toBe(true)
      emulator.kill('SIGTERM')
      expect(await emulator.exited()).toBe(0)
    },
    3 * UP_MS,
  )

  test(
    'a second SIGINT ends the process at once, and the next start takes up its orders',
    async () => {
      const { dataDir, config } = busy()
      const emulator = await startEmulator(dataDir)
      const running = await startCompany(dataDir, ['--config', config])
      await working(running)
      // Nothing that would end an order reaches the venue: the stop has to wait for its deadline.
      await running.emulator.faults([
        { kind: 'apiError', face: 'any', methods: ['cancel_order', 'cancel_all', 'CancelOrder', 'CancelAll'], text: 'EService:Busy' },
      ])
      running.company.kill('SIGINT')
      await running.company.line(/^SIGINT: stopping/, UP_MS)
      expect(await running.api.state()).toBe('STOPPING')
      const startedMs = performance.now()
      running.company.kill('SIGINT')
      expect(await running.company.exited()).toBe(130)
      expect(performance.now() - startedMs).toBeLessThan(2_000)
      expect(await openOrders(running)).toBeGreaterThan(0)

      await running.emulator.faults([])
      const again = await startCompany(dataDir, ['--config', config])
      await inState(again, ['TRADING'])
      again.company.kill('SIGTERM')
      expect(await again.company.exited()).toBe(0)
      expect(await openOrders(again)).toBe(0)
      emulator.kill('SIGTERM')
      await emulator.exited()
    },
    3 * UP_MS,
  )

  test(
    'an emulator that start made ends by itself when the company is killed, after sandbox.idleExitMs',
    async () => {
      const { dataDir, config } = busy('sandbox: { idleExitMs: 1500 }')
      const { company, emulatorPid } = await startCompany(dataDir, ['--config', config])
      company.kill('SIGKILL')
      await company.exited()
      expect(isAlive(emulatorPid)).toBe(true)
      const startedMs = performance.now()
      await gone(emulatorPid)
      expect(performance.now() - startedMs).toBeGreaterThan(500)
      expect(emulatorOf(dataDir)).toBeNull()
    },
    3 * UP_MS,
  )

  test(
    'PAIN-05 the emulator is killed under the company: UNHEALTHY and BACKING_OFF, then as before once it is back, on the port that it had',
    async () => {
      const { dataDir, config } = busy()
      const emulator = await startEmulator(dataDir)
      const running = await startCompany(dataDir, ['--config', config])
      await working(running)
      const port = emulatorOf(dataDir)?.port ?? 0
      emulator.kill('SIGKILL')
      await emulator.exited()
      const problems = await until('the loss in health', UP_MS, async () => {
        const health = await running.api.health()
        return health.status === 'UNHEALTHY' && health.sockets.up === 0 ? health.problems : null
      })
      expect(problems.join()).toMatch(/kraken is (BACKING_OFF|CONNECTING)/)
      expect((await running.api.bots()).every((bot) => bot.state !== 'ACTIVE')).toBe(true)

      const again = await startEmulator(dataDir)
      expect(emulatorOf(dataDir)).toMatchObject({ pid: again.pid, port })
      const startedMs = performance.now()
      await until('health', UP_MS, async () => {
        const health = await running.api.health()
        return health.sockets.up === 2 && health.status !== 'UNHEALTHY' && health.state === 'TRADING' ? true : null
      })
      console.log(`trades again ${((performance.now() - startedMs) / 1_000).toFixed(1)} s after the emulator is back`)
      await working(running)
      running.company.kill('SIGTERM')
      expect(await running.company.exited()).toBe(0)
      expect(await openOrders(running)).toBe(0)
      again.kill('SIGTERM')
      expect(await again.exited()).toBe(0)
    },
    4 * UP_MS,
  )
})

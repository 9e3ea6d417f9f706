import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#domain/errors'
import { acquireInstanceLock } from '#ops/instance-lock'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'

removeTempDirs()

/** Starts a process that takes the lock of `dataDir` and holds it; resolves once it does, or when it ended. */
async function holder(dataDir: string) {
  const source = `
    import { acquireInstanceLock } from '#ops/instance-lock'
    acquireInstanceLock(${JSON.stringify(dataDir)})
    // The lock is held by nobody's variable: a collection must not free it.
    Bun.gc(true)
    console.log('held')
    setInterval(() => {}, 1000)`
  const child = Bun.spawn(['bun', '-e', source], { cwd: join(import.meta.dir, '..', '..'), stdout: 'pipe', stderr: 'pipe' })
  const first = await child.stdout.getReader().read()
  return {
    child,
    isHeld: Buffer.from(first.value ?? [])
      .toString()
      .startsWith('held'),
  }
}

describe('acquireInstanceLock', () => {
  test('RUN-07 REQ-SI1 a second process on the same data directory is refused in one line that names the first', async () => {
    const dataDir = tempDir()
    const { child, isHeld } = await holder(dataDir)
    expect(isHeld).toBe(true)
    try {
      acquireInstanceLock(dataDir)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(AppError)
      const { code, message } = error as AppError
      expect(code).toBe('DATA_DIR_LOCKED')
      expect(message).toBe(`single-instance lock: ${dataDir} is in use by process ${child.pid}; stop it, or choose another data directory`)
    }
    child.kill('SIGKILL')
    await child.exited
  })

  test('RUN-07 the lock dies with its process, also by kill -9: the next one takes it over', async () => {
    const dataDir = tempDir()
    const { child } = await holder(dataDir)
    child.kill('SIGKILL')
    await child.exited
    const lock = acquireInstanceLock(dataDir)
    expect(readFileSync(join(dataDir, 'lock.pid'), 'utf8')).toBe(`${process.pid}\n`)
    const refused = await holder(dataDir)
    await refused.child.exited
    expect(refused.isHeld).toBe(false)
    lock.release()
    const next = await holder(dataDir)
    expect(next.isHeld).toBe(true)
    next.child.kill('SIGKILL')
    await next.child.exited
  })

  test('RUN-07 of many processes at once exactly one holds the lock', async () => {
    const dataDir = tempDir()
    const holders = await Promise.all(Array.from({ length: 5 }, () => holder(dataDir)))
    expect(holders.filter((each) => each.isHeld)).toHaveLength(1)
    for (const { child } of holders) child.kill('SIGKILL')
    await Promise.all(holders.map((each) => each.child.exited))
  })

  test('RUN-07 a second company in the same process is refused too', () => {
    const dataDir = tempDir()
    const lock = acquireInstanceLock(dataDir)
    expect(() => acquireInstanceLock(dataDir)).toThrow('single-instance lock')
    lock.release()
    acquireInstanceLock(dataDir).release()
  })
})

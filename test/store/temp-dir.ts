import { afterAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made: string[] = []

/** Returns a new temporary directory, removed at the end of the test file that calls `removeTempDirs`. */
export function tempDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'troupe-test-'))
  made.push(path)
  return path
}

/** Call once at the top of a test file. */
export function removeTempDirs(): void {
  afterAll(() => {
    for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
  })
}

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { announcedApi } from '#cli/locate'
import { tempDir } from '#test/store/temp-dir'

/** The checkout under test. */
export const ROOT = resolve(import.meta.dir, '..', '..')

export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

function environment(extra: Readonly<Record<string, string>>): Record<string, string | undefined> {
  return { ...process.env, TROUPE_API_TOKEN: '', TROUPE_DATA_DIR: '', ...extra }
}

/** Runs the real command line to its end. Its stdin is no terminal. */
export async function cli(words: readonly string[], extra: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  const child = Bun.spawn([process.execPath, 'src/main.ts', ...words], {
    cwd: ROOT,
    env: environment(extra),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited])
  return { code, out: out.trimEnd(), err: err.trimEnd() }
}

/** A company that runs as a process of its own. */
export interface RunningCompany {
  readonly dataDir: string
  readonly url: string
  readonly pid: number
  /** Ends it in order and returns its exit code. */
  stop(): Promise<number>
}

/** Starts a company in virtual time and waits until it trades. `config` is YAML laid over the defaults. */
export async function startCompany(config: string, extra: Readonly<Record<string, string>> = {}): Promise<RunningCompany> {
  const dataDir = join(tempDir(), 'data')
  const words = ['start', '--speed', '2', '--port', '0', '--data-dir', dataDir, '--config', configFile(config)]
  const child = Bun.spawn([process.execPath, 'src/main.ts', ...words], {
    cwd: ROOT,
    env: environment(extra),
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  const errors = new Response(child.stderr).text()
  for (let attempt = 0; attempt < 200; attempt++) {
    const api = announcedApi(dataDir)
    if (api !== null && (await isTrading(api.url))) {
      const stop = async () => {
        child.kill('SIGTERM')
        return await child.exited
      }
      return { dataDir, url: api.url, pid: child.pid, stop }
    }
    if (child.exitCode !== null) break
    await Bun.sleep(50)
  }
  child.kill('SIGKILL')
  throw new Error(`the company did not start: ${await errors}`)
}

async function isTrading(url: string): Promise<boolean> {
  const response = await fetch(`${url}api/v1/company`, { headers: { authorization: `Bearer ${TOKEN}` } })
  return (await response.text()).includes('"TRADING"')
}

/** The token of companies that are started with one. */
export const TOKEN = 'a-token-of-the-tests-0123'

/** Writes a configuration file and returns its path. */
export function configFile(text: string): string {
  const path = join(tempDir(), 'own.yaml')
  writeFileSync(path, text)
  return path
}

/** A new path under a new temporary folder, where nothing lies yet. */
export function newDataDir(): string {
  return join(tempDir(), 'data')
}

/**
 * Returns path and digest of every file under a folder; empty for a folder that does not exist. Apart from the lock's files, and from
 * SQLite's empty helpers, which it leaves beside a database that was only read.
 */
export function treeOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !/^lock\.|-shm$|-wal$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => `${path} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
}

/** Makes a folder below `parent`. */
export function folder(parent: string, name: string): string {
  const path = join(parent, name)
  mkdirSync(path, { recursive: true })
  return path
}

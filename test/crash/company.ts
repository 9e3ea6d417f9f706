import { mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from '#test/store/temp-dir'
import { Api, EmulatorContact } from './contact'
import { Child, emulatorOf, until, watchDataDir } from './processes'

/** Longest that a process may take to come up on a loaded machine. */
export const UP_MS = 60_000

/** A company's process and how to talk with it and its venue. */
export interface Running {
  readonly company: Child
  readonly api: Api
  readonly emulator: EmulatorContact
  readonly emulatorPid: number
}

/** Returns a data directory of its own, in a directory where a configuration may lie too. TROUPE_KEEP=DIR leaves them behind in DIR. */
export function newDataDir(): { readonly directory: string; readonly dataDir: string } {
  const kept = process.env['TROUPE_KEEP']
  const directory = kept === undefined ? tempDir() : mkdtempSync(join(kept, 'drill-'))
  const dataDir = join(directory, 'data')
  mkdirSync(dataDir)
  watchDataDir(dataDir)
  return { directory, dataDir }
}

/** Runs the emulator of a data directory as a process of its own. */
export async function startEmulator(dataDir: string, words: readonly string[] = []): Promise<Child> {
  const emulator = new Child(['sandbox', '--data-dir', dataDir, ...words])
  await emulator.line(/^Kraken emulator on/, UP_MS)
  return emulator
}

/** Starts a company and returns once its API listens. */
export async function startCompany(dataDir: string, words: readonly string[] = []): Promise<Running> {
  const company = new Child(['start', '--data-dir', dataDir, '--port', '0', ...words])
  const [, url] = await company.line(/^Dashboard: (\S+)/, UP_MS)
  const endpoint = emulatorOf(dataDir)
  if (endpoint === null) throw new Error('the emulator announced no endpoint')
  return { company, api: new Api(url ?? ''), emulator: new EmulatorContact(endpoint.port), emulatorPid: endpoint.pid }
}

/** Waits until the director is in one of the states; returns which. */
export function inState({ api, company }: Running, states: readonly string[], deadlineMs = UP_MS): Promise<string> {
  return until(
    `state ${states.join(' or ')}`,
    deadlineMs,
    async () => {
      const state = await api.state()
      return states.includes(state) ? state : null
    },
    () => company.text,
  )
}

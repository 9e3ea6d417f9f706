import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '#domain/errors'
import { FlagFile } from '#ops/flag-file'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { ControlPort } from '#ports/control'

/** The file that asks the company, past its API, to clear the kill switch. Its content is the operator's name. */
export const RESUME_FILE = 'RESUME'

/**
 * Watches for the request to clear the kill switch where the configuration keeps the API from doing it
 * (`api.killSwitchClearable: false`): whoever can write to the data directory is its owner. The file is removed before it is obeyed.
 */
export function watchResume(parts: {
  readonly dataDir: string
  readonly clock: ClockPort
  readonly pollMs: number
  readonly control: Pick<ControlPort, 'clearKillSwitch'>
  readonly log: LogPort
}): FlagFile {
  const path = join(parts.dataDir, RESUME_FILE)
  return new FlagFile({
    path,
    clock: parts.clock,
    pollMs: parts.pollMs,
    onPresent: (text) => {
      rmSync(path, { force: true })
      const name = /^[\w.@-]{1,60}$/.test(text) ? text : 'owner'
      try {
        parts.control.clearKillSwitch({ name, address: 'data directory' })
      } catch (error) {
        parts.log.error('the kill switch was not cleared', { operator: name, reason: messageOf(error) })
      }
    },
    onAbsent: () => undefined,
  })
}

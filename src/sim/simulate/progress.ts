import { formatDuration } from '#domain/time'

/** How far a run has come. */
export interface Progress {
  readonly done: number
  readonly total: number
  /** How many of `done` were finished by an earlier run. */
  readonly resumed: number
  /** Seeds that failed. */
  readonly failed: number
  /** Real time since this run began, ms. */
  readonly elapsedMs: number
}

const BAR_WIDTH = 30

/** Returns one line: seeds done, rate, breaches and what is left, as far as the first seeds tell. */
export function progressText({ done, total, resumed, failed, elapsedMs }: Progress): string {
  const perSecond = elapsedMs <= 0 ? 0 : ((done - resumed) * 1_000) / elapsedMs
  const left = total - done
  const rate = `${perSecond.toFixed(perSecond < 10 ? 2 : 0)} seeds/s`
  const breaches = failed === 0 ? 'no breach' : `${failed} failing ${failed === 1 ? 'seed' : 'seeds'}`
  const eta = left === 0 ? '' : perSecond === 0 ? ', time left unknown yet' : `, ${formatDuration((left / perSecond) * 1_000)} left`
  return `${done} of ${total} seeds, ${rate}, ${breaches}${eta}`
}

/** Returns the line with a bar before it. */
export function progressBar(progress: Progress): string {
  const share = progress.total === 0 ? 1 : progress.done / progress.total
  const filled = Math.round(share * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)} ${Math.floor(share * 100)} %  ${progressText(progress)}`
}

import type { StateValue } from 'xstate'
import { InvariantError } from '#domain/errors'

/** Returns the innermost state of a chart without parallel regions: `{ operating: 'active' }` gives `active`. */
export function leafOf(value: StateValue): string {
  if (typeof value === 'string') return value
  const [only, ...others] = Object.values(value)
  if (only === undefined || others.length > 0) throw new InvariantError('leafOf(): the chart has parallel regions')
  return leafOf(only)
}

/** Returns a state as reports, the API and pictures show it: `backingOff` gives `BACKING_OFF`. For orders see `orderStatusOf`. */
export function shownState(value: StateValue): string {
  return leafOf(value)
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()
}

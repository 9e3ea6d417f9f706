const keys = new Map<string, Map<string, string>>()

/**
 * Returns `first|second` as a key of a map: the same text each time, so that its hash is worked out once. For pairs of which there are few,
 * a sub-account and an instrument: each is kept.
 */
export function pairKey(first: string, second: string): string {
  let seconds = keys.get(first)
  if (seconds === undefined) {
    seconds = new Map()
    keys.set(first, seconds)
  }
  let key = seconds.get(second)
  if (key === undefined) {
    key = `${first}|${second}`
    seconds.set(second, key)
  }
  return key
}

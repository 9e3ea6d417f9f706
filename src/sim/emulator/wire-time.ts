/** Returns RFC 3339 with microseconds, such as `2023-09-21T14:15:07.197000Z`. */
export function microTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}000Z`
}

/** Returns RFC 3339 with nanoseconds. */
export function nanoTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}000000Z`
}

/** Returns RFC 3339 with whole seconds, rounded down. */
export function secondTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`
}

/** Reads RFC 3339 text into UTC ms, or null when it is none. */
export function readRfc3339(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text)) return null
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? null : atMs
}

import { type VenueId, venueId } from '#domain/ids'
import type { Json } from '#domain/json'
import { readInteger, readObject } from '#domain/json-read'

/** Reads a time a venue; nothing for undefined (a mark of before the first agreement). */
export function timesOf(json: Json | undefined, path: string): readonly (readonly [VenueId, number])[] {
  if (json === undefined) return []
  return Object.entries(readObject(json, path)).map(([venue, atMs]) => [venueId(venue), readInteger(atMs, `${path}.${venue}`)] as const)
}

import { refuseArgument } from './refusal'
import type { PrivateCall } from './rest-call'
import type { RestParams } from './rest-params'
import type { WireObject } from './wire-json'

/** Rows that one page of a history method holds. */
export const PAGE_ROWS = 50

/** The time window of a history call in ms: `start` exclusive, `end` inclusive. */
export interface Window {
  readonly startMs: number
  readonly endMs: number
}

function readBound(params: RestParams, name: string, timeOf: (id: string) => number | null, fallback: number): number {
  const text = params.text(name)
  if (text === null) return fallback
  if (/^\d{1,13}(\.\d{1,9})?$/.test(text)) return Number(text) * 1_000
  return timeOf(text) ?? refuseArgument(name)
}

/** Reads `start` and `end`, each unix seconds or the id of a row. @throws {KrakenRefusal} naming the field. */
export function readWindow(params: RestParams, timeOf: (id: string) => number | null): Window {
  return {
    startMs: readBound(params, 'start', timeOf, Number.NEGATIVE_INFINITY),
    endMs: readBound(params, 'end', timeOf, Number.POSITIVE_INFINITY),
  }
}

export function isWithin(window: Window, atMs: number): boolean {
  return atMs > window.startMs && atMs <= window.endMs
}

/** Returns the page that `ofs` asks for, under `name`, and the count of all rows unless `without_count`. Rows come newest first. */
export function page<Row>(
  call: PrivateCall,
  name: string,
  rows: readonly Row[],
  view: (row: Row) => readonly [key: string, value: WireObject],
): WireObject {
  const offset = call.params.integer('ofs', 0, 1_000_000_000) ?? 0
  const shown = Object.fromEntries(rows.slice(offset, offset + PAGE_ROWS).map(view))
  return { [name]: shown, count: call.params.flag('without_count') ? undefined : rows.length }
}

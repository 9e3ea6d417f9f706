import { AppError } from '#domain/errors'
import { scrubbed } from './errors'
import { readAs } from './schema'
import { complaint, type Envelope, envelope } from './schema-stream'

/** A frame as it came, or the venue's complaint about one of ours. */
export type Frame = { readonly kind: 'frame'; readonly frame: Envelope } | { readonly kind: 'complaint'; readonly text: string }

/** Reads the envelope of a frame. @throws {AppError} `VENUE_PROTOCOL` when it is none. */
export function readFrame(text: string): Frame {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    throw new AppError('a frame of Coinbase is no JSON', { code: 'VENUE_PROTOCOL', severity: 'LOW' })
  }
  const error = complaint.safeParse(raw)
  if (error.success) return { kind: 'complaint', text: scrubbed(error.data.message) }
  return { kind: 'frame', frame: readAs(envelope, raw, 'frame') }
}

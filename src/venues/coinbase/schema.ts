import { z } from 'zod'
import { type Decimal, decimal, isDecimalText, ZERO } from '#domain/decimal'
import { parseTime } from '#venues/shared/venue-clock'
import { CoinbaseError, scrubbed } from './errors'

/** A decimal as text; an empty one means that the venue has none, which reads as null. */
export const amountOrNull = z
  .string()
  .nullish()
  .refine((text) => text === null || text === undefined || text === '' || isDecimalText(text), 'is not a number')
  .transform((text): Decimal | null => (text === null || text === undefined || text === '' ? null : decimal(text)))
/** A decimal as text; an empty one is nothing, which reads as 0. */
export const amount = amountOrNull.transform((value): Decimal => value ?? ZERO)
/** A decimal that must be there. */
export const figure = z
  .string()
  .refine(isDecimalText, 'is not a number')
  .transform((text): Decimal => decimal(text))
/** Figures of bars are doubles by design. */
export const double = z.string().refine(isDecimalText, 'is not a number').transform(Number)
/** An id of the venue's making, in the form that our own types take. */
export const opaque = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'is not an id')
/** Text that may be missing. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
/** A flag that may be missing. */
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value === true)
/** RFC 3339 text of any precision as UTC ms. */
export const time = z
  .string()
  .transform(parseTime)
  .refine((ms) => Number.isFinite(ms), 'is not a time')
/** Unix seconds as text, as UTC ms. */
export const unixSeconds = z
  .string()
  .regex(/^\d{1,12}$/, 'is not a time')
  .transform((value) => Number(value) * 1_000)
/** Buy or sell as the venue writes them; another side would be read as the wrong one, so that it is refused. */
export const side = z.enum(['BUY', 'SELL']).transform((value) => (value === 'BUY' ? ('buy' as const) : ('sell' as const)))

/** Reads an answer or a frame. @throws {CoinbaseError} `VENUE_PROTOCOL` when a field is missing or of another kind; new ones are ignored. */
export function readAs<T extends z.ZodType>(schema: T, raw: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(raw)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new CoinbaseError(
    `Coinbase's ${what} has an unknown form: ${issue?.path.join('.') ?? ''} ${scrubbed(issue?.message ?? '')}`,
    'VENUE_PROTOCOL',
  )
}

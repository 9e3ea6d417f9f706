import { z } from 'zod'

export const positiveDecimal = z.string().regex(/^(?!0+(\.0+)?$)\d+(\.\d+)?$/, 'must be a positive number written as text, such as "250.5"')
export const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'must be lower-case letters, digits and dashes')
export const asset = z.string().regex(/^[A-Z0-9][A-Z0-9.]{0,19}$/, 'must be an asset code such as BTC')
export const ms = (min: number, max: number) => z.number().int().min(min).max(max)
/** A share: 0 to 1. */
export const ratio = z.number().min(0, 'must not be negative').max(1, 'must not be over 1 (100 %)')

import { z } from 'zod'
import { decimal, isPositive } from '#domain/decimal'

/** The bars whose closes a strategy decides on. */
export const timeframeParameter = z.enum(['1m', '5m', '15m', '1h', '4h', '1d'])

/** Size of one full position in base, decimal text; null, the default, leaves it to the sizing of the bot (`orderNotional`). */
export const quantityParameter = z
  .string()
  .regex(/^\d{1,20}(\.\d{1,18})?$/, 'must be plain decimal text such as "0.01"')
  .transform((text) => decimal(text))
  .refine(isPositive, 'must be above zero')
  .nullable()
  .default(null)

import { z } from 'zod'
import type { JsonObject } from '#domain/json'
import type { Side, TimeInForce } from '#domain/order'
import { refuseArgument } from './refusal'

/** An order as its body asks for it: texts as they came, none of them judged; empty ones are null. */
export interface OrderTerms {
  readonly side: Side
  /** Key of the configuration. */
  readonly key: string
  readonly kind: 'market' | 'limit' | 'stopLimit'
  readonly timeInForce: TimeInForce
  readonly baseSize: string | null
  readonly quoteSize: string | null
  readonly limitPrice: string | null
  readonly stopPrice: string | null
  /** Whether a stop waits for the last trade at or above its price, or at or below. */
  readonly stopRises: boolean
  readonly endTime: string | null
  readonly postOnly: boolean
  /** The configuration as it came, for the echo. */
  readonly echo: JsonObject
}

/** Configurations that exist and that this venue does not take on spot. */
export interface UnsupportedTerms {
  readonly key: string
  readonly kind: 'unsupported'
  readonly side: Side
  readonly echo: JsonObject
}

const UNSUPPORTED = ['market_market_fok', 'trigger_bracket_gtc', 'trigger_bracket_gtd', 'twap_limit_gtd', 'scaled_limit_gtc']

const FORMS: Readonly<Record<string, Pick<OrderTerms, 'kind' | 'timeInForce'>>> = {
  market_market_ioc: { kind: 'market', timeInForce: 'ioc' },
  sor_limit_ioc: { kind: 'limit', timeInForce: 'ioc' },
  limit_limit_gtc: { kind: 'limit', timeInForce: 'gtc' },
  limit_limit_gtd: { kind: 'limit', timeInForce: 'gtd' },
  limit_limit_fok: { kind: 'limit', timeInForce: 'fok' },
  stop_limit_stop_limit_gtc: { kind: 'stopLimit', timeInForce: 'gtc' },
  stop_limit_stop_limit_gtd: { kind: 'stopLimit', timeInForce: 'gtd' },
}

const configSchema = z.looseObject({
  base_size: z.string().optional(),
  quote_size: z.string().optional(),
  limit_price: z.string().optional(),
  stop_price: z.string().optional(),
  stop_direction: z.enum(['STOP_DIRECTION_STOP_UP', 'STOP_DIRECTION_STOP_DOWN']).optional(),
  end_time: z.string().optional(),
  post_only: z.boolean().optional(),
  rfq_disabled: z.boolean().optional(),
})

const previewSchema = z.looseObject({
  product_id: z.string().min(1),
  side: z.enum(['BUY', 'SELL']),
  order_configuration: z.record(z.string(), z.looseObject({})),
  retail_portfolio_id: z.string().optional(),
})

const createSchema = previewSchema.extend({ client_order_id: z.string().min(1).max(128) })

export interface CreateBody {
  readonly clientOrderId: string
  readonly productId: string
  readonly portfolioId: string | null
  readonly terms: OrderTerms | UnsupportedTerms
}

/** Reads a JSON body. @throws {HttpRefusal} 400 when it is none, or does not fit. */
export function readBody<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return refuseArgument('the body is no JSON')
  }
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  return refuseArgument(`invalid value for ${issue?.path.join('.') || 'body'}: ${issue?.message}`)
}

function some(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text
}

function readTerms(side: 'BUY' | 'SELL', configuration: Readonly<Record<string, unknown>>): OrderTerms | UnsupportedTerms {
  const keys = Object.keys(configuration)
  const [key] = keys
  if (key === undefined || keys.length !== 1) return refuseArgument('order_configuration must have exactly one key')
  const echo = configuration as JsonObject
  const way = side === 'BUY' ? 'buy' : 'sell'
  if (UNSUPPORTED.includes(key)) return { kind: 'unsupported', key, side: way, echo }
  const form = FORMS[key]
  if (form === undefined) return refuseArgument(`unknown order_configuration ${key}`)
  const read = configSchema.safeParse(configuration[key])
  if (!read.success) return refuseArgument(`invalid value for order_configuration.${key}.${read.error.issues[0]?.path.join('.')}`)
  const config = read.data
  if (form.kind !== 'market' && some(config.limit_price) === null) return refuseArgument('limit_price is missing')
  if (form.kind === 'stopLimit' && (some(config.stop_price) === null || config.stop_direction === undefined))
    return refuseArgument('stop_price and stop_direction belong to a stop')
  return {
    ...form,
    side: way,
    key,
    baseSize: some(config.base_size),
    quoteSize: form.kind === 'stopLimit' ? null : some(config.quote_size),
    limitPrice: form.kind === 'market' ? null : some(config.limit_price),
    stopPrice: form.kind === 'stopLimit' ? some(config.stop_price) : null,
    stopRises: config.stop_direction === 'STOP_DIRECTION_STOP_UP',
    endTime: form.timeInForce === 'gtd' ? some(config.end_time) : null,
    postOnly: config.post_only === true,
    echo,
  }
}

/** Reads the body of a create. @throws {HttpRefusal} 400 for what is structurally wrong. */
export function readCreate(body: string): CreateBody {
  const read = readBody(createSchema, body)
  return {
    clientOrderId: read.client_order_id,
    productId: read.product_id,
    portfolioId: some(read.retail_portfolio_id),
    terms: readTerms(read.side, read.order_configuration),
  }
}

/** Reads the body of a preview, which is that of a create without its id. @throws {HttpRefusal} 400. */
export function readPreview(body: string): Omit<CreateBody, 'clientOrderId'> {
  const read = readBody(previewSchema, body)
  return {
    productId: read.product_id,
    portfolioId: some(read.retail_portfolio_id),
    terms: readTerms(read.side, read.order_configuration),
  }
}

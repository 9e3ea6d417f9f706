import { createRoute, z } from '@hono/zod-openapi'
import { requireTyped, TypedBody } from './commands'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'
import { Order, OrderQuery } from './order-schema'

const tags = ['orders']
const OrderParam = z.object({ clientOrderId: z.string().min(1).max(128) })
/** What an operator types to cancel every order. */
const CANCEL_ALL = 'CANCEL ALL'

const listRoute = createRoute({
  method: 'get',
  path: '/orders',
  tags,
  summary: 'Orders, newest first',
  request: { query: OrderQuery },
  responses: responsesOf('The newest that match', z.array(Order).readonly()),
})
const oneRoute = createRoute({
  method: 'get',
  path: '/orders/{clientOrderId}',
  tags,
  summary: 'One order',
  request: { params: OrderParam },
  responses: responsesOf('The order', Order, 404),
})
const cancelRoute = createRoute({
  method: 'post',
  path: '/orders/{clientOrderId}/cancel',
  tags,
  summary: 'Ask the venue to cancel an order; the order shows when it has',
  request: { params: OrderParam, body: { required: true, content: { 'application/json': { schema: z.object({}) } } } },
  responses: responsesOf('The order after the request', Order, 404, 409),
})
const cancelAllRoute = createRoute({
  method: 'post',
  path: '/orders/cancel-all',
  tags,
  summary: `Cancel every working order, or those of one bot; "confirm": "${CANCEL_ALL}"`,
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: TypedBody.extend({ botId: z.string().max(48).nullable().default(null) }) } },
    },
  },
  responses: responsesOf('How many cancels were requested', z.object({ requested: z.int() })),
})

/** Orders and their cancels. */
export function orderRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(listRoute, (c) => {
      const { status, botId, limit } = c.req.valid('query')
      return c.json(ok(control().orders({ status, botId: botId ?? null, limit })), 200)
    })
    .openapi(cancelAllRoute, (c) => {
      const { confirm, botId } = c.req.valid('json')
      requireTyped(confirm, CANCEL_ALL)
      return c.json(ok({ requested: control().cancelAll(botId, c.get('operator')) }), 200)
    })
    .openapi(oneRoute, (c) => c.json(ok(control().order(c.req.valid('param').clientOrderId)), 200))
    .openapi(cancelRoute, (c) => {
      const { clientOrderId } = c.req.valid('param')
      control().cancelOrder(clientOrderId, c.get('operator'))
      return c.json(ok(control().order(clientOrderId)), 200)
    })
}

import { createRoute, z } from '@hono/zod-openapi'
import { CommandBody, requireConfirmation } from './commands'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'
import { Limits, LimitsQuery, ReducingBody } from './gate-schema'
import { Risk } from './risk-schema'

const tags = ['risk']

const limitsRoute = createRoute({
  method: 'get',
  path: '/risk/limits',
  tags,
  summary: 'Every limit of the gate: how it is set and by whom, what it comes to now, what is used of it, and what still passes',
  request: { query: LimitsQuery },
  responses: responsesOf('All limits, of the company or of a bot', Limits, 404),
})
const rearmRoute = createRoute({
  method: 'post',
  path: '/risk/throttles/{botId}/rearm',
  tags,
  summary: 'Let a bot send again whose throttle tripped; needs "confirm": true',
  request: {
    params: z.object({ botId: z.string().min(1).max(120).openapi({ example: 'trend-btc' }) }),
    body: { required: true, content: { 'application/json': { schema: CommandBody } } },
  },
  responses: responsesOf('Risk status after it', Risk, 404, 409),
})
const reducingRoute = createRoute({
  method: 'post',
  path: '/risk/reducing',
  tags,
  summary: 'Let a scope take only what lowers exposure, or end that; needs "confirm": true',
  request: { body: { required: true, content: { 'application/json': { schema: ReducingBody } } } },
  responses: responsesOf('Risk status after it', Risk, 404, 409),
})

/** What each limit stands at, and what an operator may do about throttles and reducing scopes. */
export function gateRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(limitsRoute, (c) => c.json(ok(control().gate.limits(c.req.valid('query').bot ?? null)), 200))
    .openapi(rearmRoute, (c) => {
      const { reason, confirm } = c.req.valid('json')
      requireConfirmation(confirm, 'rearm')
      control().gate.rearmThrottle(c.req.valid('param').botId, c.get('operator'), reason)
      return c.json(ok(control().risk()), 200)
    })
    .openapi(reducingRoute, (c) => {
      const { reason, confirm, scope, on } = c.req.valid('json')
      requireConfirmation(confirm, 'reducing')
      const { gate } = control()
      if (on) gate.beginReducing(scope, c.get('operator'), reason)
      else gate.endReducing(scope, c.get('operator'), reason)
      return c.json(ok(control().risk()), 200)
    })
}

import { createRoute, z } from '@hono/zod-openapi'
import { CommandBody, requireConfirmation, requireTyped, TypedBody } from './commands'
import { type ControlSource, routeGroup } from './context'
import { Emergency, EmergencyBody } from './emergency-schema'
import { ok, responsesOf } from './envelope'
import { ApiError } from './errors'
import { Risk } from './risk-schema'

const tags = ['risk']
/** What an operator types to trip the kill switch, and to clear it. */
const TRIP = 'KILL'
const CLEAR = 'CLEAR'
const body = { required: true, content: { 'application/json': { schema: TypedBody } } }

const statusRoute = createRoute({
  method: 'get',
  path: '/risk',
  tags,
  summary: 'Kill switch, breakers, limits, exposures',
  responses: responsesOf('Risk status', Risk),
})
const tripRoute = createRoute({
  method: 'post',
  path: '/risk/kill-switch',
  tags,
  summary: `Trip the kill switch; "confirm": "${TRIP}"`,
  request: { body },
  responses: responsesOf('Risk status after the trip', Risk, 409),
})
const clearRoute = createRoute({
  method: 'post',
  path: '/risk/kill-switch/clear',
  tags,
  summary: `Clear the kill switch where the configuration allows it; "confirm": "${CLEAR}"`,
  request: { body },
  responses: responsesOf('Risk status after the clear', Risk, 409),
})
const resetRoute = createRoute({
  method: 'post',
  path: '/risk/breakers/{breakerId}/reset',
  tags,
  summary: 'Sign a tripped breaker off, or end its cool-down; needs "confirm": true',
  request: {
    params: z.object({ breakerId: z.string().min(1).max(120).openapi({ example: 'dailyDrawdown:company' }) }),
    body: { required: true, content: { 'application/json': { schema: CommandBody } } },
  },
  responses: responsesOf('Risk status after the reset', Risk, 404, 409),
})

const emergencyRoute = createRoute({
  method: 'post',
  path: '/risk/emergency',
  tags,
  summary: `Halt a scope, cancel its orders and, where asked, close its positions; "confirm": "${TRIP}"`,
  request: { body: { required: true, content: { 'application/json': { schema: EmergencyBody } } } },
  responses: responsesOf('The emergency halt as it began; the list tells how it goes on', Emergency, 404, 409),
})
const emergenciesRoute = createRoute({
  method: 'get',
  path: '/risk/emergencies',
  tags,
  summary: 'Emergency halts under way, and the last that are over, newest first',
  responses: responsesOf('Emergency halts of this process', z.array(Emergency).readonly()),
})

/** Risk status, the kill switch, emergency halts and the breakers. */
export function riskRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(statusRoute, (c) => c.json(ok(control().risk()), 200))
    .openapi(tripRoute, (c) => {
      const { confirm, reason } = c.req.valid('json')
      requireTyped(confirm, TRIP)
      control().tripKillSwitch(reason === '' ? 'Tripped by the operator' : reason, c.get('operator'))
      return c.json(ok(control().risk()), 200)
    })
    .openapi(emergencyRoute, (c) => {
      const { confirm, reason, scope, flatten } = c.req.valid('json')
      requireTyped(confirm, TRIP)
      const why = reason === '' ? 'Emergency halt by the operator' : reason
      return c.json(ok(control().emergencyHalt(scope, flatten, why, c.get('operator'))), 200)
    })
    .openapi(emergenciesRoute, (c) => c.json(ok(control().emergencies()), 200))
    .openapi(clearRoute, (c) => {
      if (!control().risk().killSwitch.clearableOverApi) {
        throw new ApiError('FORBIDDEN', 'The configuration does not let the API clear the kill switch; use the command line on the machine')
      }
      requireTyped(c.req.valid('json').confirm, CLEAR)
      control().clearKillSwitch(c.get('operator'))
      return c.json(ok(control().risk()), 200)
    })
    .openapi(resetRoute, (c) => {
      const { reason, confirm } = c.req.valid('json')
      requireConfirmation(confirm, 'reset')
      control().resetBreaker(c.req.valid('param').breakerId, c.get('operator'), reason)
      return c.json(ok(control().risk()), 200)
    })
}

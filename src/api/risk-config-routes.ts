import { createRoute, z } from '@hono/zod-openapi'
import type { JsonObject } from '#domain/json'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'
import { ConfigChange, RiskConfig, RiskConfigPatch, RollbackBody } from './risk-config-schema'

const tags = ['risk']

const readRoute = createRoute({
  method: 'get',
  path: '/risk/config',
  tags,
  summary: 'Limits in force for the company and each bot, each with where it comes from',
  responses: responsesOf('Limits and the sections that they are made of', RiskConfig),
})
const historyRoute = createRoute({
  method: 'get',
  path: '/risk/config/history',
  tags,
  summary: 'Changes of the limits while the company ran, newest first',
  responses: responsesOf('Changes', z.array(ConfigChange).readonly()),
})
const patchRoute = createRoute({
  method: 'patch',
  path: '/risk/config',
  tags,
  summary: 'Change limits, policies and thresholds; in live a loosening needs "confirm": true',
  request: { body: { required: true, content: { 'application/json': { schema: RiskConfigPatch } } } },
  responses: responsesOf('The change, which is in force', ConfigChange, 409),
})
const rollbackRoute = createRoute({
  method: 'post',
  path: '/risk/config/rollback',
  tags,
  summary: 'Put all of them back as a version left them, 0 for the configuration; a change of its own',
  request: { body: { required: true, content: { 'application/json': { schema: RollbackBody } } } },
  responses: responsesOf('The change, which is in force', ConfigChange, 404, 409),
})

/** The limits in force, and how they are changed while the company runs. */
export function riskConfigRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(readRoute, (c) => c.json(ok(control().riskConfig.read()), 200))
    .openapi(historyRoute, (c) => c.json(ok(control().riskConfig.history()), 200))
    .openapi(patchRoute, (c) => {
      const { changes, reason, confirm } = c.req.valid('json')
      const ask = { reason, isConfirmed: confirm }
      return c.json(ok(control().riskConfig.change(changes as JsonObject, ask, c.get('operator'))), 200)
    })
    .openapi(rollbackRoute, (c) => {
      const { version, reason, confirm } = c.req.valid('json')
      return c.json(ok(control().riskConfig.rollBack(version, { reason, isConfirmed: confirm }, c.get('operator'))), 200)
    })
}

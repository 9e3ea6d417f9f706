import { createRoute } from '@hono/zod-openapi'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'
import { Universe } from './universe-schema'

const readRoute = createRoute({
  method: 'get',
  path: '/universe',
  tags: ['risk'],
  summary: 'What may be entered now: tiers with what is in them, and each instrument with why it is kept out',
  responses: responsesOf('The universe as of its last look', Universe),
})

/** The universe by tiers. */
export function universeRoutes(control: ControlSource) {
  return routeGroup().openapi(readRoute, (c) => c.json(ok(control().universe()), 200))
}

import { createRoute, z } from '@hono/zod-openapi'
import { requireTyped, TypedBody } from './commands'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'
import { Actor, AnyJson, Journal } from './system-schema'

const SHUTDOWN = 'SHUTDOWN'

const actorsRoute = createRoute({
  method: 'get',
  path: '/actors',
  tags: ['system'],
  summary: 'The tree of actors with machine, state and since when',
  responses: responsesOf('The root', Actor),
})
const journalRoute = createRoute({
  method: 'get',
  path: '/journal',
  tags: ['system'],
  summary: 'A page of the journal, ascending',
  request: {
    query: z.object({
      after: z.coerce.number().int().min(0).default(0).openapi({ description: 'Entries with a greater sequence number' }),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
  },
  responses: responsesOf('The page', Journal),
})
const configRoute = createRoute({
  method: 'get',
  path: '/config',
  tags: ['system'],
  summary: 'The configuration in force, secrets redacted',
  responses: responsesOf('The configuration', AnyJson),
})
const shutdownRoute = createRoute({
  method: 'post',
  path: '/system/shutdown',
  tags: ['system'],
  summary: `Stop in order and exit; "confirm": "${SHUTDOWN}"`,
  request: { body: { required: true, content: { 'application/json': { schema: TypedBody } } } },
  responses: responsesOf('The stop has begun', z.object({ stopping: z.boolean() }), 409),
})

/** Actors, journal, configuration, shutdown. */
export function systemRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(actorsRoute, (c) => c.json(ok(control().actors()), 200))
    .openapi(journalRoute, (c) => {
      const { after, limit } = c.req.valid('query')
      const page = control().journal(after, limit)
      return c.json(ok(page), 200)
    })
    .openapi(configRoute, (c) => c.json(ok(control().config() as Record<string, unknown>), 200))
    .openapi(shutdownRoute, (c) => {
      requireTyped(c.req.valid('json').confirm, SHUTDOWN)
      control().shutdown(c.get('operator'))
      return c.json(ok({ stopping: true }), 200)
    })
}

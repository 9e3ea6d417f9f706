import { createRoute } from '@hono/zod-openapi'
import { type ControlSource, routeGroup } from './context'
import { envelopeOf, ok } from './envelope'
import { Health, Probe } from './system-schema'

const tags = ['health']
const probe = (description: string) => ({ description, content: { 'application/json': { schema: envelopeOf(Probe) } } })
const summary = (description: string) => ({ description, content: { 'application/json': { schema: envelopeOf(Health) } } })

const summaryRoute = createRoute({
  method: 'get',
  path: '/health',
  tags,
  security: [],
  summary: 'Health summary; 503 only when UNHEALTHY',
  responses: { 200: summary('HEALTHY or DEGRADED'), 503: summary('UNHEALTHY') },
})
const liveRoute = createRoute({
  method: 'get',
  path: '/health/live',
  tags,
  security: [],
  summary: 'The process answers',
  responses: { 200: probe('Alive') },
})
const startupRoute = createRoute({
  method: 'get',
  path: '/health/startup',
  tags,
  security: [],
  summary: 'Start-up is over',
  responses: { 200: probe('Started'), 503: probe('Still starting') },
})
const readyRoute = createRoute({
  method: 'get',
  path: '/health/ready',
  tags,
  security: [],
  summary: 'The company works and takes commands',
  responses: { 200: probe('Ready'), 503: probe('Starting, stopping or UNHEALTHY') },
})

function isStarting(state: string): boolean {
  return /BOOTING|CHECKING|STARTING/.test(state.toUpperCase())
}

function isStopping(state: string): boolean {
  return /STOPP/.test(state.toUpperCase())
}

/** Health summary and probes (API-02). Open without a token. */
export function healthRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(summaryRoute, (c) => {
      const health = control().health()
      return health.status === 'UNHEALTHY' ? c.json(ok(health), 503) : c.json(ok(health), 200)
    })
    .openapi(liveRoute, (c) => c.json(ok({ ok: true, state: control().health().state, reason: null }), 200))
    .openapi(startupRoute, (c) => {
      const { state } = control().health()
      if (isStarting(state)) return c.json(ok({ ok: false, state, reason: 'Still starting' }), 503)
      return c.json(ok({ ok: true, state, reason: null }), 200)
    })
    .openapi(readyRoute, (c) => {
      const { state, status, problems } = control().health()
      if (isStarting(state)) return c.json(ok({ ok: false, state, reason: 'Still starting' }), 503)
      if (isStopping(state)) return c.json(ok({ ok: false, state, reason: 'Stopping' }), 503)
      if (status === 'UNHEALTHY') return c.json(ok({ ok: false, state, reason: problems[0] ?? 'Unhealthy' }), 503)
      return c.json(ok({ ok: true, state, reason: null }), 200)
    })
}

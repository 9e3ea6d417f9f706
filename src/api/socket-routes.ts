import { PUSH_PROTOCOL } from './auth'
import { type ApiEnv, routeGroup } from './context'
import { ApiError } from './errors'
import type { ApiOptions } from './options'
import type { Context } from 'hono'

function upgrade(c: Context<ApiEnv>, channel: 'push' | 'inspect'): Response {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket' || c.env.upgrade === null) {
    throw new ApiError('REQUEST_INVALID', 'This address speaks WebSocket only', { fields: [] })
  }
  const offered = (c.req.header('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim())
  // The token's subprotocol is never echoed.
  c.env.upgrade(channel, offered.includes(PUSH_PROTOCOL) ? PUSH_PROTOCOL : null)
  return new Response(null)
}

/** Upgrades to the push and inspection sockets. They pass the same guard, authentication and limits as every request. */
export function socketRoutes(options: ApiOptions) {
  return routeGroup()
    .get('/api/v1/push', (c) => upgrade(c, 'push'))
    .get('/api/v1/inspect', (c) => {
      if (!options.inspection) throw new ApiError('FORBIDDEN', 'Inspection is off; set api.inspect to true')
      return upgrade(c, 'inspect')
    })
}

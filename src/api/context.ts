import { OpenAPIHono } from '@hono/zod-openapi'
import type { ControlPort, Operator } from '#ports/control'
import { ApiError } from './errors'

/** What the server tells of the connection that a request came on. */
export interface ApiBindings {
  readonly address: string
  /** The port that we listen on: part of a valid Host header. */
  readonly port: number
  /** Turns the request into a socket of a channel; null where that cannot be (tests without a server). Throws what the client is told. */
  readonly upgrade: ((channel: 'push' | 'inspect', protocol: string | null) => void) | null
}

/** Environment of every handler. */
export interface ApiEnv {
  Bindings: ApiBindings
  Variables: { requestId: string; operator: Operator }
}

/** Returns the company. A function, because the document of the routes is written without one. */
export type ControlSource = () => ControlPort

/** Returns an empty group of routes whose validation failures become `REQUEST_INVALID` with one entry a field. */
export function routeGroup() {
  return new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const fields = result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
      const shown = fields.map((field) => `${field.path === '' ? 'body' : field.path}: ${field.message}`).join('; ')
      throw new ApiError('REQUEST_INVALID', shown, { fields })
    },
  })
}

import { createRoute, z } from '@hono/zod-openapi'
import type { ControlPort } from '#ports/control'
import { companyRefusals } from './command-rules'
import { CommandBody, requireConfirmation } from './commands'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'

const tags = ['company']
const refusal = z.string().nullable()
const Company = z
  .object({
    mode: z.string(),
    state: z.string(),
    commands: z.object({ pause: refusal, resume: refusal, halt: refusal, reset: refusal }),
  })
  .openapi('Company')

const stateRoute = createRoute({
  method: 'get',
  path: '/company',
  tags,
  summary: 'Mode, state and the commands it takes now',
  responses: responsesOf('The company', Company),
})
const commandRoute = createRoute({
  method: 'post',
  path: '/company/{command}',
  tags,
  summary: 'Pause, resume, halt or reset everything; halt and reset need "confirm": true',
  request: {
    params: z.object({ command: z.enum(['pause', 'resume', 'halt', 'reset']) }),
    body: { required: true, content: { 'application/json': { schema: CommandBody } } },
  },
  responses: responsesOf('The company after the command', Company, 409),
})

function companyView(control: ControlPort) {
  const { mode, state } = control.health()
  return { mode, state, commands: companyRefusals(state) }
}

/** Commands to the whole company (RUN-12). */
export function companyRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(stateRoute, (c) => c.json(ok(companyView(control())), 200))
    .openapi(commandRoute, (c) => {
      const { command } = c.req.valid('param')
      const { reason, confirm } = c.req.valid('json')
      if (command === 'halt' || command === 'reset') requireConfirmation(confirm, command)
      control().commandCompany(command, c.get('operator'), reason)
      return c.json(ok(companyView(control())), 200)
    })
}

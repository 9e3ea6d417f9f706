import { createRoute, z } from '@hono/zod-openapi'
import { NotFoundError } from '#domain/errors'
import type { BotView } from '#ports/control'
import { Bot } from './bot-schema'
import { botRefusals } from './command-rules'
import { CommandBody, requireConfirmation } from './commands'
import { type ControlSource, routeGroup } from './context'
import { ok, responsesOf } from './envelope'

const tags = ['bots']
const BotParam = z.object({ botId: z.string().min(1).max(48) })
const CommandParam = BotParam.extend({ command: z.enum(['start', 'pause', 'resume', 'stop', 'halt', 'reset']) })

const listRoute = createRoute({
  method: 'get',
  path: '/bots',
  tags,
  summary: 'All bots',
  responses: responsesOf('In the order of the configuration', z.array(Bot).readonly()),
})
const oneRoute = createRoute({
  method: 'get',
  path: '/bots/{botId}',
  tags,
  summary: 'One bot',
  request: { params: BotParam },
  responses: responsesOf('The bot', Bot, 404),
})
const commandRoute = createRoute({
  method: 'post',
  path: '/bots/{botId}/{command}',
  tags,
  summary: 'Start, pause, resume, stop, halt or reset a bot; halt and stop need "confirm": true',
  request: { params: CommandParam, body: { required: true, content: { 'application/json': { schema: CommandBody } } } },
  responses: responsesOf('The bot after the command', Bot, 404, 409),
})

function withCommands(bot: BotView) {
  return { ...bot, commands: botRefusals(bot) }
}

function findBot(bots: readonly BotView[], botId: string): BotView {
  const bot = bots.find((candidate) => candidate.botId === botId)
  if (bot === undefined) throw new NotFoundError(`There is no bot "${botId}"`, { botId })
  return bot
}

/** Bots and their commands. */
export function botRoutes(control: ControlSource) {
  return routeGroup()
    .openapi(listRoute, (c) => c.json(ok(control().bots().map(withCommands)), 200))
    .openapi(oneRoute, (c) => c.json(ok(withCommands(findBot(control().bots(), c.req.valid('param').botId))), 200))
    .openapi(commandRoute, (c) => {
      const { botId, command } = c.req.valid('param')
      const { reason, confirm } = c.req.valid('json')
      const company = control()
      findBot(company.bots(), botId)
      if (command === 'halt' || command === 'stop') requireConfirmation(confirm, command)
      company.commandBot(botId, command, c.get('operator'), reason)
      return c.json(ok(withCommands(findBot(company.bots(), botId))), 200)
    })
}

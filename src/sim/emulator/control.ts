import { z } from 'zod'
import { type Decimal, decimal, isDecimalText, isPositive } from '#domain/decimal'
import { AppError } from '#domain/errors'
import type { SimRequest, SimResponse } from '#sim/server'
import type { FaultView } from './fault-board'
import type { FaultCommand } from './fault-rules'

const transferSchema = z.strictObject({
  account: z.string().min(1).max(64).default('main'),
  asset: z.string().min(1).max(20),
  amount: z
    .string()
    .refine((text) => isDecimalText(text) && isPositive(decimal(text)), 'must be a positive decimal text')
    .transform((text) => decimal(text)),
})

/** What the control endpoints may do to an emulator. */
export interface ControlTarget<Rule> {
  readonly faults: {
    clear(ids: 'all' | readonly string[]): number
    set(rule: Rule): string
    list(): readonly FaultView[]
  }
  readonly faultCommand: z.ZodType<FaultCommand<Rule>>
  record(): unknown
  deposit(accountId: string, asset: string, amount: Decimal): void
  withdraw(accountId: string, asset: string, amount: Decimal): void
  settle(): void
  shutdown(): void
  /** Endpoints of this venue alone, by `METHOD /path`; each reads its body with `readControlBody`. */
  readonly routes: ReadonlyMap<string, (body: string) => unknown>
}

function answer(status: number, body: unknown): SimResponse {
  return { kind: 'answer', status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) }
}

class BodyError extends AppError {
  readonly errors: readonly { readonly path: string; readonly message: string }[]

  constructor(errors: readonly { readonly path: string; readonly message: string }[]) {
    super('the body is malformed', { code: 'COMMAND_REFUSED', severity: 'LOW', details: { errors } })
    this.errors = errors
  }
}

/** Reads the JSON body of a control request. @throws {AppError} answered as 400 with the path of each misfit. */
export function readControlBody<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown
  try {
    value = JSON.parse(body === '' ? '{}' : body)
  } catch (error) {
    throw new BodyError([{ path: '', message: `no JSON: ${error instanceof Error ? error.message : String(error)}` }])
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new BodyError(result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })))
}

function perform<Rule>(target: ControlTarget<Rule>, request: SimRequest): SimResponse {
  const route = `${request.method} ${request.path}`
  switch (route) {
    case 'GET /emulator/ping':
      return answer(200, { ok: true })
    case 'GET /emulator/state':
      return answer(200, target.record())
    case 'POST /emulator/faults': {
      const command = readControlBody(target.faultCommand, request.body)
      const cleared = command.clear === undefined ? 0 : target.faults.clear(command.clear)
      const ids = command.add.map((rule) => target.faults.set(rule))
      return answer(200, { ids, cleared, faults: target.faults.list() })
    }
    case 'POST /emulator/deposit':
    case 'POST /emulator/withdraw': {
      const { account, asset, amount } = readControlBody(transferSchema, request.body)
      if (request.path.endsWith('deposit')) target.deposit(account, asset, amount)
      else target.withdraw(account, asset, amount)
      return answer(200, { ok: true })
    }
    case 'POST /emulator/shutdown':
      target.shutdown()
      return answer(202, { ok: true })
    default: {
      const own = target.routes.get(route)
      if (own !== undefined) return answer(200, own(request.body))
      return answer(404, { errors: [{ path: '', message: `there is no ${route}` }] })
    }
  }
}

/**
 * Answers a request to the emulator's own endpoints, which are no part of the venue. A body that does not fit is answered 400 with
 * `{ errors: [{ path, message }] }`, what the state forbids (an unknown pair or account, too little to withdraw) 409.
 */
export function handleControl<Rule>(target: ControlTarget<Rule>, request: SimRequest): SimResponse {
  try {
    const response = perform(target, request)
    target.settle()
    return response
  } catch (error) {
    if (error instanceof BodyError) return answer(400, { errors: error.errors })
    if (error instanceof AppError) return answer(409, { errors: [{ path: '', message: error.message }] })
    throw error
  }
}

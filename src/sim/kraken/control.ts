import { z } from 'zod'
import { type Decimal, decimal, isDecimalText, isPositive } from '#domain/decimal'
import { AppError } from '#domain/errors'
import type { SimRequest, SimResponse } from '#sim/server'
import { faultCommandSchema } from './fault-rules'
import type { FaultBoard } from './fault-board'
import type { SystemStatus } from './face-state'

const PAIR_STATUSES = ['online', 'postOnly', 'limitOnly', 'reduceOnly', 'cancelOnly', 'offline'] as const

const statusSchema = z.union([
  /** The whole venue. */
  z.strictObject({ system: z.enum(['online', 'maintenance', 'cancel_only', 'post_only']) }),
  /** One pair, by its WebSocket symbol. */
  z.strictObject({ symbol: z.string().min(3).max(40), status: z.enum(PAIR_STATUSES) }),
])

const transferSchema = z.strictObject({
  account: z.string().min(1).max(64).default('main'),
  asset: z.string().min(1).max(20),
  amount: z
    .string()
    .refine((text) => isDecimalText(text) && isPositive(decimal(text)), 'must be a positive decimal text')
    .transform((text) => decimal(text)),
})

/** What the control endpoints may do to an emulator. */
export interface ControlTarget {
  readonly faults: FaultBoard
  record(): unknown
  setSystemStatus(status: SystemStatus): void
  setPairStatus(symbol: string, status: (typeof PAIR_STATUSES)[number]): void
  deposit(accountId: string, asset: string, amount: Decimal): void
  withdraw(accountId: string, asset: string, amount: Decimal): void
  settle(): void
  shutdown(): void
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

function read<T>(schema: z.ZodType<T>, body: string): T {
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

function perform(target: ControlTarget, request: SimRequest): SimResponse {
  switch (`${request.method} ${request.path}`) {
    case 'GET /emulator/ping':
      return answer(200, { ok: true })
    case 'GET /emulator/state':
      return answer(200, target.record())
    case 'POST /emulator/faults': {
      const command = read(faultCommandSchema, request.body)
      const cleared = command.clear === undefined ? 0 : target.faults.clear(command.clear)
      const ids = command.add.map((rule) => target.faults.add(rule))
      return answer(200, { ids, cleared, faults: target.faults.list() })
    }
    case 'POST /emulator/status': {
      const command = read(statusSchema, request.body)
      if ('system' in command) target.setSystemStatus(command.system)
      else target.setPairStatus(command.symbol, command.status)
      return answer(200, { ok: true })
    }
    case 'POST /emulator/deposit':
    case 'POST /emulator/withdraw': {
      const { account, asset, amount } = read(transferSchema, request.body)
      if (request.path.endsWith('deposit')) target.deposit(account, asset, amount)
      else target.withdraw(account, asset, amount)
      return answer(200, { ok: true })
    }
    case 'POST /emulator/shutdown':
      target.shutdown()
      return answer(202, { ok: true })
    default:
      return answer(404, { errors: [{ path: '', message: `there is no ${request.method} ${request.path}` }] })
  }
}

/**
 * Answers a request to the emulator's own endpoints, which are no part of the venue. A body that does not fit is answered 400 with
 * `{ errors: [{ path, message }] }`, what the state forbids (an unknown pair or account, too little to withdraw) 409.
 */
export function handleControl(target: ControlTarget, request: SimRequest): SimResponse {
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

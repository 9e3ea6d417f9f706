import { z } from 'zod'
import { Bot } from '#api/bot-schema'
import { Emergency } from '#api/emergency-schema'
import { Limits } from '#api/gate-schema'
import { Order } from '#api/order-schema'
import { Portfolio, Position } from '#api/portfolio-schema'
import { ConfigChange, RiskConfig } from '#api/risk-config-schema'
import { Risk } from '#api/risk-schema'
import { Health } from '#api/system-schema'
import { Universe } from '#api/universe-schema'
import type { EmergencyScope } from '#domain/emergency-scope'
import { AppError, type ErrorCode } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import type { EmergencyView, HealthView, OrderView, PortfolioView, PositionView, RiskView } from '#ports/control'
import type { LimitsView, ReducingScope } from '#ports/gate-control'
import type { ConfigChangeView, RiskConfigView } from '#ports/risk-config'
import type { TransportPort } from '#ports/transport'
import type { UniverseView } from '#ports/universe'

const TIMEOUT_MS = 3_000

/** Codes that the API refuses with. Any other is the company's own trouble. */
const REFUSALS = [
  'REQUEST_INVALID',
  'CONFIRMATION_REQUIRED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'READ_ONLY',
  'ORIGIN_REFUSED',
  'NOT_FOUND',
  'COMMAND_REFUSED',
  'RATE_LIMITED',
  'NOT_RUNNING',
  'DATA_NOT_READY',
] as const satisfies readonly ErrorCode[]

const refusal = z.object({ error: z.object({ code: z.enum(REFUSALS).catch('NOT_RUNNING'), message: z.string() }) })

/**
 * The API of a running company, as the commands use it. Every call throws {AppError}: `NOT_RUNNING` when nobody answers, else the
 * API's own code and text.
 */
export class CompanyClient {
  readonly url: string
  readonly #transport: TransportPort
  readonly #headers: Readonly<Record<string, string>>

  constructor(options: { readonly url: string; readonly token: string | null; readonly transport: TransportPort }) {
    this.url = options.url
    this.#transport = options.transport
    const authorization = options.token === null ? {} : { authorization: `Bearer ${options.token}` }
    this.#headers = { 'content-type': 'application/json', ...authorization }
  }

  health(): Promise<HealthView> {
    return this.#ask('GET', 'health', Health)
  }

  bots(): Promise<readonly z.infer<typeof Bot>[]> {
    return this.#ask('GET', 'bots', z.array(Bot))
  }

  /** The newest 500 at most. */
  orders(status: 'open' | 'all'): Promise<readonly OrderView[]> {
    return this.#ask('GET', `orders?status=${status}&limit=500`, z.array(Order))
  }

  positions(): Promise<readonly PositionView[]> {
    return this.#ask('GET', 'positions', z.array(Position))
  }

  portfolio(): Promise<PortfolioView> {
    return this.#ask('GET', 'portfolio', Portfolio)
  }

  universe(): Promise<UniverseView> {
    return this.#ask('GET', 'universe', Universe)
  }

  risk(): Promise<RiskView> {
    return this.#ask('GET', 'risk', Risk)
  }

  emergencyHalt(scope: EmergencyScope, flatten: boolean, reason: string): Promise<EmergencyView> {
    return this.#ask('POST', 'risk/emergency', Emergency, { confirm: 'KILL', reason, scope: { ...scope }, flatten })
  }

  emergencies(): Promise<readonly EmergencyView[]> {
    return this.#ask('GET', 'risk/emergencies', z.array(Emergency))
  }

  clearKillSwitch(reason: string): Promise<RiskView> {
    return this.#ask('POST', 'risk/kill-switch/clear', Risk, { confirm: 'CLEAR', reason })
  }

  /** Signs a breaker off. */
  resetBreaker(breakerId: string, reason: string): Promise<RiskView> {
    return this.#ask('POST', `risk/breakers/${encodeURIComponent(breakerId)}/reset`, Risk, { confirm: true, reason })
  }

  /** What every limit of the gate stands at; null for the whole company. */
  limits(botId: string | null): Promise<LimitsView> {
    return this.#ask('GET', `risk/limits${botId === null ? '' : `?bot=${encodeURIComponent(botId)}`}`, Limits)
  }

  /** Lets a bot send again whose throttle tripped. */
  rearmThrottle(botId: string, reason: string): Promise<RiskView> {
    return this.#ask('POST', `risk/throttles/${encodeURIComponent(botId)}/rearm`, Risk, { confirm: true, reason })
  }

  /** Lets a scope take only what lowers exposure, or ends that. */
  reduce(scope: ReducingScope, on: boolean, reason: string): Promise<RiskView> {
    return this.#ask('POST', 'risk/reducing', Risk, { confirm: true, reason, scope: { ...scope }, on })
  }

  riskConfig(): Promise<RiskConfigView> {
    return this.#ask('GET', 'risk/config', RiskConfig)
  }

  /** Newest first. */
  riskConfigHistory(): Promise<readonly ConfigChangeView[]> {
    return this.#ask('GET', 'risk/config/history', z.array(ConfigChange))
  }

  changeRiskConfig(changes: JsonObject, reason: string, confirm: boolean): Promise<ConfigChangeView> {
    return this.#ask('PATCH', 'risk/config', ConfigChange, { changes, reason, confirm })
  }

  rollBackRiskConfig(version: number, reason: string, confirm: boolean): Promise<ConfigChangeView> {
    return this.#ask('POST', 'risk/config/rollback', ConfigChange, { version, reason, confirm })
  }

  /** Gives a command to the whole company. */
  async command(command: 'resume' | 'reset', reason: string): Promise<void> {
    await this.#ask('POST', `company/${command}`, z.unknown(), { confirm: true, reason })
  }

  async #ask<T>(method: 'GET' | 'POST' | 'PATCH', path: string, schema: z.ZodType<T>, body: JsonObject | null = null): Promise<T> {
    const url = `${this.url}api/v1/${path}`
    const text = body === null ? null : JSON.stringify(body)
    const result = await this.#transport.request({ method, url, headers: this.#headers, body: text, timeoutMs: TIMEOUT_MS })
    if (result.kind !== 'answer') throw this.#silent(result.reason)
    const answer: unknown = jsonOf(result.body)
    const refused = refusal.safeParse(answer)
    if (refused.success) {
      const { code, message } = refused.data.error
      const remedy = code === 'UNAUTHENTICATED' ? '; set TROUPE_API_TOKEN to the token that the company was started with' : ''
      throw new AppError(`${message}${remedy}`, { code, severity: 'LOW' })
    }
    const parsed = z.object({ data: schema }).safeParse(answer)
    if (!parsed.success) throw this.#silent(`an answer that is not this version's (status ${result.status})`)
    return parsed.data.data
  }

  #silent(reason: string): AppError {
    return new AppError(`the company's API at ${this.url} does not answer: ${reason}`, { code: 'NOT_RUNNING', severity: 'HIGH' })
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return null // the caller reports an answer that is not ours
    throw error
  }
}

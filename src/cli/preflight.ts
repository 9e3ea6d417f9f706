import { botSpecsOf } from '#actors/bots/bot-specs'
import { checkOptions } from '#api/app'
import { type ApiOptions, DEFAULT_API_OPTIONS } from '#api/options'
import type { Environment } from '#config/environment'
import type { TroupeConfig } from '#config/schema'
import { AppError, ConfigError } from '#domain/errors'
import { venueId } from '#domain/ids'
import { Secret } from '#domain/secret'
import { isPortFree } from '#ops/port-probe'

/** Returns what the API is served with. */
export function apiOptionsOf(config: TroupeConfig, environment: Environment): ApiOptions {
  const { api } = config
  const { apiToken } = environment
  return {
    ...DEFAULT_API_OPTIONS,
    host: api.host,
    port: api.port,
    tokens: apiToken === null ? [] : [{ name: 'owner', token: new Secret(apiToken) }],
    readOnly: api.readOnly,
    inspection: api.inspect,
    limits: { ...DEFAULT_API_OPTIONS.limits, commandsPerMinute: api.commandsPerMinute },
  }
}

/** Returns where alerts are sent to; null where nothing is set. @throws {ConfigError} for what is no https address (http on this machine alone); the address is not named. */
export function alertWebhookOf({ alertWebhook }: Environment): Secret | null {
  if (alertWebhook === null) return null
  const url = URL.parse(alertWebhook)
  const isLocal = url !== null && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)))
    throw new ConfigError('TROUPE_ALERT_WEBHOOK is no https address (http is taken on this machine alone)')
  return new Secret(alertWebhook)
}

/**
 * Checks what the schema of the configuration cannot: strategies and their parameters, instruments against venues, who may reach the API.
 * @throws {ConfigError} naming the key.
 */
export function checkConfig(config: TroupeConfig, environment: Environment): void {
  const venues = new Set(config.venues.kraken.enabled ? [venueId('kraken')] : [])
  botSpecsOf(config, venues)
  alertWebhookOf(environment)
  if (!config.api.enabled) return
  if (config.api.auth && environment.apiToken === null) {
    throw new ConfigError('api.auth = true: TROUPE_API_TOKEN is not set; set it to 16 characters or more, or turn api.auth off')
  }
  checkOptions(apiOptionsOf(config, environment))
}

/** @throws {AppError} `PORT_IN_USE` when something else listens on the API's port. */
export function checkPort({ api }: TroupeConfig): void {
  if (!api.enabled || isPortFree(api.host, api.port)) return
  throw new AppError(`port ${api.port} on ${api.host} is in use; stop what listens there, or pass --port 0 for a free one`, {
    code: 'PORT_IN_USE',
    severity: 'CRITICAL',
    details: { host: api.host, port: api.port },
  })
}

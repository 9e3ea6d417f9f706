import { ApiError } from './errors'
import { type ApiOptions, isLoopback } from './options'

/** Names and pages that may reach us. Built once the port is known. */
export interface GuardPolicy {
  /** Values of a Host header, lower case, with the port unless it is 80. */
  readonly hosts: ReadonlySet<string>
  /** Values of an Origin header. */
  readonly origins: ReadonlySet<string>
  /** The origins among them that are not ours and therefore need CORS headers. */
  readonly foreignOrigins: ReadonlySet<string>
}

function withPort(name: string, port: number): readonly string[] {
  return port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]
}

/** Returns the policy for a server that listens on `port`. */
export function guardPolicy(options: Pick<ApiOptions, 'host' | 'extraHosts' | 'extraOrigins'>, port: number): GuardPolicy {
  const names = ['127.0.0.1', 'localhost', '[::1]']
  // A wildcard address is no name: whoever binds to one must say under which names clients come.
  const isName = !isLoopback(options.host) && options.host !== '0.0.0.0' && options.host !== '::'
  if (isName) names.push(options.host.includes(':') && !options.host.startsWith('[') ? `[${options.host}]` : options.host)
  const own = names.flatMap((name) => withPort(name.toLowerCase(), port))
  const hosts = new Set([...own, ...options.extraHosts.map((host) => host.toLowerCase())])
  const ownOrigins = [...hosts].flatMap((host) => [`http://${host}`, `https://${host}`])
  return { hosts, origins: new Set([...ownOrigins, ...options.extraOrigins]), foreignOrigins: new Set(options.extraOrigins) }
}

/**
 * Returns why a request must not be served, or null. The Host check stops DNS rebinding (a foreign name that resolves to
 * 127.0.0.1 carries its own Host); the Origin check stops a foreign page in the owner's browser, also on WebSocket upgrades,
 * which browsers send without any CORS question.
 */
export function guardRefusal(headers: Headers, policy: GuardPolicy): ApiError | null {
  const host = headers.get('host')?.toLowerCase() ?? ''
  if (!policy.hosts.has(host)) {
    return new ApiError('ORIGIN_REFUSED', `Host "${host.slice(0, 100)}" is not ours: use 127.0.0.1 or localhost and our port`)
  }
  const origin = headers.get('origin')
  if (origin !== null) {
    if (policy.origins.has(origin.toLowerCase())) return null
    return new ApiError('ORIGIN_REFUSED', `Pages of "${origin.slice(0, 100)}" may not call this API`)
  }
  // Some cross-site requests carry no Origin (images, scripts); only browsers send this header and pages cannot forge it.
  const site = headers.get('sec-fetch-site')
  const isForeign = site === 'cross-site' || site === 'same-site' // same-site: another port of this machine
  return isForeign ? new ApiError('ORIGIN_REFUSED', 'Pages of another site may not call this API') : null
}

import type { Secret } from '#domain/secret'

/** A person or program that may use the API, and the secret it proves that with. */
export interface ApiToken {
  /** Stands in the journal as the operator of what it asked. */
  readonly name: string
  readonly token: Secret
}

/** Requests a minute and client, one bucket a class, so that no class starves another (API-04). */
export interface RateLimits {
  /** GET: the page polls a dozen of them every few seconds. */
  readonly readsPerMinute: number
  /** Everything that is not a GET and not protective. */
  readonly commandsPerMinute: number
  /** Commands that only lower risk: kill switch on, halt, pause, stop, cancel. A runaway script must not use up the owner's. */
  readonly protectivePerMinute: number
  /** Failed authentications. */
  readonly failuresPerMinute: number
}

/** What `createApi` and `serveApi` need to know; every field is set by the configuration. */
export interface ApiOptions {
  /** Address to listen on. Anything but loopback requires tokens. */
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** None: no authentication, allowed on loopback only. */
  readonly tokens: readonly ApiToken[]
  /** True refuses everything but reads with 403. */
  readonly readOnly: boolean
  /** Names besides 127.0.0.1, localhost and [::1] under which clients reach us (a proxy's name), as in a Host header. */
  readonly extraHosts: readonly string[]
  /** Pages elsewhere that may call us from a browser (CORS), as in an Origin header: `https://desk.example:8443`. */
  readonly extraOrigins: readonly string[]
  readonly limits: RateLimits
  /** Largest body of a request, bytes. */
  readonly bodyBytesMax: number
  /** Opens `/api/v1/inspect` to the Stately inspector. */
  readonly inspection: boolean
}

/** Loopback, no tokens, no inspection: what an owner gets without configuring anything. */
export const DEFAULT_API_OPTIONS: ApiOptions = {
  host: '127.0.0.1',
  port: 8080,
  tokens: [],
  readOnly: false,
  extraHosts: [],
  extraOrigins: [],
  limits: { readsPerMinute: 2_400, commandsPerMinute: 100, protectivePerMinute: 300, failuresPerMinute: 20 },
  bodyBytesMax: 65_536,
  inspection: false,
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

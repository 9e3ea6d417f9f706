import { createApi } from '#api/app'
import { type ApiOptions, DEFAULT_API_OPTIONS } from '#api/options'
import { FakeClock } from './fake-clock'
import { FakeControl } from './fake-control'
import { fakeLog } from './fake-log'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly data: unknown
    readonly error: { readonly code: string; readonly message: string; readonly details: unknown } | null
  }
}

/** The API over a fake control and a fake clock, asked without a server. */
export function apiHarness(options: Partial<ApiOptions> = {}, address = '127.0.0.1') {
  const clock = new FakeClock()
  const control = new FakeControl(clock)
  const log = fakeLog()
  const app = createApi({ control, clock, log, options: { ...DEFAULT_API_OPTIONS, ...options } })
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const init: RequestInit = { method, headers: { host: '127.0.0.1:8080', ...headers } }
    if (body !== undefined) {
      init.headers = { 'content-type': 'application/json', ...init.headers }
      init.body = typeof body === 'string' ? body : JSON.stringify(body)
    }
    const response = await app.request(`http://127.0.0.1:8080/api/v1${path}`, init, { address, port: 8080, upgrade: null })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? { data: null, error: null } : JSON.parse(text) }
  }
  return { app, clock, control, log, call, get: (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers) }
}

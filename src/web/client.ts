import { hc } from 'hono/client'
import type { App } from '#api/routes'
import { noteAnswer, noteSilence } from './contact'
import { isTokenNeeded, tokenStore } from './token'

/** An answer that says no: the API's code and its message for a person. */
export class ApiFailure extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** No answer came. */
export const AWAY = 'AWAY'

const REQUEST_TIMEOUT_MS = 10_000

async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers)
  const token = tokenStore.get()
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  let response: Response
  try {
    response = await fetch(input, { ...init, headers, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
  } catch (error) {
    noteSilence(Date.now())
    throw new ApiFailure(AWAY, error instanceof Error ? `No answer from the backend: ${error.message}` : 'No answer from the backend')
  }
  noteAnswer(Date.now())
  if (response.status === 401) isTokenNeeded.set(true)
  return response
}

/** The typed client of the API. */
export const api = hc<App>(typeof location === 'undefined' ? 'http://127.0.0.1' : location.origin, { fetch: send }).api.v1

interface ErrorBody {
  readonly code: string
  readonly message: string
}

function errorOf(body: unknown): ErrorBody | null {
  const error: unknown = typeof body === 'object' && body !== null && 'error' in body ? body.error : null
  const isError = typeof error === 'object' && error !== null && 'code' in error && 'message' in error
  return isError ? { code: String(error.code), message: String(error.message) } : null
}

/**
 * Returns the data of an answer.
 * @throws {ApiFailure} with the API's own code and message, or `AWAY` when none came.
 */
export async function read<T>(request: Promise<{ status: number; json(): Promise<{ data: T; error: null }> }>): Promise<T> {
  const response = await request
  const body = await response.json()
  const error = errorOf(body)
  if (error !== null) throw new ApiFailure(error.code, error.message)
  return body.data
}

import { createStore } from './contact'

const KEY = 'troupe.token'

/** The API token of this tab; gone with the tab. Null while none was needed. */
export const tokenStore = createStore<string | null>(typeof sessionStorage === 'undefined' ? null : sessionStorage.getItem(KEY))

/** True once the API has answered 401: the page then asks for a token. */
export const isTokenNeeded = createStore(false)

/** Keeps the token for this tab and tries again with it. */
export function setToken(token: string): void {
  sessionStorage.setItem(KEY, token)
  tokenStore.set(token)
  isTokenNeeded.set(false)
}

/** Returns the subprotocols of the push socket: a browser can put a token nowhere else on an upgrade. */
export function socketProtocols(token: string | null): string[] {
  if (token === null) return ['troupe.v1']
  const bytes = new TextEncoder().encode(token)
  const base64 = btoa(String.fromCharCode(...bytes))
  return ['troupe.v1', `troupe.token.${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`]
}

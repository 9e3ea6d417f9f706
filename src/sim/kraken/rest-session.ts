import { ALL_PERMISSIONS } from './credentials'
import { refuse } from './refusal'
import type { PrivateMethod } from './rest-call'
import { TOKEN_LIFE_SEC } from './tokens'

const getWebSocketsToken: PrivateMethod = {
  permissions: ['create-ws-token'],
  run: (call) => ({ token: call.face.tokens.issue(call.accountId), expires: TOKEN_LIFE_SEC }),
}

const getApiKeyInfo: PrivateMethod = {
  permissions: [],
  run: (call) => {
    const key = call.face.keys.get(call.apiKey) ?? refuse('EAPI:Invalid key')
    const seconds = (atMs: number): string => String(Math.floor(atMs / 1_000))
    return {
      api_key_name: 'emulator',
      api_key: key.apiKey,
      nonce: (call.face.state.nonceOf(call.apiKey) ?? 0n).toString(),
      nonce_window: '0',
      permissions: key.permissions ?? ALL_PERMISSIONS,
      iban: '',
      valid_until: '0',
      query_from: '0',
      query_to: '0',
      created_time: seconds(key.createdAtMs),
      modified_time: seconds(key.createdAtMs),
      last_used: seconds(call.nowMs),
      ip_allowlist: [],
    }
  },
}

/** Methods about the key and its sessions. */
export const SESSION_METHODS: Readonly<Record<string, PrivateMethod>> = {
  GetWebSocketsToken: getWebSocketsToken,
  GetApiKeyInfo: getApiKeyInfo,
}

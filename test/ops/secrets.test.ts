import { describe, expect, test } from 'bun:test'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AppError } from '#domain/errors'
import { venueId } from '#domain/ids'
import { EnvironmentSecrets } from '#ops/secrets'
import { removeTempDirs, tempDir } from '#test/store/temp-dir'

removeTempDirs()

const KRAKEN = venueId('kraken')

function errorOf(environment: Record<string, string>): AppError {
  try {
    new EnvironmentSecrets(environment).credentials(KRAKEN)
  } catch (error) {
    return error as AppError
  }
  throw new Error('nothing was thrown')
}

function secretFile(text: string, mode = 0o600): string {
  const path = join(tempDir(), 'secret')
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe('EnvironmentSecrets', () => {
  test('SEC-01 reads both parts from the environment', () => {
    const secrets = new EnvironmentSecrets({ KRAKEN_API_KEY: 'k', KRAKEN_API_SECRET: ' s ' })
    const { apiKey, apiSecret } = secrets.credentials(KRAKEN)
    expect([apiKey.reveal(), apiSecret.reveal()]).toEqual(['k', 's'])
    expect(JSON.stringify({ apiKey, apiSecret })).toBe('{"apiKey":"[secret]","apiSecret":"[secret]"}')
    expect(secrets.has(KRAKEN)).toBe(true)
  })

  test('SEC-01 reads the secret from a file that only its owner can read', () => {
    const path = secretFile('from-file\n')
    const { apiSecret } = new EnvironmentSecrets({ KRAKEN_API_KEY: 'k', KRAKEN_API_SECRET_FILE: path }).credentials(KRAKEN)
    expect(apiSecret.reveal()).toBe('from-file')
  })

  test('SEC-01 both parts or none: each gap has its own words', () => {
    expect(errorOf({})).toMatchObject({ code: 'CREDENTIALS_MISSING' })
    expect(errorOf({}).message).toContain('no credentials for kraken')
    expect(errorOf({ KRAKEN_API_KEY: 'k', KRAKEN_API_SECRET: '' }).message).toContain('KRAKEN_API_KEY is set')
    expect(errorOf({ KRAKEN_API_SECRET: 's' }).message).toContain('KRAKEN_API_KEY is not set')
    expect(new EnvironmentSecrets({}).has(KRAKEN)).toBe(false)
  })

  test('SEC-03 refuses a secret file that others can read, and says how to close it', () => {
    const path = secretFile('hush', 0o644)
    const error = errorOf({ KRAKEN_API_KEY: 'k', KRAKEN_API_SECRET_FILE: path })
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toBe(`KRAKEN_API_SECRET_FILE: ${path} can be read by others (mode 644); run chmod 600 ${path}`)
  })

  test('SEC-01 a secret file that is missing, empty, or named beside an inline secret is a clear error', () => {
    expect(errorOf({ KRAKEN_API_KEY: 'k', KRAKEN_API_SECRET_FILE: '/nowhere' }).message).toContain('/nowhere cannot be read')
    expect(errorOf({ KRAKEN_API_KEY: 'k', KRAKEN_API_SECRET_FILE: secretFile(' \n') }).message).toContain('is empty')
    const both = { KRAKEN_API_KEY: 'k', KRAKEN_API_SECRET: 's-value', KRAKEN_API_SECRET_FILE: secretFile('f') }
    expect(errorOf(both).message).toBe('KRAKEN_API_SECRET and KRAKEN_API_SECRET_FILE are both set; keep one')
  })
})

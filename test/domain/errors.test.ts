import { describe, expect, test } from 'bun:test'
import { inspect } from 'node:util'
import { AppError, CommandRefusedError, ConfigError, InvariantError, invariant, messageOf, mustExist, NotFoundError } from '#domain/errors'
import { Secret } from '#domain/secret'

describe('errors', () => {
  test('OBS-06 carries code, severity, disposition, cause, details and where to read on', () => {
    const cause = new Error('socket closed')
    const error = new AppError('kraken did not answer', {
      code: 'VENUE_TIMEOUT',
      severity: 'HIGH',
      disposition: 'reconcile',
      cause,
      details: { afterMs: 5000 },
    })
    expect(error).toMatchObject({
      name: 'AppError',
      message: 'kraken did not answer',
      code: 'VENUE_TIMEOUT',
      severity: 'HIGH',
      disposition: 'reconcile',
      cause,
      details: { afterMs: 5000 },
      docs: 'docs/errors.md#venue_timeout',
    })
    expect(error).toBeInstanceOf(Error)
  })

  test('OBS-06 is of medium severity and refuses unless it says otherwise', () => {
    const error = new AppError('x', { code: 'NOT_RUNNING' })
    expect([error.severity, error.disposition, error.details, error.cause]).toEqual(['MEDIUM', 'deny', {}, undefined])
    expect('cause' in error).toBe(false)
  })

  test('OBS-06 gives each kind its code, severity and disposition', () => {
    const rows = [new ConfigError('c'), new InvariantError('i'), new CommandRefusedError('r'), new NotFoundError('n')].map((error) => [
      error.name,
      error.code,
      error.severity,
      error.disposition,
    ])
    expect(rows).toEqual([
      ['ConfigError', 'CONFIG_INVALID', 'CRITICAL', 'deny'],
      ['InvariantError', 'INVARIANT_BROKEN', 'CRITICAL', 'crash'],
      ['CommandRefusedError', 'COMMAND_REFUSED', 'LOW', 'deny'],
      ['NotFoundError', 'NOT_FOUND', 'LOW', 'deny'],
    ])
  })

  test('asserts, and finds what must exist', () => {
    expect(() => invariant(true, 'fine')).not.toThrow()
    expect(() => invariant(false, 'broken')).toThrow(InvariantError)
    expect(mustExist(0, 'zero is something')).toBe(0)
    for (const nothing of [null, undefined]) expect(() => mustExist(nothing, 'gone')).toThrow('gone')
  })

  test('reads a message off anything thrown', () => {
    expect([messageOf(new Error('a')), messageOf('b'), messageOf(null)]).toEqual(['a', 'b', 'null'])
  })
})

test('I9 a secret shows itself only when revealed', () => {
  const secret = new Secret('hunter2')
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    Bun.inspect(secret),
    inspect(secret, { showHidden: true }),
  ]
  for (const text of shown) {
    expect(text).not.toContain('hunter2')
    expect(text).toContain('[secret]')
  }
  expect(Object.keys(secret)).toEqual([])
  expect(secret.reveal()).toBe('hunter2')
})

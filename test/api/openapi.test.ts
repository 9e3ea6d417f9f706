import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApiDocument, writeOpenApi } from '#api/openapi'

const folder = mkdtempSync(join(tmpdir(), 'troupe-openapi-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('API-01 writes the document, and the check tells a stale one without touching it', () => {
  const path = join(folder, 'openapi.json')
  expect(writeOpenApi(path, true)).toBe(false)
  expect(writeOpenApi(path, false)).toBe(false)
  expect(writeOpenApi(path, true)).toBe(true)
  writeFileSync(path, '{}')
  expect(writeOpenApi(path, true)).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('{}')
})

test('API-01 the committed document is the one of this code', () => {
  expect(writeOpenApi(join(import.meta.dir, '../../docs/openapi.json'), true)).toBe(true)
})

test('API-01 every operation has a summary, a described answer and the shared refusals', () => {
  const { paths } = openApiDocument()
  const operations = Object.entries(paths ?? {}).flatMap(([path, item]) =>
    [item.get, item.post, item.patch].flatMap((operation) => (operation ? [{ path, operation }] : [])),
  )
  expect(operations.length).toBe(43)
  for (const { path, operation } of operations) {
    expect(operation.summary ?? '').not.toBe('')
    const expected = path.startsWith('/api/v1/health') ? ['200'] : ['200', '400', '401', '403', '429']
    expect(Object.keys(operation.responses ?? {})).toEqual(expect.arrayContaining(expected))
  }
})

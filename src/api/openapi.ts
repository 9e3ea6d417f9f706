import { readFileSync, writeFileSync } from 'node:fs'
import { InvariantError } from '#domain/errors'
import { mountRoutes } from './routes'

const DESCRIPTION = `Every answer is \`{ "data": …, "error": null }\` or \`{ "data": null, "error": { "code", "message", "details" } }\`.
Amounts, prices and quantities are exact decimals as text; times are integer milliseconds UTC.

Live events come over a WebSocket at \`/api/v1/push\`: each has a sequence number; send \`{"type":"resume","after":N,"instance":I}\` to get
the missed ones. With a token, send it as \`Authorization: Bearer …\`, as \`X-API-Key\`, or, from a browser's WebSocket, as the subprotocol
\`troupe.token.<base64url of the token>\` beside \`troupe.v1\`.`

/** Returns the OpenAPI 3.1 document of all routes. The same for the same code, whatever the configuration. */
export function openApiDocument() {
  const app = mountRoutes(() => {
    throw new InvariantError('The document is written without a company')
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', { type: 'apiKey', in: 'header', name: 'X-API-Key' })
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Troupe', version: '1', description: DESCRIPTION },
    security: [{ bearer: [] }, { apiKey: [] }],
    servers: [{ url: 'http://127.0.0.1:8080' }],
  })
}

/**
 * Writes the document to `path`, or with `check` only compares.
 * @returns true when the file already held exactly this document.
 */
export function writeOpenApi(path: string, check: boolean): boolean {
  const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`
  let present = ''
  try {
    present = readFileSync(path, 'utf8')
  } catch (error) {
    // A file that is not there yet is stale; anything else (a directory, no permission) is the caller's to know.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  if (present === text) return true
  if (!check) writeFileSync(path, text)
  return false
}

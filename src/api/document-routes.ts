import { routeGroup } from './context'
import { openApiDocument } from './openapi'

/** The OpenAPI document, made once at the first question. */
export function documentRoutes() {
  let document: ReturnType<typeof openApiDocument> | null = null
  return routeGroup().get('/api/v1/openapi.json', (c) => {
    document ??= openApiDocument()
    return c.json(document)
  })
}

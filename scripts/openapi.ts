// Writes docs/openapi.json from the routes. `--check` only compares; exit 1 when the file is stale.
import { writeOpenApi } from '#api/openapi'

const PATH = 'docs/openapi.json'
const isCheck = process.argv.includes('--check')
if (!writeOpenApi(PATH, isCheck)) {
  if (isCheck) {
    console.error(`${PATH} is stale: run bun scripts/openapi.ts`)
    process.exit(1)
  }
  console.log(`wrote ${PATH}`)
}

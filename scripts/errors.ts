// Checks that docs/errors.md has a section for every error code of src/domain/errors.ts, and none besides.
import { readFileSync } from 'node:fs'

const source = readFileSync('src/domain/errors.ts', 'utf8')
const union = /export type ErrorCode =([\s\S]*?)\n\n/.exec(source)?.[1] ?? ''
const codes = [...union.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1] ?? '')
const sections = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^## ([A-Z_]+)$/gm)].map((match) => match[1] ?? '')
const missing = codes.filter((code) => !sections.includes(code))
const extra = sections.filter((code) => !codes.includes(code))
if (codes.length === 0 || missing.length > 0 || extra.length > 0) {
  console.error(`docs/errors.md: missing ${missing.join(', ') || 'none'}; without a code ${extra.join(', ') || 'none'}`)
  process.exit(1)
}

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What can change a run: the code but for its faces, the configuration it starts from, and the packages. */
const DECIDING = ['src/**/*.ts', 'config/**/*.yaml', 'drizzle/**/*.sql', 'bun.lock']
const FACES = /^src\/(api|cli|web)\//

/** Returns 16 hex digits that name this version of everything that decides a run. */
export function codeDigest(root: string): string {
  const files = DECIDING.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(root)])
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !FACES.test(file))
    .sort()
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex').slice(0, 16)
}

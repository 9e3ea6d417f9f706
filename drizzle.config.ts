import type { Config } from 'drizzle-kit'

/** `bunx drizzle-kit generate --name what-changes` writes the next migration into `drizzle/`. */
const config: Config = { dialect: 'sqlite', schema: './src/store/schema.ts', out: './drizzle' }

export default config

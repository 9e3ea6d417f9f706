/** The environment variables that Troupe reads; nothing else in the source touches `process.env`. */
export interface Environment {
  readonly krakenApiKey: string | null
  readonly krakenApiSecret: string | null
  readonly krakenApiSecretFile: string | null
  readonly apiToken: string | null
  readonly alertWebhook: string | null
  readonly dataDir: string | null
}

function read(name: string): string | null {
  const value = process.env[name]
  return value === undefined || value === '' ? null : value
}

export function readEnvironment(): Environment {
  return {
    krakenApiKey: read('KRAKEN_API_KEY'),
    krakenApiSecret: read('KRAKEN_API_SECRET'),
    krakenApiSecretFile: read('KRAKEN_API_SECRET_FILE'),
    apiToken: read('TROUPE_API_TOKEN'),
    alertWebhook: read('TROUPE_ALERT_WEBHOOK'),
    dataDir: read('TROUPE_DATA_DIR'),
  }
}

/** Variables that hold credentials of a venue, or name the file that does. */
const CREDENTIAL = /^[A-Z0-9_]+_API_(KEY|SECRET|SECRET_FILE)$/

/** Returns the variables that hold credentials, for the one who hands them to adapters. Never shown to anybody. */
export function credentialVariables(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => CREDENTIAL.test(name)))
}

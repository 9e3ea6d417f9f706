import { existsSync, readFileSync } from 'node:fs'
import type { z } from 'zod'
import { ConfigError, messageOf } from '#domain/errors'
import { refusePlainSecrets } from './plain-secrets'
import { configSchema, type TroupeConfig } from './schema'

type Tree = { readonly [key: string]: unknown }

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Lays `over` on `base`: objects merge by key, everything else (lists too) is replaced. */
export function overlay(base: unknown, over: unknown): unknown {
  if (!isTree(base) || !isTree(over)) return over === undefined ? base : over
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) result[key] = overlay(base[key], value)
  return result
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = root
  for (const key of path) here = typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined
  return here
}

function describe(issue: z.core.$ZodIssue, raw: unknown): string {
  const where = issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return `unknown key ${issue.keys.map((key) => `"${[where, key].filter(Boolean).join('.')}"`).join(', ')}`
  const value = valueAt(raw, issue.path)
  return `${where || 'the document'} = ${JSON.stringify(value) ?? 'missing'}: ${issue.message}`
}

/** A configuration that holds, or the first three problems of one that does not: each with its key, its value and the rule. */
export type ReadConfig =
  | { readonly config: TroupeConfig; readonly problems: readonly [] }
  | { readonly config: null; readonly problems: readonly string[] }

/** Checks a configuration tree. */
export function readConfig(raw: unknown): ReadConfig {
  const result = configSchema.safeParse(raw)
  if (result.success) return { config: result.data, problems: [] }
  return { config: null, problems: result.error.issues.slice(0, 3).map((issue) => describe(issue, raw)) }
}

/**
 * Checks a configuration tree.
 * @throws {ConfigError} naming the source, the key, its value and the rule; the first three problems, in one line.
 */
export function parseConfig(raw: unknown, source: string): TroupeConfig {
  const result = readConfig(raw)
  if (result.config !== null) return result.config
  throw new ConfigError(`${source}: ${result.problems.join('; ')}. Correct it and start again; config/default.yaml documents every key.`, {
    source,
  })
}

/** Reads one YAML file; an empty one is an empty mapping. @throws {ConfigError} when it is missing, not YAML, or no mapping of keys. */
function readYaml(path: string): Tree {
  const value = yamlOf(path)
  if (isTree(value)) return value
  const shown = JSON.stringify(value).slice(0, 60)
  throw new ConfigError(`${path}: must be a mapping of keys as in config/default.yaml; it reads as ${shown}`, { path })
}

function yamlOf(path: string): unknown {
  if (!existsSync(path)) throw new ConfigError(`${path}: no such configuration file. Pass --config with an existing path, or leave it out.`)
  try {
    return Bun.YAML.parse(readFileSync(path, 'utf8')) ?? {}
  } catch (error) {
    throw new ConfigError(`${path}: not readable as YAML: ${messageOf(error)}`, { path })
  }
}

export interface ConfigSources {
  /** The checkout's own `config/` folder. */
  readonly configDir: string
  /** A file of the owner's, laid over the defaults; null for none. */
  readonly file: string | null
  /** What command-line options say, laid over everything. */
  readonly options: Tree
}

/**
 * Loads `default.yaml`, the overlay of the mode where one exists, the owner's file and the options, in that order.
 * @throws {ConfigError} for what does not hold, and for a secret in plain text.
 */
export function loadConfig(sources: ConfigSources): TroupeConfig {
  const defaults = readYaml(`${sources.configDir}/default.yaml`)
  const own = sources.file === null ? {} : readYaml(sources.file)
  refusePlainSecrets(own, sources.file ?? '')
  const named = valueAt(overlay(overlay(defaults, own), sources.options), ['mode'])
  const modeFile = `${sources.configDir}/${String(named)}.yaml`
  const modeOverlay = typeof named === 'string' && /^[a-z_]+$/.test(named) && existsSync(modeFile) ? readYaml(modeFile) : {}
  const tree = overlay(overlay(overlay(defaults, modeOverlay), own), sources.options)
  return parseConfig(tree, sources.file ?? `${sources.configDir}/default.yaml`)
}

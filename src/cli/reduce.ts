import { userInfo } from 'node:os'
import { readScope } from '#domain/emergency-scope'
import type { ReducingScope } from '#ports/gate-control'
import { type Command, UsageError } from './command'
import { clientOf, notRunning, presenceOf } from './locate'
import { findDataDir, WORLD_OPTIONS } from './world-options'

/** `troupe reduce`: lets a scope take only what lowers exposure, or ends that. */
export const reduceCommand: Command = {
  name: 'reduce',
  summary: 'let a scope take only what lowers exposure, while its bots go on; --off ends that',
  usage: 'SCOPE',
  options: [
    ...WORLD_OPTIONS,
    { name: 'reason', value: 'TEXT', text: 'why, for the journal' },
    { name: 'off', value: null, text: 'let the scope take new risk again' },
  ],
  run: async (args) => {
    const [text = '', more] = args.positionals
    if (more !== undefined) throw new UsageError(`"${more}" is not expected here (see: bun run troupe reduce --help)`)
    const scope = scopeOf(text)
    const dataDir = findDataDir(args)
    const presence = presenceOf(dataDir)
    if (presence.kind !== 'running' || presence.api === null) throw notRunning(dataDir, presence)
    const isOn = !args.flag('off')
    const reason = args.text('reason') ?? `reduce command by ${userInfo().username}`
    const { reducing } = await clientOf(presence.api).reduce(scope, isOn, reason)
    const own = reducing.filter((hold) => hold.scope === text)
    console.log(isOn ? `${text} only reduces` : `${text} takes new risk again`)
    // A breaker may hold the same scope, which the operator cannot end.
    for (const { source, text: why } of isOn ? [] : own) console.log(`  but is held by ${source}: ${why}`)
    return isOn || own.length === 0 ? 0 : 1
  },
}

/** @throws {UsageError} */
function scopeOf(text: string): ReducingScope {
  const scope = readScope(text)
  if (scope === null || scope.kind === 'order') {
    throw new UsageError(`"${text}" must be all, venue:ID, market:ID, strategy:ID or bot:ID`)
  }
  return scope
}

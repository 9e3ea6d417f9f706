import { messageOf } from '#domain/errors'
import { type Arguments, type Command, JSON_FLAG } from './command'
import {
  checkApiPort,
  checkBun,
  checkClock,
  checkDataDir,
  checkDisk,
  checkEmulator,
  checkJournal,
  checkKillFile,
  checkLock,
  checkSchema,
  type Finding,
  fine,
  trouble,
} from './doctor-checks'
import { presenceOf } from './locate'
import { checkConfig } from './preflight'
import { findDataDir, readWorld, WORLD_OPTIONS, type World } from './world-options'

const NOT_IN_SANDBOX = 'not checked in the sandbox'

/** `troupe doctor`: the checks of a start (RUN-09), without starting. Changes nothing. */
export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'check everything that a start needs; exit 1 when something would stop it',
  usage: '',
  options: [...WORLD_OPTIONS, { name: 'port', value: 'N', text: "the API's port that start would be given" }, JSON_FLAG],
  run: async (args) => {
    const findings = await examine(args)
    const failed = findings.filter((finding) => finding.level === 'FAIL').length
    if (args.flag('json')) console.log(JSON.stringify({ failed, checks: findings }))
    else for (const finding of findings) console.log(lineOf(finding))
    return failed > 0 ? 1 : 0
  },
}

function lineOf({ name, level, text, remedy }: Finding): string {
  return `${level.padEnd(4)}  ${name.padEnd(16)}  ${text}${remedy === null ? '' : `; remedy: ${remedy}`}`
}

async function examine(args: Arguments): Promise<readonly Finding[]> {
  const { world, finding } = configOf(args)
  const dataDir = world?.dataDir ?? dataDirOf(args)
  const findings = [finding, checkBun()]
  if (dataDir === null) return findings
  const presence = presenceOf(dataDir)
  findings.push(checkDataDir(dataDir), checkLock(presence), checkSchema(dataDir), checkJournal(dataDir), checkDisk(dataDir))
  if (world !== null) findings.push(await checkEmulator(dataDir, world.isVirtual), checkApiPort(world.config, presence))
  findings.push(
    fine('credentials', NOT_IN_SANDBOX),
    world === null ? fine('clock drift', NOT_IN_SANDBOX) : await checkClock(world.config),
    checkKillFile(dataDir),
  )
  return findings
}

/** Configuration, bots, API options and the recording, as a start reads them. */
function configOf(args: Arguments): { readonly world: World | null; readonly finding: Finding } {
  try {
    const world = readWorld(args)
    checkConfig(world.config, world.environment)
    const bots = world.config.bots.filter((bot) => bot.enabled).length
    return { world, finding: fine('config', `valid; mode ${world.config.mode}, ${bots} of ${world.config.bots.length} bots enabled`) }
  } catch (error) {
    return { world: null, finding: trouble('config', 'FAIL', messageOf(error), 'correct the key, option or file that is named') }
  }
}

/** Without a valid configuration the directory is known only where it is named. */
function dataDirOf(args: Arguments): string | null {
  return args.text('data-dir') === null ? null : findDataDir(args)
}

import { mkdirSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError } from '#domain/errors'
import { Log } from '#ops/log'
import { RealClock } from '#ops/real-clock'
import { runSandbox } from '#sim/kraken/main'
import type { Command } from './command'
import { durationOption, integerOption, readWorld } from './world-options'

const TIERS = z.enum(['starter', 'intermediate', 'pro'])

/** `troupe sandbox`: the emulated Kraken as a process of its own, in real time. */
export const sandboxCommand: Command = {
  name: 'sandbox',
  summary: 'run the emulated Kraken by itself, on a loopback port; `start` attaches to it',
  usage: '',
  options: [
    { name: 'data-dir', value: 'DIR', text: 'the data directory that the company uses too; the emulator keeps its state in DIR/emulator' },
    { name: 'seed', value: 'N', text: 'seed of the market; default 42' },
    { name: 'port', value: 'N', text: 'loopback port; 0 (the default) takes that of one that was killed, else a free one' },
    { name: 'tier', value: 'TIER', text: 'rate limits of starter, intermediate or pro; default pro' },
    { name: 'no-limits', value: null, text: 'switch the rate limits off, for drills that restart the company again and again' },
    { name: 'idle-exit', value: 'DURATION', text: 'end after so long without a client; default never' },
  ],
  run: async (args) => {
    const world = readWorld(args)
    const tier = TIERS.safeParse(args.text('tier') ?? 'pro')
    if (!tier.success) throw new ConfigError(`--tier = "${args.text('tier')}": must be starter, intermediate or pro`)
    mkdirSync(world.dataDir, { recursive: true, mode: 0o700 })
    const clock = new RealClock()
    const log = Log.open({ level: 'info', path: null, stderr: 'plain', now: () => clock.now(), secrets: [] })
    const sandbox = runSandbox({
      dataDir: world.dataDir,
      clock,
      seed: world.seed,
      log,
      port: integerOption(args, 'port', 0, 65_535) ?? 0,
      idleExitMs: durationOption(args, 'idle-exit'),
      handlesSignals: true,
      settings: { tier: tier.data, hasLimits: !args.flag('no-limits') },
    })
    console.log(
      `Kraken emulator on http://127.0.0.1:${sandbox.endpoint.port} (seed ${world.seed}), state in ${world.dataDir}/emulator; Ctrl-C ends it`,
    )
    await sandbox.stopped
    log.close()
    return 0
  },
}

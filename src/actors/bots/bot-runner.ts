import type { BotSpec } from './bot-spec'
import type { RunnerDeps } from './strategy-runner'

/** Decides for a bot while it is ACTIVE. Stopped for good when the bot leaves the state: the next ACTIVE gets a new one. */
export interface BotRunner {
  start(): void
  stop(): void
}

/**
 * Makes the runner of a bot whose bars come from somewhere else than its venue's streams: a backtest's bar loop. Such a bot has no
 * bars of its own, so nothing to warm up; its runner is asked for decisions by whoever has them.
 */
export type MakeRunner = (spec: BotSpec, deps: RunnerDeps) => BotRunner

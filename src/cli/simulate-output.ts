import type { ClockPort } from '#ports/clock'
import type { SeedOutcome } from '#sim/simulate/outcome'
import { type Progress, progressBar, progressText } from '#sim/simulate/progress'
import { failureLines, seedJson } from './simulate-lines'
import type { SimulateSetting } from './simulate-options'

/** How often a bar is drawn again, and how often a plain line is written, ms. */
const BAR_EVERY_MS = 250
const LINE_EVERY_MS = 5_000

/** What a person, or a program with --json, sees of a run on stdout. */
export interface SimulateOutput {
  /** What a person likes to know meanwhile. */
  say(text: string): void
  /** Something out of order that is no result. */
  warn(text: string): void
  outcome(outcome: SeedOutcome): void
  /** Something against a seed whose outcome was told already, or is still to come. */
  objection(seed: number, invariant: string, text: string): void
  /** Tells what was held back for the sake of order. Call once no outcome can come any more. */
  end(): void
  /** Shows `progress()` from time to time until the returned function is called. */
  follow(progress: () => Progress): () => void
}

/** Lines for a person: failing seeds as they happen; a bar where stdout is a terminal, else a line every few seconds. */
export function textOutput(setting: SimulateSetting, clock: ClockPort): SimulateOutput {
  let isBarOpen = false
  const say = (text: string) => {
    if (isBarOpen) process.stdout.write('\r\u001b[K')
    isBarOpen = false
    console.log(text)
  }
  const show = (progress: Progress) => {
    if (!process.stdout.isTTY) return say(progressText(progress))
    process.stdout.write(`\r\u001b[K${progressBar(progress)}`)
    isBarOpen = true
  }
  return {
    say,
    warn: say,
    outcome: (outcome) => {
      const isFailing = outcome.kind === 'died' || outcome.result.breaches.length > 0
      if (isFailing) for (const line of failureLines(setting, outcome)) say(line)
    },
    objection: (seed, invariant, text) => say(`FAILED seed ${seed}: ${invariant}: ${text}`),
    end: () => undefined,
    follow: (progress) => {
      const everyMs = process.stdout.isTTY ? BAR_EVERY_MS : LINE_EVERY_MS
      let timer: unknown = null
      const again = () => {
        show(progress())
        timer = clock.setTimeout(again, everyMs)
      }
      timer = clock.setTimeout(again, everyMs)
      return () => {
        clock.clearTimeout(timer)
        if (isBarOpen) process.stdout.write('\r\u001b[K')
        isBarOpen = false
      }
    },
  }
}

/** One JSON object a line, in the order of the seeds whatever the order they finish in. */
export function jsonOutput(first: number): SimulateOutput {
  const early = new Map<number, SeedOutcome>()
  let next = first
  return {
    say: () => undefined,
    warn: (text) => console.error(text),
    outcome: (outcome) => {
      early.set(outcome.seed, outcome)
      for (let due = early.get(next); due !== undefined; due = early.get(next)) {
        early.delete(next++)
        console.log(seedJson(due))
      }
    },
    // The summary has it among the failures.
    objection: () => undefined,
    end: () => {
      for (const outcome of [...early.values()].sort((one, other) => one.seed - other.seed)) console.log(seedJson(outcome))
      early.clear()
    },
    follow: () => () => undefined,
  }
}

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AnyStateMachine } from 'xstate'
import { botMachine } from '#machines/bot.machine'
import { breakerMachine } from '#machines/breaker.machine'
import { orchestratorMachine } from '#machines/orchestrator.machine'
import { orderMachine } from '#machines/order.machine'
import { protectionMachine } from '#machines/protection.machine'
import { venueMachine } from '#machines/venue.machine'
import { layoutOf } from './charts/layout'
import { modelOf } from './charts/model'
import { type PictureOptions, pictureOf } from './charts/picture'
import { MARGIN, svgOf } from './charts/svg'

/** Width that a page gives a picture, px; text of 11 px stays 11 px there. */
const PAGE_WIDTH = 1_100

/** One machine and how its picture is kept readable. */
export interface Subject extends PictureOptions {
  readonly machine: AnyStateMachine
}

const MANY = 99

/** What is drawn. Arrows that are `drawn` show the common way through a chart whose rules are mostly shared. */
export const SUBJECTS: readonly Subject[] = [
  { machine: orchestratorMachine, sharedFrom: MANY, drawn: [] },
  { machine: botMachine, sharedFrom: MANY, drawn: [] },
  { machine: venueMachine, sharedFrom: MANY, drawn: [] },
  { machine: breakerMachine, sharedFrom: MANY, drawn: [] },
  { machine: protectionMachine, sharedFrom: MANY, drawn: [] },
  {
    machine: orderMachine,
    sharedFrom: 2,
    drawn: [
      'submitting > open',
      'submitting > rejected',
      'submitting > reconciling',
      'submitting > error',
      'open > partiallyFilled',
      'open > filled',
      'partiallyFilled > filled',
      'canceling > reconciling',
      'amending > reconciling',
      'amending > open',
      'reconciling > open',
      'reconciling > rejected',
    ],
  },
]

export interface ChartsOptions {
  readonly outDir: string
  /** Compares instead of writing. */
  readonly check: boolean
  /** What is drawn; all of it unless given. */
  readonly subjects?: readonly Subject[]
}

export interface ChartsResult {
  /** Names of files written; empty for a check. */
  readonly written: readonly string[]
  /** Names of files that are missing, differ, or belong to no machine any more. */
  readonly stale: readonly string[]
}

/** Returns the files of one machine: its picture and its data. */
export async function drawChart(subject: Subject): Promise<ReadonlyMap<string, string>> {
  const model = modelOf(subject.machine)
  const picture = pictureOf(model, subject)
  const layout = await layoutOf(picture, PAGE_WIDTH - 2 * MARGIN)
  return new Map([
    [`${model.machine}.svg`, svgOf(picture, layout, PAGE_WIDTH)],
    [`${model.machine}.json`, `${JSON.stringify(model, null, 2)}\n`],
  ])
}

/** Draws every machine of the company from its code into `outDir`, or tells which files there are stale. */
export async function runCharts({ outDir, check, subjects = SUBJECTS }: ChartsOptions): Promise<ChartsResult> {
  const files = new Map<string, string>()
  for (const subject of subjects) for (const [name, content] of await drawChart(subject)) files.set(name, content)
  const present = existsSync(outDir) ? await readdir(outDir) : []
  const orphans = present.filter((name) => /\.(svg|json)$/.test(name) && !files.has(name))
  const stale: string[] = [...orphans]
  for (const [name, content] of files) {
    const isSame = present.includes(name) && (await readFile(join(outDir, name), 'utf8')) === content
    if (!isSame) stale.push(name)
  }
  if (check) return { written: [], stale: stale.sort() }
  await mkdir(outDir, { recursive: true })
  for (const [name, content] of files) await writeFile(join(outDir, name), content)
  return { written: [...files.keys()].sort(), stale: orphans.sort() }
}

// Kill-all with 1,000 resting orders over the emulated venue, in virtual time, with one request in five failing and the private stream silent.
import { crowdWorld, MARKETS, rests } from '#test/company/crowd'
import { failOneInFive, type KillAll, killAll, silencePrivateStream } from '#test/company/kill-all'
import { type Figure, note, percentile, report } from './report'

const ORDERS = 1_000
const RUNS = Number(process.env['KILL_RUNS'] ?? '100')
const FIRST = Number(process.env['KILL_FIRST'] ?? '1')
/** The venue's REST counter is as empty as it is in a quiet hour. */
const QUIET_MS = 60_000
const DEADLINE_MS = 10_000

interface Variant {
  readonly name: string
  readonly isSilent: boolean
  readonly usesCancelAll: boolean
}

const VARIANTS: readonly Variant[] = [
  { name: 'kill all, stream silent', isSilent: true, usesCancelAll: true },
  { name: 'kill all, stream silent, by batches only', isSilent: true, usesCancelAll: false },
  { name: 'kill all, stream alive', isSilent: false, usesCancelAll: true },
]

function run({ isSilent, usesCancelAll }: Variant, seed: number): KillAll {
  const world = crowdWorld(`kill/${seed}`, {
    config: (config) => ({ ...config, risk: { ...config.risk, cancelAllCommand: usesCancelAll } }),
  })
  rests(world, ORDERS / MARKETS.length)
  world.run(QUIET_MS)
  failOneInFive(world)
  if (isSilent) silencePrivateStream(world)
  const killed = killAll(world)
  world.close()
  if (killed.orders !== ORDERS) throw new Error(`${killed.orders} orders rested`)
  const untold = killed.unproven.filter((id) => !killed.reported.includes(id))
  if (untold.length > 0) throw new Error(`seed ${seed}: ${untold.length} orders without evidence were not told of`)
  return killed
}

function figuresOf(name: string, runs: readonly KillAll[]): readonly Figure[] {
  const spread = (what: string, unit: string, values: readonly number[]) =>
    [0.5, 0.99, 1].map((share) => ({
      name: `${name}: ${what}, ${share === 1 ? 'max' : `p${share * 100}`}`,
      value: percentile(values, share),
      unit,
    }))
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  return [
    ...spread(
      'each order named by a cancel that left',
      'ms*',
      runs.map((one) => one.coveredMs),
    ),
    ...spread(
      'the last cancel left, repeats included',
      'ms*',
      runs.map((one) => one.lastCancelMs),
    ),
    ...spread(
      'the venue has none open',
      'ms*',
      runs.map((one) => one.venueMs),
    ),
    ...spread(
      'evidence of every end',
      'ms*',
      runs.map((one) => one.evidencedMs ?? Number.POSITIVE_INFINITY),
    ),
    {
      name: `${name}: runs with orders told of as without evidence at 10 s`,
      value: runs.filter((one) => one.reported.length > 0).length,
      unit: 'runs',
    },
    { name: `${name}: orders told of as without evidence at 10 s, of all`, value: total(runs.map((one) => one.reported.length)), unit: '' },
    ...spread(
      'CPU until the first cancels left',
      'ms',
      runs.map((one) => one.beginCpuMs),
    ),
  ]
}

const figures: Figure[] = []
note(`${RUNS} runs of ${ORDERS} orders each; ms* is virtual market time, 5 ms each way to the venue; the rest is CPU of this machine`)
for (const variant of VARIANTS) {
  const runs = Array.from({ length: RUNS }, (_, index) => run(variant, FIRST + index))
  figures.push(...figuresOf(variant.name, runs))
  const late = runs.filter(({ evidencedMs }) => evidencedMs === null || evidencedMs > DEADLINE_MS).length
  if (late > 0)
    note(
      `${variant.name}: ${late} of ${RUNS} runs had not all evidence within 10 s. The venue had ended the orders long before; with its private stream ` +
        'silent it tells so over REST alone, 50 orders a call, and its counter (tier pro, kept on our side) takes 20 calls at once and one a second from then on: 1,000 orders ' +
        'are 21 calls, and each that fails is another.',
    )
}
report(figures)

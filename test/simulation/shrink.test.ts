import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type ShrinkOptions, shrink } from '#sim/simulate/shrink'

/** Shrinks a run that is none: it fails when `fails` says so of the faults that are left. */
async function shrunk(planned: number, fails: (left: readonly number[]) => boolean, over: Partial<ShrinkOptions> = {}) {
  let most = 0
  const options: ShrinkOptions = {
    planned,
    without: [],
    atOnce: 1,
    triesMax: 10_000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    stillFails: (candidates) => {
      most = Math.max(most, candidates.length)
      return Promise.resolve(candidates.map((without) => fails(indices(planned).filter((index) => !without.includes(index)))))
    },
    ...over,
  }
  return { ...(await shrink(options)), most }
}

function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}

describe('shrink (of a pure function that fails or not)', () => {
  test('SIM-08 leaves the one fault that matters', async () => {
    const { left, without, isMinimal } = await shrunk(20, (faults) => faults.includes(13))
    expect({ left, isMinimal }).toEqual({ left: [13], isMinimal: true })
    expect(without).toEqual(indices(20).filter((index) => index !== 13))
  })

  test('SIM-08 tries first whether it takes any fault at all', async () => {
    expect(await shrunk(300, () => true)).toMatchObject({ left: [], tries: 1, isMinimal: true })
  })

  test('SIM-08 leaves everything where everything is needed', async () => {
    expect(await shrunk(5, (faults) => faults.length === 5)).toMatchObject({ left: [0, 1, 2, 3, 4], without: [], isMinimal: true })
  })

  test('SIM-08 finds a minimal set whatever the set, and no other way of asking changes it', async () => {
    const needs = fc.integer({ min: 1, max: 40 }).chain((planned) =>
      fc.record({
        planned: fc.constant(planned),
        needed: fc.uniqueArray(fc.integer({ min: 0, max: planned - 1 }), { maxLength: 5 }),
        atOnce: fc.integer({ min: 2, max: 8 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(needs, async ({ planned, needed, atOnce }) => {
        const fails = (faults: readonly number[]) => needed.every((index) => faults.includes(index))
        const one = await shrunk(planned, fails)
        const several = await shrunk(planned, fails, { atOnce })
        expect(one.left).toEqual([...needed].sort((a, b) => a - b))
        expect({ ...several, most: 0 }).toEqual({ ...one, most: 0 })
        expect(several.most).toBeLessThanOrEqual(atOnce)
      }),
      { numRuns: 200 },
    )
  })

  test('SIM-08 keeps within its tries, and says that it was not finished', async () => {
    const { left, tries, isMinimal } = await shrunk(64, (faults) => faults.includes(3) && faults.includes(60), { triesMax: 7 })
    expect({ tries, isMinimal }).toEqual({ tries: 7, isMinimal: false })
    expect(left).toContain(3)
    expect(left).toContain(60)
  })

  test('SIM-08 does not count answers that come after it was ended', async () => {
    const controller = new AbortController()
    const stillFails = () => {
      controller.abort()
      return Promise.resolve([true])
    }
    expect(await shrunk(4, () => true, { signal: controller.signal, stillFails })).toMatchObject({ left: [0, 1, 2, 3], isMinimal: false })
  })

  test('SIM-08 takes nothing back in that was left out from the start', async () => {
    const { left, without } = await shrunk(10, (faults) => faults.includes(4), { without: [0, 1, 2] })
    expect(left).toEqual([4])
    expect(without).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9])
  })
})

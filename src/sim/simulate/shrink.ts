/** What the shrinker asks of a run: which of the planned faults to leave out, and whether it then still fails the same way. */
export interface ShrinkOptions {
  /** How many faults the run planned. */
  readonly planned: number
  /** Indices left out from the start. */
  readonly without: readonly number[]
  /** Answers for each candidate whether the run without these faults still fails. At most `atOnce` candidates a call. */
  readonly stillFails: (candidates: readonly (readonly number[])[]) => Promise<readonly boolean[]>
  readonly atOnce: number
  /** No more runs than that. */
  readonly triesMax: number
  /** Ends the search early; answers that come after it do not count. */
  readonly signal: AbortSignal
  readonly onProgress: (left: number, tries: number) => void
}

export interface Shrunk {
  /** Indices of the faults that are left, ascending: with these alone the run still fails. */
  readonly left: readonly number[]
  /** Indices to leave out, ascending. */
  readonly without: readonly number[]
  readonly tries: number
  /** True when no single fault can be left out any more; false when the tries were used up, or it was ended. */
  readonly isMinimal: boolean
}

/**
 * Cuts a failing run to few faults by delta debugging: leaves out halves, then smaller and smaller parts, as long as the run still fails.
 * The result depends on the answers alone, not on how many are asked for at once.
 * @see Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002, the algorithm ddmin
 */
export async function shrink(options: ShrinkOptions): Promise<Shrunk> {
  const { planned, signal, triesMax } = options
  const all = Array.from({ length: planned }, (_, index) => index)
  let left: readonly number[] = all.filter((index) => !options.without.includes(index))
  let tries = 0
  let isMinimal = left.length === 0
  let parts = 1
  while (!isMinimal && tries < triesMax) {
    const chunks = split(left, Math.min(parts, left.length))
    // What remains after one part is taken out; of one part, nothing remains. Keeping a part alone comes first: it cuts most.
    const remains = [...(chunks.length > 2 ? chunks : []), ...chunks.map((chunk) => left.filter((index) => !chunk.includes(index)))]
    const found = await firstFailing(options, all, remains.slice(0, triesMax - tries))
    tries += found.tries
    if (signal.aborted) break
    if (found.index !== null) {
      const kept = remains[found.index] ?? left
      const isPart = chunks.includes(kept)
      left = kept
      parts = isPart ? 2 : Math.max(2, parts - 1)
      // The run without any fault was the first that was tried.
      isMinimal = left.length <= 1
      options.onProgress(left.length, tries)
    } else if (found.tries < remains.length) break
    else if (parts >= left.length) isMinimal = true
    else parts = parts === 1 ? 2 : parts * 2
  }
  return { left, without: all.filter((index) => !left.includes(index)), tries, isMinimal }
}

/** Looks for the first of the candidates that still fails; a batch is counted only up to it, so that the count is the same for any batch. */
async function firstFailing(
  { atOnce, stillFails }: ShrinkOptions,
  all: readonly number[],
  remains: readonly (readonly number[])[],
): Promise<{ readonly index: number | null; readonly tries: number }> {
  for (let from = 0; from < remains.length; from += atOnce) {
    const batch = remains.slice(from, from + atOnce)
    const answers = await stillFails(batch.map((left) => all.filter((index) => !left.includes(index))))
    const hit = answers.indexOf(true)
    if (hit >= 0) return { index: from + hit, tries: from + hit + 1 }
  }
  return { index: null, tries: remains.length }
}

function split(items: readonly number[], parts: number): readonly (readonly number[])[] {
  return Array.from({ length: parts }, (_, part) =>
    items.slice(Math.floor((part * items.length) / parts), Math.floor(((part + 1) * items.length) / parts)),
  )
}

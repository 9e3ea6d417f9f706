// Durable appends through the real journal on a real file: one waiting, and a hundred.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RealClock } from '#ops/real-clock'
import { openJournal } from '#store/journal'
import { openStore } from '#store/open-store'
import { type Figure, nowUs, percentile, report } from './report'

const draft = {
  actor: 'order:00112233445566778899aabbccddeeff',
  kind: 'order.submitting',
  payload: { quantity: '0.02', limitPrice: '64000.1', side: 'buy', botId: 'trend-btc', atMs: 1_767_571_200_000 },
  correlationId: '00112233445566778899aabbccddeeff',
  causationSeq: null,
}

async function measure(durability: 'process' | 'power'): Promise<readonly Figure[]> {
  const dir = mkdtempSync(join(tmpdir(), 'troupe-bench-'))
  const store = openStore({ dataDir: dir, durability })
  const journal = openJournal(store, new RealClock())
  for (let index = 0; index < 500; index++) await journal.durable(draft)
  const alone: number[] = []
  for (let index = 0; index < 2_000; index++) {
    const start = nowUs()
    await journal.durable(draft)
    alone.push(nowUs() - start)
  }
  const start = nowUs()
  let count = 0
  const producer = async () => {
    while (nowUs() - start < 1_000_000) {
      await journal.durable(draft)
      count++
    }
  }
  await Promise.all(Array.from({ length: 100 }, producer))
  const rate = count / ((nowUs() - start) / 1_000_000)
  await journal.close()
  store.close()
  rmSync(dir, { recursive: true })
  return [
    { name: `journal: one durable append, ${durability}, p50`, value: percentile(alone, 0.5), unit: 'us' },
    { name: `journal: one durable append, ${durability}, p99`, value: percentile(alone, 0.99), unit: 'us' },
    { name: `journal: durable appends, 100 waiting, ${durability}`, value: rate, unit: '/s' },
  ]
}

report([...(await measure('process')), ...(await measure('power'))])

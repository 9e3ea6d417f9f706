// Resident memory of 20,000 live orders: tracker, registry and compiled charts, bare and (in a second process) within actors as an inspector has them.
import { heapStats } from 'bun:jsc'
import { makeOrders, openOrder } from './order-bench'
import { type Figure, report } from './report'

const isInspected = process.argv[2] === 'inspected'
const form = isInspected ? 'with an inspector' : 'bare'
const { orders } = makeOrders(isInspected ? { inspect: () => undefined } : {})
for (let index = 0; index < 200; index++) openOrder(orders, index)
Bun.gc(true)
const base = process.memoryUsage.rss()
const heapBase = heapStats().heapSize
for (let index = 200; index < 20_200; index++) {
  openOrder(orders, index)
  // As in a running company, where each turn of the event loop opens a few.
  if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
}
Bun.gc(true)
const figures: readonly Figure[] = [
  { name: `memory: RSS of 20,000 live orders, ${form}`, value: (process.memoryUsage.rss() - base) / 1_048_576, unit: 'MB' },
  { name: `memory: heap of 20,000 live orders, ${form}`, value: (heapStats().heapSize - heapBase) / 1_048_576, unit: 'MB' },
  { name: `memory: live orders tracked, ${form}`, value: orders.liveCount, unit: '' },
]
if (isInspected) console.log(JSON.stringify(figures))
else {
  const { stdout } = Bun.spawnSync([process.execPath, import.meta.path, 'inspected'])
  report([...figures, ...(JSON.parse(stdout.toString()) as Figure[])])
}

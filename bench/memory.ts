// Resident memory of 20,000 live orders: tracker, registry and interpreted charts.
import { heapStats } from 'bun:jsc'
import { makeOrders, openOrder } from './order-bench'
import { report } from './report'

const { orders } = makeOrders()
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
report([
  { name: 'memory: RSS of 20,000 live orders', value: (process.memoryUsage.rss() - base) / 1_048_576, unit: 'MB' },
  { name: 'memory: heap of 20,000 live orders', value: (heapStats().heapSize - heapBase) / 1_048_576, unit: 'MB' },
  { name: 'memory: live orders tracked', value: orders.liveCount, unit: '' },
])

// Order lifecycles a second through the desk's tracker, with so many others live.
import { lifecycle, makeOrders, openOrder } from './order-bench'
import { nowUs, report } from './report'

function rateWith(live: number): number {
  const { clock, orders } = makeOrders()
  orders.start()
  for (let index = 0; index < live; index++) openOrder(orders, index)
  let next = live
  const batch = () => {
    for (let k = 0; k < 500; k++) lifecycle(orders, next++)
    clock.advance(60_001) // the sweep retires what ended
  }
  for (let k = 0; k < 6; k++) batch()
  const start = nowUs()
  const before = next
  while (nowUs() - start < 1_500_000) batch()
  return (next - before) / ((nowUs() - start) / 1_000_000)
}

report([
  { name: 'orders: lifecycles through registry and desk, 1,000 live', value: rateWith(1_000), unit: '/s' },
  { name: 'orders: lifecycles through registry and desk, 20,000 live', value: rateWith(20_000), unit: '/s' },
])

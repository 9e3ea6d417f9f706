import { decimal } from '#domain/decimal'
import { EquityDays } from '#domain/equity-days'
import { DAY_MS } from '#domain/time'

/** Marks of days that lie apart as the steps say; each step adds to equity and to flows. */
export function addDays(steps: readonly (readonly [number, number, number])[]) {
  const days = new EquityDays()
  const first = { equity: 1_000, flows: 1_000 }
  let last = first
  let atMs = Date.UTC(2026, 0, 1)
  days.note(atMs, decimal(first.equity), decimal(first.flows))
  for (const [gap, earned, came] of steps) {
    atMs += gap * DAY_MS + 1_000
    last = { equity: last.equity + earned + came, flows: last.flows + came }
    days.note(atMs, decimal(last.equity), decimal(last.flows))
  }
  return { days, first, last }
}

import { expect, test } from 'bun:test'
import { WayClaims } from '#actors/desk/way-claims'
import { VirtualClock } from '#sim/virtual-clock'
import { BOT, ETH, NOW_MS, OTHER_BOT, proposalOf } from '#test/risk/fixtures'

/* In virtual time. */

const sell = () => proposalOf({ side: 'sell' })
const buy = () => proposalOf({ botId: OTHER_BOT })

test('EXE-13 a claim keeps the other side of its market free until its order is sent', () => {
  const claims = new WayClaims(new VirtualClock(NOW_MS))
  expect(claims.against(buy())).toBeNull()
  claims.claim(sell())
  expect(claims.against(buy())).toBe(BOT)
  expect(claims.against(proposalOf({ side: 'sell', botId: OTHER_BOT }))).toBeNull()
  expect(claims.against(proposalOf({ instrumentId: ETH.instrumentId }))).toBeNull()
  claims.onSent(proposalOf({ side: 'sell', botId: OTHER_BOT }))
  expect(claims.against(buy())).toBe(BOT)
  claims.onSent(sell())
  expect(claims.against(buy())).toBeNull()
})

test('EXE-13 a claim that nobody renews ends by itself, and of two that oppose each other the first holds', () => {
  const clock = new VirtualClock(NOW_MS)
  const claims = new WayClaims(clock)
  claims.claim(sell())
  claims.claim(buy())
  expect([claims.against(buy()), claims.against(sell())]).toEqual([BOT, null])
  clock.advance(14_000)
  claims.claim(sell())
  clock.advance(14_000)
  expect(claims.against(buy())).toBe(BOT)
  clock.advance(1_000)
  expect(claims.against(buy())).toBeNull()
  claims.claim(buy())
  expect(claims.against(sell())).toBe(OTHER_BOT)
})

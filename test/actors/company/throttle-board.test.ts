import { describe, expect, test } from 'bun:test'
import { GateMemory } from '#actors/company/gate-memory'
import { ReducingScopes } from '#actors/company/reducing-scopes'
import { SlidingWindow } from '#actors/company/sliding-window'
import { ThrottleBoard } from '#actors/company/throttle-board'
import { CommandRefusedError } from '#domain/errors'
import { strategyId } from '#domain/ids'
import { ScopeEpochs } from '#risk/epoch'
import { DEFAULT_RISK_LIMITS, type RiskLimits } from '#risk/types'
import { VirtualClock } from '#sim/virtual-clock'
import { MemoryJournalDisk, openMemoryJournal } from '#store/memory-journal'
import { BOT, BTC, ETH, KRAKEN, OTHER_BOT, proposalOf, STRATEGY } from '#test/risk/fixtures'

/* In virtual time, with a journal in memory that the fold follows as in the company. */

function rig(over: Partial<RiskLimits> = {}) {
  const clock = new VirtualClock(1_000_000)
  const journal = openMemoryJournal(new MemoryJournalDisk(false), clock)
  const memory = new GateMemory()
  journal.subscribe((entry) => memory.replay(entry))
  const alerts: string[] = []
  const epochs = new ScopeEpochs()
  let limits: RiskLimits = { ...DEFAULT_RISK_LIMITS, messagesPerSecMax: 3, executionsMax: 5, executionsWindowMs: 10_000, ...over }
  const alerter = { raise: ({ code }: { readonly code: string }) => alerts.push(code) }
  const board = new ThrottleBoard({ clock, journal, alerter, epochs, memory, limitsOf: () => limits })
  const scopes = new ReducingScopes({ journal, epochs, memory })
  const epoch = () => epochs.epochOf(BOT, KRAKEN, BTC.instrumentId)
  return { clock, memory, alerts, board, scopes, epoch, set: (next: Partial<RiskLimits>) => (limits = { ...limits, ...next }) }
}

describe('a window that slides', () => {
  test('RSK-01 counts what lies within it, and keeps no more than it is asked for', () => {
    const window = new SlidingWindow(1_000)
    for (let ms = 0; ms < 500; ms += 10) window.note(ms * 1_000, 20)
    expect(window.count(490_000)).toBe(20)
    expect(window.count(1_300_000)).toBe(19) // of 300 to 490 ms, the first has just left
    expect(window.count(1_489_999)).toBe(1)
    expect(window.count(1_490_000)).toBe(0)
    window.note(2_000_000, 20)
    expect(window.count(2_000_000)).toBe(1)
  })
})

describe('throttles', () => {
  test('RSK-01 count a bot’s messages of a second and its orders of one side in the window', () => {
    const { clock, board } = rig()
    const sale = proposalOf({ side: 'sell' })
    board.onSent(proposalOf(), 'submit')
    board.onSent(proposalOf(), 'amend')
    board.onSent(sale, 'submit')
    board.onSent(proposalOf({ botId: OTHER_BOT }), 'submit')
    expect(board.factsOf(proposalOf())).toEqual({ latched: null, messages: 3, executions: 1 })
    expect(board.factsOf(sale).executions).toBe(1)
    expect(board.factsOf(proposalOf({ instrumentId: ETH.instrumentId })).executions).toBe(0)
    clock.runUntil(clock.now() + 1_000)
    expect(board.factsOf(proposalOf())).toMatchObject({ messages: 0, executions: 1 })
    clock.runUntil(clock.now() + 9_000)
    expect(board.factsOf(proposalOf())).toMatchObject({ messages: 0, executions: 0 })
  })

  test('RSK-01 trip once, alert, make verdicts lapse, and hold until a named operator re-arms them', () => {
    const { board, alerts, epoch, clock, memory } = rig()
    for (let index = 0; index < 3; index++) board.onSent(proposalOf(), 'submit')
    board.onBlocked(proposalOf(), 'position_max', 'another check')
    expect(board.tripped().size).toBe(0)
    const before = epoch()
    board.onBlocked(proposalOf(), 'message_throttle', 'too many messages')
    board.onBlocked(proposalOf(), 'execution_throttle', 'and orders too')
    expect(epoch()).toBe(before + 1)
    expect(alerts).toEqual(['THROTTLE_TRIPPED'])
    expect(board.factsOf(proposalOf()).latched).toEqual({ kind: 'messages', reason: 'too many messages', sinceMs: clock.now() })
    expect(board.factsOf(proposalOf({ botId: OTHER_BOT })).latched).toBeNull()
    clock.runUntil(clock.now() + 3_600_000)
    expect(board.factsOf(proposalOf()).latched).not.toBeNull()
    board.rearm(BOT, 'alice')
    expect(epoch()).toBe(before + 2)
    expect(board.factsOf(proposalOf())).toEqual({ latched: null, messages: 0, executions: 0 })
    expect(() => board.rearm(BOT, 'alice')).toThrow(CommandRefusedError)
    expect(memory.latches().size).toBe(0)
  })

  test('RSK-01 that are off count nothing, and hold what has tripped all the same', () => {
    const { board, set } = rig()
    board.onBlocked(proposalOf(), 'execution_throttle', 'too many orders')
    set({ messagesPerSecMax: null, executionsMax: null })
    board.onSent(proposalOf(), 'submit')
    expect(board.factsOf(proposalOf())).toMatchObject({ latched: { kind: 'executions' }, messages: 0, executions: 0 })
    expect(board.factsOf(proposalOf({ botId: OTHER_BOT }))).toEqual({ latched: null, messages: 0, executions: 0 })
  })

  test('RSK-14 count anew once the window has another length', () => {
    const { board, set } = rig()
    board.onSent(proposalOf(), 'submit')
    set({ executionsWindowMs: 20_000 })
    board.onSent(proposalOf(), 'submit')
    expect(board.factsOf(proposalOf()).executions).toBe(1)
  })
})

describe('scopes that are reducing', () => {
  const why = (scopes: ReducingScopes, over = {}) => scopes.reasonFor(proposalOf(over))

  test('RSK-01 hold the orders of their scope alone', () => {
    const cases = [
      [{ kind: 'company' }, true],
      [{ kind: 'venue', venueId: KRAKEN }, true],
      [{ kind: 'instrument', instrumentId: BTC.instrumentId }, true],
      [{ kind: 'strategy', strategyId: STRATEGY }, true],
      [{ kind: 'bot', botId: BOT }, true],
      [{ kind: 'instrument', instrumentId: ETH.instrumentId }, false],
      [{ kind: 'strategy', strategyId: strategyId('grid') }, false],
      [{ kind: 'bot', botId: OTHER_BOT }, false],
    ] as const
    for (const [scope, isHeld] of cases) {
      const { scopes, epoch } = rig()
      const before = epoch()
      scopes.begin(scope, 'operator', 'careful')
      expect(why(scopes) !== null).toBe(isHeld)
      if (isHeld) expect(why(scopes)).toContain('reducing by operator: careful')
      if (isHeld) expect(epoch()).toBe(before + 1)
    }
  })

  test('RSK-01 end when the last that holds them lets go, each of its own', () => {
    const { scopes, memory } = rig()
    scopes.begin({ kind: 'bot', botId: BOT }, 'operator', 'careful')
    scopes.begin({ kind: 'bot', botId: BOT }, 'operator', 'again')
    scopes.begin({ kind: 'bot', botId: BOT }, 'breaker:dailyDrawdown', 'down 10 %')
    expect(scopes.all().map(({ source, text }) => [source, text])).toEqual([
      ['operator', 'careful'],
      ['breaker:dailyDrawdown', 'down 10 %'],
    ])
    const copy = new GateMemory()
    copy.restore(memory.fold())
    expect(copy.reducing().size).toBe(2)
    scopes.end({ kind: 'bot', botId: BOT }, 'operator', 'alice')
    expect(why(scopes)).toContain('down 10 %')
    scopes.end({ kind: 'bot', botId: BOT }, 'breaker:dailyDrawdown', null)
    expect(why(scopes)).toBeNull()
    expect(() => scopes.end({ kind: 'bot', botId: BOT }, 'operator', 'alice')).toThrow(CommandRefusedError)
  })
})

import { describe, expect, test } from 'bun:test'
import { coverageOf } from '#cli/simulate-coverage'
import { botMachine } from '#machines/bot.machine'
import { orderMachine } from '#machines/order.machine'

function chartOf(name: string, steps: readonly string[]) {
  const chart = coverageOf(new Map(steps.map((step) => [step, 1]))).find(({ machine }) => machine === name)
  if (chart === undefined) throw new Error(`no chart ${name}`)
  return chart
}

describe('coverage of the charts', () => {
  test('SIM-08 knows every chart of the company, its resting states and its arrows', () => {
    const charts = coverageOf(new Map())
    expect(charts.map(({ machine }) => machine).sort()).toEqual(['bot', 'breaker', 'orchestrator', 'order', 'protection', 'venue'])
    const order = chartOf('order', [])
    expect(order.states).toEqual(Object.keys(orderMachine.states))
    expect(order.unvisited).toEqual(order.states.filter((id) => id !== 'pending'))
    expect(order.unwalked).toEqual(order.arrows)
    expect(order.arrows.length).toBeGreaterThan(20)
    expect(chartOf('bot', []).states).toContain('operating.active')
    expect(chartOf('bot', []).states).not.toContain('operating')
    expect(Object.keys(botMachine.states)).toContain('operating')
  })

  test('SIM-08 counts the steps that were taken', () => {
    const { unvisited, unwalked, unexplained } = chartOf('order', ['order pending → submitting', 'order submitting → open', 'bot x → y'])
    expect(unvisited).not.toContain('open')
    expect(unvisited).toContain('filled')
    expect(unwalked).not.toContain('submitting → open')
    expect(unexplained).toEqual([])
  })

  test('SIM-08 counts for a state what stands at its parents and at the root, unless it says otherwise', () => {
    const { arrows } = chartOf('bot', [])
    expect(arrows).toContain('operating.active → halted')
    expect(arrows).toContain('operating.active → stopping')
    // Filled, canceled, rejected and expired orders refuse most of what the root allows.
    const over = chartOf('order', []).arrows.filter((arrow) => arrow.startsWith('filled →'))
    expect(over).toEqual([])
  })

  test('SIM-08 knows states by what reports call them, and what was first seen in some state', () => {
    const bot = chartOf('bot', ['bot ACTIVE → HALTED'])
    expect(bot.unwalked).not.toContain('operating.active → halted')
    expect(bot.unexplained).toEqual([])
    expect(chartOf('orchestrator', ['company BOOTING → CHECKING']).unvisited).not.toContain('checking')
    expect(chartOf('order', ['order none → submitting']).unwalked).not.toContain('pending → submitting')
  })

  test('SIM-08 follows an arrow into the state that it comes to rest in', () => {
    const { arrows } = chartOf('bot', [])
    expect(arrows).toContain('starting → operating.active')
  })

  test('SIM-08 names a step that no arrow of the chart explains', () => {
    expect(chartOf('order', ['order filled → pending']).unexplained).toEqual(['filled → pending'])
  })
})

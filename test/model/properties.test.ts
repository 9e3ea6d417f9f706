import { describe, expect, test } from 'bun:test'
import { WIDE_CHARTS } from './charts'
import { explore, idleOf, leavesOf } from './explore'
import { judge, PROPERTIES } from './properties'

describe('SIM-09 every machine, explored from its inputs by every event in every state', () => {
  for (const chart of WIDE_CHARTS) {
    const graph = explore(chart)
    const size = `${graph.nodes.length} states with their contexts, ${graph.edges.length} transitions, ${graph.choices.length} outcomes of guards`

    test(`SIM-09 the ${chart.name} chart: ${PROPERTIES[chart.name]?.length ?? 0} properties hold over ${size}`, () => {
      expect(judge(graph)).toEqual([])
      expect(graph.nodes.length).toBeGreaterThanOrEqual(leavesOf(chart.machine).length)
    })

    test(`SIM-09 every candidate of the ${chart.name} chart is taken somewhere, and every guard refuses somewhere`, () => {
      expect(idleOf(graph)).toEqual([])
    })

    test(`SIM-09 the walk of the ${chart.name} chart chooses as XState does`, () => {
      const other = graph.edges.filter(({ from, event, by }) => (chart.machine.getTransitionData(from.snapshot, event)[0] ?? null) !== by)
      expect(other.map(({ from, event }) => [from.leaf, event.type])).toEqual([])
    })
  }
})

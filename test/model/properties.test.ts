import { describe, expect, test } from 'bun:test'
import { CHARTS } from './charts'
import { explore, leavesOf } from './explore'
import { judge, PROPERTIES } from './properties'

describe('SIM-09 every machine, explored from its inputs by every event in every state', () => {
  for (const chart of CHARTS) {
    const graph = explore(chart)
    const size = `${graph.nodes.length} states with their contexts, ${graph.edges.length} transitions, ${graph.valuations.size} (state, guard) outcomes`

    test(`SIM-09 the ${chart.name} chart: ${PROPERTIES[chart.name]?.length ?? 0} properties hold over ${size}`, () => {
      expect(judge(graph)).toEqual([])
      expect(graph.nodes.length).toBeGreaterThanOrEqual(leavesOf(chart.machine).length)
    })

    test(`SIM-09 each guard of the ${chart.name} chart was seen to hold and to fail`, () => {
      const oneSided = Object.keys(chart.machine.implementations.guards).filter((name) =>
        [true, false].some((holds) => ![...graph.valuations].some((seen) => seen.endsWith(` ${name}=${holds}`))),
      )
      expect(oneSided).toEqual([])
    })
  }
})

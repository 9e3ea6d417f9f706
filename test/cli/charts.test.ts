import { describe, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawChart, runCharts, SUBJECTS } from '#cli/charts'
import { crossingsOf, overlapsOf } from '#cli/charts/cost'
import { layoutOf } from '#cli/charts/layout'
import { modelOf } from '#cli/charts/model'
import { pictureOf } from '#cli/charts/picture'

const DOCS = join(import.meta.dir, '..', '..', 'docs', 'charts')
const LONG_MS = 120_000

function subjectOf(name: string) {
  const subject = SUBJECTS.find(({ machine }) => machine.id === name)
  if (subject === undefined) throw new Error(`no chart ${name}`)
  return subject
}

describe('charts', () => {
  test(
    'the pictures in docs/charts are drawn from the machines as they are (else run: bun run troupe charts)',
    async () => {
      expect(await runCharts({ outDir: DOCS, check: true })).toEqual({ written: [], stale: [] })
    },
    LONG_MS,
  )

  for (const { machine } of SUBJECTS) {
    test(
      `draws ${machine.id} so that a person can read it: it fits the page, and nothing lies over a label or through a box`,
      async () => {
        const subject = subjectOf(machine.id)
        const layout = await layoutOf(pictureOf(modelOf(machine), subject), 1_068)
        expect(layout.width).toBeLessThanOrEqual(1_068)
        expect(overlapsOf(layout)).toBe(0)
        expect(crossingsOf(layout)).toBeLessThanOrEqual(12)
      },
      LONG_MS,
    )

    test(`WEB-04 tells in the picture of ${machine.id} of each state, and in its data of each rule`, async () => {
      const svg = await readFile(join(DOCS, `${machine.id}.svg`), 'utf8')
      const model = JSON.parse(await readFile(join(DOCS, `${machine.id}.json`), 'utf8')) as ReturnType<typeof modelOf>
      expect(model).toEqual(JSON.parse(JSON.stringify(modelOf(machine))))
      expect(svg).toContain('<title id="title">')
      expect(svg).toContain('<desc id="desc">')
      for (const state of model.states) expect(svg).toContain(`>${state.name}</text>`)
      const own = `${model.machine}.`
      for (const { label, isForbidden } of model.transitions)
        if (!isForbidden) expect(svg).toContain(label.startsWith(own) ? label.slice(own.length) : label)
      expect(model.events.length).toBeGreaterThan(3)
      expect([...svg.matchAll(/font(?:-size)?:[^;]*?(\d+)px/g)].every(([, size]) => Number(size) >= 11)).toBe(true)
    })

    test(`names in the drawing rules of ${machine.id} only arrows that exist`, () => {
      const arrows = new Set(modelOf(machine).transitions.map(({ source, target }) => `${source} > ${target}`))
      for (const arrow of subjectOf(machine.id).drawn) expect([...arrows]).toContain(arrow)
    })
  }

  test('draws the same picture twice', async () => {
    const subject = subjectOf('breaker')
    expect([...(await drawChart(subject))]).toEqual([...(await drawChart(subject))])
  })

  test(
    'finds files that are missing, changed or left over',
    async () => {
      const outDir = await mkdtemp(join(tmpdir(), 'charts-'))
      const subjects = [subjectOf('breaker')]
      try {
        expect((await runCharts({ outDir, check: true, subjects })).stale).toEqual(['breaker.json', 'breaker.svg'])
        expect((await runCharts({ outDir, check: false, subjects })).written).toEqual(['breaker.json', 'breaker.svg'])
        expect((await runCharts({ outDir, check: true, subjects })).stale).toEqual([])
        await writeFile(join(outDir, 'breaker.svg'), '<svg/>')
        await writeFile(join(outDir, 'parrot.svg'), '<svg/>')
        expect((await runCharts({ outDir, check: true, subjects })).stale).toEqual(['breaker.svg', 'parrot.svg'])
      } finally {
        await rm(outDir, { recursive: true })
      }
    },
    LONG_MS,
  )
})

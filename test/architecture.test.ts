import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { CHARTS } from './model/charts'

const LINES_MAX = 400
/** Folders whose files neither wait nor look at the world. */
const PURE = ['domain', 'risk', 'strategies', 'machines']
/** Machines that live by the hundred thousand: flat, and without effects of their own. */
const MANY = ['order']

const filesOf = (pattern: string) => [...new Bun.Glob(pattern).scanSync('.')].sort()
const textOf = (file: string) => readFileSync(file, 'utf8')
const architecture = textOf('ARCHITECTURE.md')
const sources = filesOf('src/**/*.{ts,tsx}')
const documents = [...filesOf('*.md'), ...filesOf('docs/**/*.md')].filter((file) => file !== 'docs/traceability.md')

/** Code without its comments, so that a word in a sentence is no finding. */
const codeOf = (file: string) => textOf(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

function nodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)]
}

describe('folders', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())

  test('OPS-09 ARCHITECTURE.md lists every folder of src, and none besides', () => {
    const listed = [...architecture.matchAll(/^\| `src\/([a-z]+)\/` \|/gm)].map((match) => match[1] ?? '')
    expect(listed.sort()).toEqual(folders.map((entry) => entry.name).sort())
  })

  test('OPS-09 the linter walls off every folder but the command line, which may import all', () => {
    const { overrides } = JSON.parse(textOf('biome.json')) as { overrides: { includes: string[]; linter: { rules: object } }[] }
    const walled = overrides
      .filter((entry) => JSON.stringify(entry.linter).includes('noRestrictedImports'))
      .flatMap((entry) => entry.includes)
    for (const { name } of folders) if (name !== 'cli') expect(walled).toContain(`src/${name}/**`)
  })

  test('OPS-09 no file of a pure folder awaits', () => {
    const awaiting = sources.filter((file) => PURE.includes(file.split('/')[1] ?? '') && /\b(async|await)\b/.test(codeOf(file)))
    expect(awaiting).toEqual([])
  })

  test('RSK-01 one file mints what a venue accepts', () => {
    expect(sources.filter((file) => /\bas Approved\b/.test(codeOf(file)))).toEqual(['src/risk/approved.ts'])
  })

  test('API-07 one file reads the environment', () => {
    expect(sources.filter((file) => /\bprocess\.env\b|\bBun\.env\b/.test(codeOf(file)))).toEqual(['src/config/environment.ts'])
  })
})

describe('files', () => {
  test(`OPS-09 none is longer than ${LINES_MAX} lines`, () => {
    const files = [...sources, ...filesOf('{test,scripts,bench}/**/*.{ts,tsx}')]
    const long = files.filter((file) => textOf(file).split('\n').length - 1 > LINES_MAX)
    expect(long).toEqual([])
  })

  test('OPS-09 none names a path of a machine of ours', () => {
    const files = [
      ...sources,
      ...filesOf('{test,scripts,bench,docs,config}/**/*.{ts,tsx,md,yaml}'),
      ...documents,
      'package.json',
      'biome.json',
    ]
    // Put together here, so that this file is no finding of its own.
    const homes = new RegExp(`(^|[\\s"'\`(=])/(${['work', 'root', 'Users', 'mnt'].join('|')})/`, 'm')
    expect(files.filter((file) => homes.test(textOf(file)))).toEqual([])
  })

  test('OPS-09 no test is skipped, alone or yet to be written', () => {
    const marks = new RegExp(`\\b(test|it|describe)\\.(${['only', 'todo', 'skip'].join('|')})\\(`)
    expect(filesOf('test/**/*.test.{ts,tsx}').filter((file) => marks.test(codeOf(file)))).toEqual([])
  })
})

describe('machines', () => {
  const machineFiles = filesOf('src/machines/*.machine.ts')

  test('RUN-01 each is alone in its file, made by setup(), exported by the name of the file, and in the tests of the charts', () => {
    for (const file of machineFiles) {
      const name = `${/([a-z]+)\.machine\.ts$/.exec(file)?.[1]}Machine`
      const code = codeOf(file)
      expect([...code.matchAll(/\.createMachine\(/g)]).toHaveLength(1)
      expect(code).toContain(`export const ${name} = setup(`)
    }
    expect(CHARTS.map((chart) => `src/machines/${chart.name}.machine.ts`).sort()).toEqual(machineFiles)
  })

  test('RUN-06 each that invokes actors handles their failure at its root', () => {
    for (const { name, machine } of CHARTS) {
      const invokes = nodesOf(machine.root).some((node) => node.invoke.length > 0)
      if (invokes) expect([name, [...machine.root.transitions.keys()]]).toEqual([name, expect.arrayContaining(['xstate.error.actor.*'])])
    }
  })

  test('RUN-02 a halt is declared once, at the root; a director that is stopping already notes it', () => {
    for (const [name, besides] of [
      ['bot', []],
      ['orchestrator', ['orchestrator.stopping']],
    ] as const) {
      const machine: AnyStateMachine | undefined = CHARTS.find((chart) => chart.name === name)?.machine
      const declaring = machine === undefined ? [] : nodesOf(machine.root).filter((node) => node.transitions.has('system.halt'))
      expect([name, declaring.map((node) => node.id)]).toEqual([name, [machine?.root.id ?? '', ...besides]])
    }
  })

  test('RUN-03 the many are flat and have no effects of their own', () => {
    for (const { name, machine } of CHARTS.filter((chart) => MANY.includes(chart.name))) {
      for (const node of nodesOf(machine.root)) {
        const isFlat = node === machine.root || Object.keys(node.states).length === 0
        const effects = [...node.invoke, ...node.after, ...(node.always ?? [])]
        expect([name, node.key, isFlat, effects.length]).toEqual([name, node.key, true, 0])
      }
    }
  })
})

describe('documents', () => {
  test('OPS-02 every link and picture leads somewhere', () => {
    const dead: string[] = []
    for (const file of documents) {
      for (const [, target = ''] of textOf(file).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^(https?:|#)/.test(target)) continue
        const path = join(dirname(file), target.split('#')[0] ?? '')
        if (!existsSync(path)) dead.push(`${file}: ${target}`)
      }
    }
    expect(dead).toEqual([])
  })

  test('OPS-02 none has a blank that was to be filled', () => {
    const blanks = new RegExp(['@@', 'T' + 'BD', 'T' + 'ODO', 'F' + 'IXME', String.raw`\?\?\?`].join('|'))
    expect(documents.filter((file) => blanks.test(textOf(file)))).toEqual([])
  })

  test('OPS-02 every file of ours that a document names is there', () => {
    const missing: string[] = []
    for (const file of documents.filter((name) => !name.startsWith('docs/adr/'))) {
      for (const [, path = ''] of textOf(file).matchAll(/`((?:src|test|scripts|config|docs)\/[\w./-]+\.(?:ts|tsx|md|yaml|json|svg))`/g)) {
        // The strategy that the recipe writes.
        if (!path.includes('fade') && !existsSync(path)) missing.push(`${file}: ${path}`)
      }
    }
    expect(missing).toEqual([])
  })

  test('OPS-02 every command that a document prints exists', () => {
    const known = [...textOf('src/main.ts').matchAll(/(\w+)Command,/g)].map((match) => match[1] ?? '')
    const scripts = Object.keys((JSON.parse(textOf('package.json')) as { scripts: object }).scripts)
    const unknown: string[] = []
    for (const file of documents) {
      for (const [, word = '', command = ''] of textOf(file).matchAll(/\bbun(?:@[\d.]+)? run ([a-z]+)(?: ([a-z]+))?/g)) {
        if (!scripts.includes(word)) unknown.push(`${file}: bun run ${word}`)
        if (word === 'troupe' && command !== '' && !known.includes(command)) unknown.push(`${file}: troupe ${command}`)
      }
    }
    expect(unknown).toEqual([])
  })
})

import { join } from 'node:path'
import { runCharts } from './charts'
import type { Command } from './command'
import { ROOT } from './world-options'

/** `troupe charts`: draws every statechart from the code. */
export const chartsCommand: Command = {
  name: 'charts',
  summary: 'draw every statechart from the code to docs/charts (SVG and JSON)',
  usage: '',
  options: [
    { name: 'check', value: null, text: 'only say whether the pictures are stale; exit 1 when they are' },
    { name: 'out', value: 'DIR', text: 'where to write; default docs/charts' },
  ],
  run: async (args) => {
    const check = args.flag('check')
    const { written, stale } = await runCharts({ outDir: args.text('out') ?? join(ROOT, 'docs', 'charts'), check })
    for (const name of written) console.log(`drew ${name}`)
    for (const name of stale) console.error(`stale: ${name}; run bun run troupe charts`)
    return check && stale.length > 0 ? 1 : 0
  },
}

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { plantedBug } from './bugs'
import { patched } from './patch'
import { PLANTED_ARGUMENT } from './argument'

/**
 * Puts one planted bug into this process: `bun --preload ./src/sim/planted/preload.ts <entry> --planted=<name>`. It comes before every
 * module of the product, so that the module concerned is loaded with the bug in it. Without the argument nothing is patched.
 */
function plant(name: string): void {
  const bug = plantedBug(name)
  const path = resolve(import.meta.dir, '../../..', bug.file)
  const contents = patched(bug, readFileSync(path, 'utf8'))
  const filter = new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)
  Bun.plugin({
    name: `planted ${name}`,
    setup: (build) => {
      build.onLoad({ filter }, () => ({ contents, loader: 'ts' }))
    },
  })
}

const argument = process.argv.find((word) => word.startsWith(PLANTED_ARGUMENT))
if (argument !== undefined) plant(argument.slice(PLANTED_ARGUMENT.length))

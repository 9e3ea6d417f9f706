import type { Mistake } from './types'

/** Mistakes in how positions are protected. */
export const PROTECTION_BUGS: readonly Mistake[] = [
  {
    name: 'protection-does-not-watch',
    what: 'A stop is held and journaled, and nobody looks at the prices.',
    breaks: ['I14'],
    file: 'src/actors/protection/protection.ts',
    find: 'this.#unwatch ??= this.#deps.market.onQuoteOf(this.instrumentId, () => this.#look())',
    replace: 'this.#unwatch ??= () => undefined',
  },
  {
    name: 'protection-gives-up-a-refused-exit',
    what: 'An exit that gate or desk refuse is given up, and the position is left without protection.',
    breaks: ['I14'],
    file: 'src/machines/protection.machine.ts',
    find: "'exit.refused': { target: 'waiting', actions: { type: 'countRefusal', params: noted } },",
    replace: "'exit.refused': { target: '#protection.idle' },",
  },
]

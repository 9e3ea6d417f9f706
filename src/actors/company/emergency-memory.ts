import { type EmergencyScope, readScope, scopeText } from '#domain/emergency-scope'
import { AppError } from '#domain/errors'
import type { Json, JsonObject } from '#domain/json'
import { readArray, readBoolean, readInteger, readNullable, readObject, readOneOf, readText } from '#domain/json-read'
import type { JournalEntry } from '#ports/journal'

/** An emergency halt as it was begun. */
export interface EmergencyFacts {
  readonly emergencyId: string
  readonly scope: EmergencyScope
  readonly shouldFlatten: boolean
  readonly reason: string
  /** `api` or `file`. */
  readonly source: string
  readonly operator: string
  readonly address: string
  readonly beganAtMs: number
}

interface Known {
  facts: EmergencyFacts
  /** Bots that an operator has reset since: they are none of its business any more. */
  readonly released: Set<string>
}

/** What the emergency halts were when the company last ran, as the journal tells it: part of the company's memory. */
export class EmergencyMemory {
  readonly #open = new Map<string, Known>()
  #lastAll: 'plain' | 'flatten' | null = null

  /** Emergencies that have begun and not ended. */
  get open(): readonly EmergencyFacts[] {
    return [...this.#open.values()].map(({ facts }) => facts)
  }

  /** What the last one of the whole company asked for since the kill switch was last cleared; null for none. */
  get lastAll(): 'plain' | 'flatten' | null {
    return this.#lastAll
  }

  isReleased(emergencyId: string, botId: string): boolean {
    return this.#open.get(emergencyId)?.released.has(botId) ?? false
  }

  replay({ kind, payload, correlationId, atMs }: Pick<JournalEntry, 'kind' | 'payload' | 'correlationId' | 'atMs'>): void {
    switch (kind) {
      case 'emergency.begun':
        return this.#begun(factsOf(payload, readText(correlationId, 'correlationId'), atMs))
      case 'emergency.ended':
        this.#open.delete(readText(correlationId, 'correlationId'))
        return
      case 'killSwitch.cleared':
        this.#lastAll = null
        for (const [id, { facts }] of this.#open) if (facts.scope.kind === 'all') this.#open.delete(id)
        return
      case 'bot.command':
        if (payload['command'] !== 'reset' || correlationId === null) return
        for (const { released } of this.#open.values()) released.add(correlationId)
    }
  }

  /** The fold as plain JSON. */
  fold(): JsonObject {
    return {
      open: [...this.#open.values()].map(({ facts, released }) => ({
        ...facts,
        scope: scopeText(facts.scope),
        released: [...released],
      })),
      lastAll: this.#lastAll,
    }
  }

  /** @throws {AppError} `REPLAY_INVALID` for JSON that is no such fold. */
  restore(json: Json): void {
    const fold = readObject(json, 'emergencies')
    for (const item of readArray(fold['open'], 'open')) {
      const known = readObject(item, 'emergency')
      const emergencyId = readText(known['emergencyId'], 'emergencyId')
      const facts = factsOf(known, emergencyId, readInteger(known['beganAtMs'], 'beganAtMs'))
      const released = readArray(known['released'], 'released').map((botId) => readText(botId, 'released'))
      this.#open.set(emergencyId, { facts, released: new Set(released) })
    }
    this.#lastAll = readNullable(fold['lastAll'], 'lastAll', (value, path) => readOneOf(value, path, ['plain', 'flatten'] as const))
  }

  #begun(facts: EmergencyFacts): void {
    const known = this.#open.get(facts.emergencyId)
    if (known === undefined) this.#open.set(facts.emergencyId, { facts, released: new Set() })
    else {
      known.facts = { ...facts, beganAtMs: known.facts.beganAtMs } // it was told to flatten too
      known.released.clear() // begun again, it is for everyone in its scope, also for whom an operator had let go
    }
    if (facts.scope.kind === 'all') this.#lastAll = facts.shouldFlatten ? 'flatten' : 'plain'
  }
}

function factsOf(payload: JsonObject, emergencyId: string, beganAtMs: number): EmergencyFacts {
  const text = readText(payload['scope'], 'scope')
  const scope = readScope(text)
  if (scope === null) throw new AppError(`emergency ${emergencyId}: "${text}" is no scope`, { code: 'REPLAY_INVALID' })
  return {
    emergencyId,
    scope,
    shouldFlatten: readBoolean(payload['shouldFlatten'], 'shouldFlatten'),
    reason: readText(payload['reason'], 'reason'),
    source: readText(payload['source'], 'source'),
    operator: readText(payload['operator'], 'operator'),
    address: readText(payload['address'], 'address'),
    beganAtMs,
  }
}

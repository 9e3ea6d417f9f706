import { fromCallback, fromPromise, type PromiseActorLogic } from 'xstate'
import { InvariantError } from '#domain/errors'

/** Returns an action that the actor file must replace by `provide()`: a chart without its effects is loud, never idle. */
export function providedAction(machine: string, name: string): () => never {
  return () => {
    throw new InvariantError(`the ${machine} machine ran "${name}", which nobody provided`)
  }
}

/** Returns a promise actor that must be replaced by `provide()`; rejects otherwise. */
export function providedPromise<TOutput, TInput>(machine: string, name: string): PromiseActorLogic<TOutput, TInput> {
  return fromPromise<TOutput, TInput>(() =>
    Promise.reject(new InvariantError(`the ${machine} machine invoked "${name}", which nobody provided`)),
  )
}

/** Returns a callback actor that must be replaced by `provide()`; fails otherwise. */
export function providedCallback<TInput extends object>(machine: string, name: string) {
  return fromCallback<{ type: string }, TInput>(() => {
    throw new InvariantError(`the ${machine} machine invoked "${name}", which nobody provided`)
  })
}

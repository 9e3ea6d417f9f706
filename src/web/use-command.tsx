import { createContext, type ReactNode, useCallback, useContext, useState } from 'react'
import { ApiFailure } from './client'
import { ConfirmDialog, type Confirmation } from './confirm-dialog'
import { queryClient } from './queries'
import { toast } from './toasts'

const AskContext = createContext<(asked: Confirmation) => void>(() => undefined)

/** Provides the page's one confirmation dialog. */
export function ConfirmProvider({ children }: { readonly children: ReactNode }) {
  const [asked, setAsked] = useState<Confirmation | null>(null)
  const close = useCallback(() => setAsked(null), [])
  return (
    <AskContext value={setAsked}>
      {children}
      <ConfirmDialog asked={asked} onClose={close} />
    </AskContext>
  )
}

/** Returns the function that asks for a confirmation. */
export function useAsk(): (asked: Confirmation) => void {
  return useContext(AskContext)
}

/** Sends a command, says how it went, and reads everything anew: a command may move more than its target. */
export function runCommand(what: string, send: () => Promise<unknown>): void {
  send()
    .then(() => toast('good', `${what}: done`))
    .catch((error: unknown) => {
      const text = error instanceof ApiFailure || error instanceof Error ? error.message : String(error)
      toast('bad', `${what}: ${text}`)
    })
    .finally(() => void queryClient.invalidateQueries())
}

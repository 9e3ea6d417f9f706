import { Button, Modal, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'

/** What is asked before something dangerous. */
export interface Confirmation {
  readonly title: string
  readonly text: string
  /** The operator types this word; null asks plainly. */
  readonly word: string | null
  readonly action: string
  readonly hasReason: boolean
  readonly onConfirm: (reason: string) => void
}

function Form({ asked, onClose }: { readonly asked: Confirmation; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const isReady = asked.word === null || typed === asked.word
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isReady) return
    onClose()
    asked.onConfirm(reason)
  }
  return (
    <form className="confirm" onSubmit={submit}>
      <p>{asked.text}</p>
      {asked.hasReason ? (
        <TextInput
          label="Reason (for the journal)"
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      ) : null}
      {asked.word === null ? null : (
        <TextInput
          label={`Type ${asked.word} to confirm`}
          value={typed}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          data-autofocus
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <div className="confirm-actions">
        <Button variant="default" onClick={onClose}>
          Go back
        </Button>
        <Button type="submit" color="red.9" disabled={!isReady}>
          {asked.action}
        </Button>
      </div>
    </form>
  )
}

/** Asks in a dialog that holds the focus; Escape and "Go back" change nothing. */
export function ConfirmDialog({ asked, onClose }: { readonly asked: Confirmation | null; readonly onClose: () => void }) {
  return (
    <Modal opened={asked !== null} onClose={onClose} title={asked?.title ?? ''} centered closeButtonProps={{ 'aria-label': 'Close' }}>
      {asked === null ? null : <Form asked={asked} onClose={onClose} />}
    </Modal>
  )
}

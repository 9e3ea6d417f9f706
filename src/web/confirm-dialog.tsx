import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'

/** What the operator chooses beside the confirmation. */
export interface Choices {
  readonly label: string
  /** The first stands at first. */
  readonly options: readonly { readonly value: string; readonly label: string }[]
  /** Something to tick; null for nothing. */
  readonly tick: string | null
}

/** What is asked before something dangerous. */
export interface Confirmation {
  readonly title: string
  readonly text: string
  /** The operator types this word; null asks plainly. */
  readonly word: string | null
  readonly action: string
  readonly hasReason: boolean
  /** Null for nothing to choose; `chosen` is then empty, and nothing is ticked. */
  readonly choices: Choices | null
  readonly onConfirm: (reason: string, chosen: string, isTicked: boolean) => void
}

function Form({ asked, onClose }: { readonly asked: Confirmation; readonly onClose: () => void }) {
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const [chosen, setChosen] = useState(asked.choices?.options[0]?.value ?? '')
  const [isTicked, setIsTicked] = useState(false)
  const isReady = asked.word === null || typed === asked.word
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isReady) return
    onClose()
    asked.onConfirm(reason, chosen, isTicked)
  }
  return (
    <form className="confirm" onSubmit={submit}>
      <p>{asked.text}</p>
      {asked.choices === null ? null : (
        <>
          <NativeSelect
            label={asked.choices.label}
            value={chosen}
            data={asked.choices.options.map(({ value, label }) => ({ value, label }))}
            onChange={(event) => setChosen(event.currentTarget.value)}
          />
          {asked.choices.tick === null ? null : (
            <Checkbox label={asked.choices.tick} checked={isTicked} onChange={(event) => setIsTicked(event.currentTarget.checked)} />
          )}
        </>
      )}
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

import { Button, Modal, PasswordInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useStore } from './hooks'
import { isTokenNeeded, setToken, tokenStore } from './token'

/** Asks for the API token when the backend wants one. */
export function SignIn() {
  const isNeeded = useStore(isTokenNeeded)
  const hadToken = useStore(tokenStore) !== null
  const [value, setValue] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (value !== '') setToken(value.trim())
    setValue('')
  }
  return (
    <Modal
      opened={isNeeded}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="API token"
      centered
    >
      <form className="confirm" onSubmit={submit}>
        <p>{hadToken ? 'The backend did not take that token.' : 'This backend asks for a token. It is kept for this tab only.'}</p>
        <PasswordInput
          label="Token"
          value={value}
          autoComplete="off"
          data-autofocus
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <div className="confirm-actions">
          <Button type="submit" disabled={value === ''}>
            Go on
          </Button>
        </div>
      </form>
    </Modal>
  )
}

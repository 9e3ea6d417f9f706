import { useSyncExternalStore } from 'react'
import { createStore } from './contact'
import { CloseIcon } from './icons'

interface Toast {
  readonly id: number
  readonly tone: 'good' | 'bad'
  readonly text: string
}

const TOASTS_MAX = 4
const GOOD_MS = 4_000
const BAD_MS = 10_000

const toastStore = createStore<readonly Toast[]>([])
let count = 0

function dismiss(id: number): void {
  toastStore.set(toastStore.get().filter((toast) => toast.id !== id))
}

/** Shows a short message at the bottom of the page; bad ones stay longer and interrupt a screen reader. */
export function toast(tone: Toast['tone'], text: string): void {
  const id = ++count
  toastStore.set([...toastStore.get(), { id, tone, text }].slice(-TOASTS_MAX))
  setTimeout(() => dismiss(id), tone === 'good' ? GOOD_MS : BAD_MS)
}

function ToastList({
  toasts,
  label,
  live,
}: {
  readonly toasts: readonly Toast[]
  readonly label: string
  readonly live: 'polite' | 'assertive'
}) {
  return (
    <section className="toasts-group" aria-label={label} aria-live={live}>
      {toasts.map((one) => (
        <div key={one.id} className="toast" data-tone={one.tone}>
          <span>{one.text}</span>
          <button type="button" className="icon-button" aria-label="Dismiss message" onClick={() => dismiss(one.id)}>
            <CloseIcon />
          </button>
        </div>
      ))}
    </section>
  )
}

/** The live regions of the page. They are always there: a region that appears with its text is not read aloud. */
export function Toasts() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.get)
  return (
    <div className="toasts">
      <ToastList label="Messages" live="polite" toasts={toasts.filter((one) => one.tone === 'good')} />
      <ToastList label="Errors" live="assertive" toasts={toasts.filter((one) => one.tone === 'bad')} />
    </div>
  )
}

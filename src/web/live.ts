import type { QueryKey } from '@tanstack/react-query'
import { contactStore, createStore, noteAnswer } from './contact'
import { type LinkSocket, type LinkState, type PushedEvent, PushLink } from './link'
import { queryClient } from './queries'
import { socketProtocols, tokenStore } from './token'

/** The newest events, newest first. */
export const feedStore = createStore<readonly PushedEvent[]>([])
/** The state of the push socket. */
export const linkStore = createStore<LinkState>('connecting')

const FEED_MAX = 100
/** A burst of events becomes one redraw of the feed. */
const FEED_EVERY_MS = 250

/** What an event makes stale, and how often at most it is read anew, in ms (WEB-01). */
const STALE_BY_TOPIC: Readonly<Record<string, readonly string[]>> = {
  actor: ['actors', 'company', 'bots'],
  bot: ['bots', 'actors'],
  order: ['orders'],
  fill: ['orders', 'positions', 'portfolio', 'bots'],
  portfolio: ['portfolio', 'positions', 'equity'],
  risk: ['risk', 'company', 'bots'],
  alert: ['health'],
  health: ['health', 'company'],
}
const EVERY_MS: Readonly<Record<string, number>> = {
  health: 1_000,
  portfolio: 1_000,
  positions: 1_000,
  risk: 1_000,
  company: 1_000,
  equity: 5_000,
}
const EVERY_OTHER_MS = 2_000

const waiting = new Map<string, ReturnType<typeof setTimeout>>()

function refreshSoon(key: string): void {
  if (waiting.has(key)) return
  const handle = setTimeout(
    () => {
      waiting.delete(key)
      const queryKey: QueryKey = [key]
      void queryClient.invalidateQueries({ queryKey })
    },
    (EVERY_MS[key] ?? EVERY_OTHER_MS) / 2,
  )
  waiting.set(key, handle)
}

let fresh: PushedEvent[] = []
let isFeedDue = false

function feed(event: PushedEvent): void {
  fresh.unshift(event)
  if (isFeedDue) return
  isFeedDue = true
  setTimeout(() => {
    isFeedDue = false
    feedStore.set([...fresh, ...feedStore.get()].slice(0, FEED_MAX))
    fresh = []
  }, FEED_EVERY_MS)
}

function openSocket(): LinkSocket {
  const url = new URL('/api/v1/push', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url, socketProtocols(tokenStore.get()))
  const link: LinkSocket = { onopen: null, onmessage: null, onclose: null, send: (text) => socket.send(text), close: () => socket.close() }
  socket.onopen = () => link.onopen?.()
  socket.onmessage = ({ data }) => link.onmessage?.({ data })
  socket.onclose = () => link.onclose?.()
  return link
}

/** Starts the page's link to the backend. Returns the function that ends it. */
export function startLive(): () => void {
  const link = new PushLink(
    { openSocket, setTimeout: (fn, delayMs) => setTimeout(fn, delayMs), clearTimeout: (handle) => clearTimeout(Number(handle)) },
    {
      onEvent: (event) => {
        feed(event)
        for (const key of STALE_BY_TOPIC[event.topic] ?? []) refreshSoon(key)
      },
      onGap: () => void queryClient.invalidateQueries(),
      onContact: () => noteAnswer(Date.now()),
      onState: (state) => {
        linkStore.set(state)
        // A lost socket is the earliest sign that the backend is gone: ask at once instead of at the next poll.
        if (state === 'closed') void queryClient.refetchQueries({ queryKey: ['health'] })
      },
    },
  )
  link.start()
  const ends = [
    tokenStore.subscribe(() => {
      link.stop()
      link.start()
      void queryClient.invalidateQueries()
    }),
    contactStore.subscribe(() => {
      if (contactStore.get().kind !== 'present') return
      link.start()
      void queryClient.invalidateQueries()
    }),
  ]
  return () => {
    for (const end of ends) end()
    link.stop()
  }
}

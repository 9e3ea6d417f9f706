import { useQuery } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import type { Store } from './contact'
import { queries } from './queries'

/** Returns the value of a store and draws anew when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get)
}

/** Returns the browser's time, anew each `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const handle = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(handle)
  }, [everyMs])
  return now
}

/** Returns the market's time as last heard, ms; 0 before the first answer. "Since when" counts from it: a sandbox may run faster than we do. */
export function useMarketNow(): number {
  return useQuery(queries.health).data?.nowMs ?? 0
}

import { QueryClient, queryOptions } from '@tanstack/react-query'
import type { Actor as ActorSchema } from '#api/system-schema'
import { api, read } from './client'

/** The page polls this often even with live updates: prices move figures without any event. */
const POLL_MS = 5_000

/** Local backends work without any network, so the browser's own idea of being online does not count. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, networkMode: 'always', refetchInterval: POLL_MS, staleTime: 500, refetchOnWindowFocus: true },
    mutations: { retry: false, networkMode: 'always' },
  },
})

const OPEN_MAX = 200
const RECENT_MAX = 25
const EQUITY_MAX = 1_000

/** One actor with its children. Named here, since the client's type of an answer ends at a type that contains itself. */
export type Actor = ReturnType<(typeof ActorSchema)['parse']>

async function readActors(): Promise<Actor> {
  const root: unknown = await read(api.actors.$get())
  return root as Actor
}

/** Every read of the page. The first part of a key is what live updates invalidate. */
export const queries = {
  health: queryOptions({ queryKey: ['health'], queryFn: () => read(api.health.$get()), refetchInterval: 2_000 }),
  company: queryOptions({ queryKey: ['company'], queryFn: () => read(api.company.$get()) }),
  bots: queryOptions({ queryKey: ['bots'], queryFn: () => read(api.bots.$get()) }),
  openOrders: queryOptions({
    queryKey: ['orders', 'open'],
    queryFn: () => read(api.orders.$get({ query: { status: 'open', limit: OPEN_MAX } })),
  }),
  recentOrders: queryOptions({
    queryKey: ['orders', 'closed'],
    queryFn: () => read(api.orders.$get({ query: { status: 'closed', limit: RECENT_MAX } })),
  }),
  positions: queryOptions({ queryKey: ['positions'], queryFn: () => read(api.positions.$get()) }),
  portfolio: queryOptions({ queryKey: ['portfolio'], queryFn: () => read(api.portfolio.$get({ query: {} })) }),
  equity: queryOptions({ queryKey: ['equity'], queryFn: () => read(api.portfolio.equity.$get({ query: { limit: EQUITY_MAX } })) }),
  /** Asks the gate bot by bot: no reason to do that as often as the rest. */
  limits: queryOptions({
    queryKey: ['risk', 'limits'],
    queryFn: () => read(api.risk.limits.$get({ query: {} })),
    refetchInterval: 15_000,
  }),
  universe: queryOptions({ queryKey: ['risk', 'universe'], queryFn: () => read(api.universe.$get()), refetchInterval: 15_000 }),
  risk: queryOptions({ queryKey: ['risk'], queryFn: () => read(api.risk.$get()) }),
  actors: queryOptions({ queryKey: ['actors'], queryFn: readActors }),
}

type DataOf<Key extends keyof typeof queries> = Awaited<
  ReturnType<Extract<(typeof queries)[Key]['queryFn'], (...args: never[]) => unknown>>
>

export type Health = DataOf<'health'>
export type Company = DataOf<'company'>
export type Bot = DataOf<'bots'>[number]
export type Order = DataOf<'openOrders'>[number]
export type Position = DataOf<'positions'>[number]
export type Portfolio = DataOf<'portfolio'>
export type EquityPoint = DataOf<'equity'>[number]
export type Risk = DataOf<'risk'>
export type Universe = DataOf<'universe'>
export type Limits = DataOf<'limits'>
export type Limit = Limits['limits'][number]
export type Breaker = Risk['breakers'][number]

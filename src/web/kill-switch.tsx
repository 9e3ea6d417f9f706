import { useQuery } from '@tanstack/react-query'
import { api, read } from './client'
import { span } from './format'
import { useMarketNow } from './hooks'
import { HaltIcon } from './icons'
import { queries, type Risk } from './queries'
import { type Scope, scopesOf } from './scopes'
import { toast } from './toasts'
import { runCommand, useAsk } from './use-command'

const halt = (scope: Scope, flatten: boolean, reason: string): void =>
  runCommand('Emergency halt', () => read(api.risk.emergency.$post({ json: { confirm: 'KILL', reason, scope, flatten } })))
const flatten = (reason: string): void => halt({ kind: 'all' }, true, reason)
const clear = (): void => runCommand('Clear kill switch', () => read(api.risk['kill-switch'].clear.$post({ json: { confirm: 'CLEAR' } })))

/** The button that is always in reach: stops everything, or what is chosen, after the operator typed KILL. */
export function KillSwitchButton() {
  const ask = useAsk()
  const isActive = useQuery(queries.risk).data?.killSwitch.isActive ?? false
  const scopes = scopesOf(useQuery(queries.bots).data ?? [], 'Everything (trips the kill switch)')
  if (isActive) {
    return (
      <span className="kill-button" data-active="true">
        <HaltIcon /> Kill switch is on
      </span>
    )
  }
  return (
    <button
      type="button"
      className="kill-button"
      aria-haspopup="dialog"
      onClick={() =>
        ask({
          title: 'Trip the kill switch',
          text: 'Halts every bot of the scope and cancels its orders, at once. Nothing of it trades again until an operator lets it.',
          word: 'KILL',
          action: 'Stop everything',
          hasReason: true,
          choices: { label: 'What to halt', options: scopes, tick: 'Close its positions at the market too' },
          onConfirm: (reason, chosen, isTicked) => {
            const scope = scopes.find(({ value }) => value === chosen)?.scope
            if (scope !== undefined) halt(scope, isTicked, reason)
          },
        })
      }
    >
      <HaltIcon /> Kill switch
    </button>
  )
}

function ClearButton({ killSwitch }: { readonly killSwitch: Risk['killSwitch'] }) {
  const ask = useAsk()
  const refusal = killSwitch.clearableOverApi ? null : 'The configuration allows clearing on the command line only'
  return (
    <button
      type="button"
      className="command"
      aria-disabled={refusal !== null}
      title={refusal ?? undefined}
      onClick={() => {
        if (refusal !== null) {
          toast('bad', refusal)
          return
        }
        ask({
          title: 'Clear the kill switch',
          text: 'Orders may be sent again once the company and its bots are reset. Be sure that what tripped the switch is over.',
          word: 'CLEAR',
          action: 'Clear the switch',
          hasReason: false,
          choices: null,
          onConfirm: () => clear(),
        })
      }}
    >
      Clear…
    </button>
  )
}

function FlattenButton() {
  const ask = useAsk()
  return (
    <button
      type="button"
      className="command"
      onClick={() =>
        ask({
          title: 'Close every position',
          text: 'Sells or buys back at the market whatever the bots hold, at every venue. The kill switch stays on.',
          word: 'KILL',
          action: 'Close every position',
          hasReason: true,
          choices: null,
          onConfirm: flatten,
        })
      }
    >
      Close positions…
    </button>
  )
}

/** The strip below the header while the switch is on: since when, by whom, why, and how to clear it. */
export function KillSwitchStrip() {
  const now = useMarketNow()
  const killSwitch = useQuery(queries.risk).data?.killSwitch
  return (
    <div role="status" aria-label="Kill switch">
      {killSwitch?.isActive ? (
        <div className="kill-strip">
          <p>
            <strong>The kill switch is on.</strong> {killSwitch.reason}
            <span className="kill-by">
              {killSwitch.source === null ? '' : ` · tripped by ${killSwitch.source}`}
              {killSwitch.sinceMs === null ? '' : `, ${span(now - killSwitch.sinceMs)} ago`}
            </span>
          </p>
          <FlattenButton />
          <ClearButton killSwitch={killSwitch} />
        </div>
      ) : null}
    </div>
  )
}

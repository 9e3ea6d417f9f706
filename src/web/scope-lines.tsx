import { useQuery } from '@tanstack/react-query'
import { api, read } from './client'
import { CommandButton } from './command-button'
import { span } from './format'
import { queries, type Risk } from './queries'
import { type NamedScope, scopesOf } from './scopes'
import { StateBadge } from './state-badge'
import { runCommand, useAsk } from './use-command'

type Throttle = Risk['throttles'][number]
type Reducing = Risk['reducing'][number]

const rearm = (botId: string, reason: string): void =>
  runCommand(`Re-arm the throttle of ${botId}`, () =>
    read(api.risk.throttles[':botId'].rearm.$post({ param: { botId }, json: { reason, confirm: true } })),
  )

const reduce = ({ scope, label }: NamedScope, on: boolean, reason: string): void =>
  runCommand(`${on ? 'Only reduce' : 'Take new risk again'}: ${label}`, () =>
    read(api.risk.reducing.$post({ json: { scope, on, reason, confirm: true } })),
  )

function ThrottleLine({ throttle, nowMs }: { readonly throttle: Throttle; readonly nowMs: number }) {
  const ask = useAsk()
  const { botId, kind, reason, sinceMs } = throttle
  const press = (): void =>
    ask({
      title: `Re-arm the throttle of ${botId}`,
      text: 'The bot sends orders that add risk again. Be sure that what made it send so many is mended.',
      word: null,
      choices: null,
      action: 'Re-arm',
      hasReason: true,
      onConfirm: (why) => rearm(botId, why),
    })
  return (
    <li>
      <span className="line-main">
        <span className="cell-title">{botId}</span>
        <span className="cell-note">
          {kind}: {reason}
        </span>
      </span>
      <span className="line-figures">
        <span className="cell-note">{span(nowMs - sinceMs)} ago</span>
        <CommandButton label="Re-arm" target={`the throttle of ${botId}`} refusal={null} onPress={press} />
      </span>
      <StateBadge state="TRIPPED" />
    </li>
  )
}

/** Throttles that wait for an operator; nothing while there are none. */
export function ThrottleLines({ throttles, nowMs }: { readonly throttles: readonly Throttle[]; readonly nowMs: number }) {
  if (throttles.length === 0) return null
  return (
    <>
      <h3>Throttles</h3>
      <ul className="lines">
        {throttles.map((throttle) => (
          <ThrottleLine key={throttle.botId} throttle={throttle} nowMs={nowMs} />
        ))}
      </ul>
    </>
  )
}

function ReducingLine({ hold, scope, nowMs }: { readonly hold: Reducing; readonly scope: NamedScope | null; readonly nowMs: number }) {
  const { scope: name, source, text, sinceMs } = hold
  const ask = useAsk()
  const refusal = source === 'operator' ? (scope === null ? 'Not a scope of this company any more' : null) : `Held by ${source}`
  const press = (): void => {
    if (scope === null) return
    ask({
      title: `Let ${name} take new risk again`,
      text: 'Its orders may open and add to positions again, unless something else holds them.',
      word: null,
      choices: null,
      action: 'End it',
      hasReason: true,
      onConfirm: (why) => reduce(scope, false, why),
    })
  }
  return (
    <li>
      <span className="line-main">
        <span className="cell-title">{scope?.label ?? name}</span>
        <span className="cell-note">
          by {source}: {text}
        </span>
      </span>
      <span className="line-figures">
        <span className="cell-note">{span(nowMs - sinceMs)} ago</span>
        <CommandButton label="End" target={`the reducing of ${name}`} refusal={refusal} onPress={press} />
      </span>
    </li>
  )
}

/** Scopes that take only what lowers exposure, and the button that begins it for one. */
export function ReducingLines({ reducing, nowMs }: { readonly reducing: readonly Reducing[]; readonly nowMs: number }) {
  const ask = useAsk()
  const scopes = scopesOf(useQuery(queries.bots).data ?? [], 'Everything')
  const begin = (): void =>
    ask({
      title: 'Let a scope only reduce',
      text: 'Its bots go on, and only orders that lower exposure pass, until an operator ends it.',
      word: null,
      action: 'Only reduce',
      hasReason: true,
      choices: { label: 'What is to reduce', options: scopes, tick: null },
      onConfirm: (reason, chosen) => {
        const scope = scopes.find(({ value }) => value === chosen)
        if (scope !== undefined) reduce(scope, true, reason)
      },
    })
  return (
    <>
      <h3>Only reducing</h3>
      {reducing.length === 0 ? <p className="empty">Nothing: every scope may take new risk.</p> : null}
      <ul className="lines">
        {reducing.map((hold) => (
          <ReducingLine
            key={`${hold.scope} ${hold.source}`}
            hold={hold}
            scope={scopes.find(({ value }) => value === hold.scope) ?? null}
            nowMs={nowMs}
          />
        ))}
      </ul>
      <div>
        <CommandButton label="Only reduce…" target="" refusal={null} onPress={begin} />
      </div>
    </>
  )
}

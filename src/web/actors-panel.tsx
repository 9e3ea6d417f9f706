import { useQuery } from '@tanstack/react-query'
import { shortId, span } from './format'
import { useMarketNow } from './hooks'
import { Panel } from './panel'
import { type Actor, queries } from './queries'
import { StateBadge } from './state-badge'

/** Children shown of one actor: a desk may hold thousands of orders. */
const CHILDREN_MAX = 50

function ActorLine({ actor, nowMs }: { readonly actor: Actor; readonly nowMs: number }) {
  return (
    <>
      <span className="actor-id" title={actor.id}>
        {shortId(actor.id)}
      </span>
      <StateBadge state={actor.state} />
      <span className="quiet">
        {actor.machine}, {span(nowMs - actor.sinceMs)}
        {actor.restarts === 0 ? '' : `, ${actor.restarts} restarts`}
        {actor.detail === '' ? '' : ` · ${actor.detail}`}
      </span>
    </>
  )
}

function ActorNode({ actor, nowMs, depth }: { readonly actor: Actor; readonly nowMs: number; readonly depth: number }) {
  if (actor.children.length === 0) {
    return (
      <li className="actor">
        <ActorLine actor={actor} nowMs={nowMs} />
      </li>
    )
  }
  const hidden = actor.children.length - CHILDREN_MAX
  return (
    <li className="actor">
      <details open={depth < 2}>
        <summary>
          <ActorLine actor={actor} nowMs={nowMs} />
        </summary>
        <ul>
          {actor.children.slice(0, CHILDREN_MAX).map((child) => (
            <ActorNode key={child.id} actor={child} nowMs={nowMs} depth={depth + 1} />
          ))}
          {hidden > 0 ? <li className="quiet">and {hidden} more</li> : null}
        </ul>
      </details>
    </li>
  )
}

function countActors(actor: Actor): number {
  return actor.children.reduce((count, child) => count + countActors(child), 1)
}

/** The tree of actors: machine, state, since when. */
export function ActorsPanel() {
  const { data } = useQuery(queries.actors)
  const nowMs = useMarketNow()
  return (
    <Panel title="Actors" area="actors" note={data === undefined ? '' : String(countActors(data))}>
      {data === undefined ? (
        <p className="empty">Loading…</p>
      ) : (
        <ul className="tree">
          <ActorNode actor={data} nowMs={nowMs} depth={0} />
        </ul>
      )}
    </Panel>
  )
}

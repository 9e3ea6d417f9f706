import { describeEvent } from './describe-event'
import { utcClock } from './format'
import { useStore } from './hooks'
import { feedStore } from './live'
import type { PushedEvent } from './link'
import { Panel } from './panel'

function FeedLine({ event }: { readonly event: PushedEvent }) {
  const { title, text, tone } = describeEvent(event)
  return (
    <li className="feed-line" data-tone={tone}>
      <time dateTime={new Date(event.atMs).toISOString()}>{utcClock(event.atMs)}</time>
      <span>
        <strong>{title}</strong> {text}
      </span>
    </li>
  )
}

/** Alerts and events as they are pushed, newest first. A portfolio's figures are no news. */
export function FeedPanel() {
  const events = useStore(feedStore).filter((event) => event.topic !== 'portfolio')
  return (
    <Panel title="Events" area="feed" note="live">
      {events.length === 0 ? (
        <p className="empty">Nothing has happened since this page was opened.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <ol className="feed" tabIndex={0} aria-label="Events, newest first">
          {events.map((event) => (
            <FeedLine key={event.seq} event={event} />
          ))}
        </ol>
      )}
    </Panel>
  )
}

import { contactStore } from './contact'
import { localClock, span } from './format'
import { useNow, useStore } from './hooks'
import { linkStore } from './live'

function AwayText({ sinceMs }: { readonly sinceMs: number }) {
  const now = useNow(1_000)
  return (
    <>
      {/* The running count stays out of the live region's announcement: it would be read aloud each second. */}
      <span aria-hidden="true"> ({span(now - sinceMs)} ago)</span>
    </>
  )
}

/** Says when the backend is away, or when live updates are and the page only polls. */
export function Banner() {
  const contact = useStore(contactStore)
  const link = useStore(linkStore)
  return (
    <div role="status" aria-live="assertive" className="banner-region">
      {contact.kind === 'away' ? (
        <p className="banner" data-tone="bad">
          <strong>The backend does not answer.</strong> Last heard at {localClock(contact.sinceMs)}
          <AwayText sinceMs={contact.sinceMs} />. What you see is from then. Trying again by itself.
        </p>
      ) : null}
      {contact.kind === 'present' && link === 'closed' ? (
        <p className="banner" data-tone="warn">
          <strong>No live updates.</strong> The page asks every 5 s until the push socket is back.
        </p>
      ) : null}
    </div>
  )
}

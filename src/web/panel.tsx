import { type ReactNode, useId } from 'react'

interface PanelProps {
  readonly title: string
  /** A count or a word beside the title. */
  readonly note?: string
  readonly actions?: ReactNode
  readonly children: ReactNode
  readonly area: string
}

/** A titled region of the page. */
export function Panel({ title, note, actions, children, area }: PanelProps) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id} data-area={area}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : <span className="panel-note">{note}</span>}
        {actions === undefined ? null : <div className="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  )
}

import { Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { toast } from './toasts'

interface CommandButtonProps {
  readonly label: string
  /** What the button acts on, for screen readers: `Pause trend-btc`. Empty when the label says it. */
  readonly target: string
  readonly icon?: ReactNode
  /** Null: may be pressed. */
  readonly refusal: string | null
  readonly isDanger?: boolean
  /** Shows the icon alone where there is room for little. */
  readonly isCompact?: boolean
  readonly onPress: () => void
}

/**
 * A button for a command. One that the state refuses stays focusable, looks disabled, and says why: as tooltip, to screen readers,
 * and when pressed, since a finger cannot hover.
 */
export function CommandButton({ label, target, icon, refusal, isDanger = false, isCompact = false, onPress }: CommandButtonProps) {
  const name = `${label} ${target}`.trim()
  return (
    <Tooltip label={refusal ?? name} openDelay={250} multiline maw={260} events={{ hover: true, focus: true, touch: false }}>
      <button
        type="button"
        className="command"
        data-compact={isCompact}
        data-danger={isDanger}
        aria-disabled={refusal !== null}
        aria-label={refusal === null ? name : `${name}, not possible: ${refusal}`}
        onClick={() => (refusal === null ? onPress() : toast('bad', `${name}: ${refusal}`))}
      >
        {icon}
        <span className="command-label">{label}</span>
      </button>
    </Tooltip>
  )
}

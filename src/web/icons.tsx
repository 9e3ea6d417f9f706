import type { ReactNode } from 'react'

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
      {children}
    </svg>
  )
}

const stroke = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.8, strokeLinecap: 'round', strokeLinejoin: 'round' } as const

/** A triangle: begin. */
export function StartIcon() {
  return (
    <Icon>
      <path d="M4 2.5v11l9-5.5z" fill="currentColor" />
    </Icon>
  )
}

/** Two bars. */
export function PauseIcon() {
  return (
    <Icon>
      <path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" fill="currentColor" />
    </Icon>
  )
}

/** A bar and a triangle: go on. */
export function ResumeIcon() {
  return (
    <Icon>
      <path d="M2 2.5h2.4v11H2zM6.5 2.5v11l8-5.5z" fill="currentColor" />
    </Icon>
  )
}

/** A square: an orderly end. */
export function StopIcon() {
  return (
    <Icon>
      <rect x="3" y="3" width="10" height="10" rx="1.5" fill="currentColor" />
    </Icon>
  )
}

/** A stop sign: at once. */
export function HaltIcon() {
  return (
    <Icon>
      <path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z" {...stroke} />
      <path d="M5 8h6" {...stroke} />
    </Icon>
  )
}

/** An arrow around: back to the beginning. */
export function ResetIcon() {
  return (
    <Icon>
      <path d="M13 8a5 5 0 1 1-1.6-3.7M13 1.8v3.4H9.6" {...stroke} />
    </Icon>
  )
}

/** A cross. */
export function CloseIcon() {
  return (
    <Icon>
      <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" {...stroke} />
    </Icon>
  )
}

/** The curtain of the favicon. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#2a2140" />
      <path d="M5 6h22v4c-4 0-6 5-6 15H11C11 15 9 10 5 10z" fill="#7b5cf0" />
      <path d="M11 25C11 15 9 10 5 10v15zM21 25c0-10 2-15 6-15v15z" fill="#b9a5ff" />
      <circle cx="16" cy="20" r="3" fill="#ffd98a" />
    </svg>
  )
}

import type { LogPort } from '#ports/alerter'

export interface LogLine {
  readonly level: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

/** A fake log that keeps its lines. */
export function fakeLog(): LogPort & { readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = []
  const at =
    (level: string) =>
    (message: string, details: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, details })
    }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), fatal: at('fatal') }
}

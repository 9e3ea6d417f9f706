/** A request as an emulator receives it, whichever network carried it. Header names are lower case. */
export interface SimRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  /** Raw query without `?`; empty when there is none. */
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer, or `drop`: the connection is cut without one. */
export type SimResponse =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | { readonly kind: 'drop' }

/** The server's side of one open socket. */
export interface SimConnection {
  send(text: string): void
  /** Closes with a WebSocket close code; `abrupt` cuts the line without a closing handshake (the client sees 1006). */
  close(code: number, reason: string, abrupt?: boolean): void
}

/** What the emulator does with what a client sends on one socket. */
export interface SimConnectionHandlers {
  onText(text: string): void
  onClose(): void
}

/** A venue emulator as the network sees it: served on loopback sockets (`sim/serve`) or in memory (`sim/network`). */
export interface SimServer {
  handle(request: SimRequest): Promise<SimResponse>
  /** Takes a socket opened on `path`; null refuses the upgrade (the client sees a failed handshake). */
  connect(path: string, connection: SimConnection): SimConnectionHandlers | null
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly timeoutMs: number
}

/**
 * What became of a request. `unsent` means that no byte can have reached the venue (the connection was refused); `lost` that
 * it may have (time-out, reset): for a command the outcome is then ambiguous.
 */
export type HttpResult =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | { readonly kind: 'unsent'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string }

/** Calls of an open socket. `onOpen` fires at most once, `onText` only after it, `onClose` exactly once and last. */
export interface SocketHandlers {
  onOpen(): void
  onText(text: string): void
  /** `reason` names the cause for a person: the close reason, a refused upgrade with its status, a network error. */
  onClose(code: number, reason: string): void
}

export interface SocketPort {
  /** Hands the text to the network at once. Returns false when the socket is not open: nothing was sent. */
  send(text: string): boolean
  /** Ends the socket; `onClose` still follows. */
  close(): void
}

/** The network: real sockets, or the in-memory network that carries the same bytes in virtual time. Never throws for the network's faults. */
export interface TransportPort {
  request(request: HttpRequest): Promise<HttpResult>
  openSocket(url: string, handlers: SocketHandlers): SocketPort
}

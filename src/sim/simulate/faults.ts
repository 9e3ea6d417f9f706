/**
 * Everything that a simulation can make go wrong (design §8), by name. What belongs to venues that Troupe does not trade yet (a chain's
 * reorganisation, a market's resolution) comes with them.
 */
export const FAULTS = {
  drop: 'a message is lost on its way, either direction',
  delay: 'a message comes late, beyond timeouts and deadlines too',
  /** But for an order on the private stream: the venue's ids are unique among open orders only, so nobody could tell the copy from a second order. */
  duplicate: 'a message comes twice',
  reorder: 'an answer is overtaken by events, or a request by a later one',
  halfOpen: 'a socket stays open and carries nothing in one direction',
  cut: 'sockets end without a closing handshake',
  silentSocket: 'the venue says nothing any more on an open socket, not even heartbeats',
  tooManyRequests: 'HTTP 429 of the edge',
  serverError: 'HTTP 5xx, before or after the request was executed',
  apiError: 'the venue answers that it is busy or limits the rate',
  lostReply: 'the venue executes a command and its answer is lost',
  withholdEvents: 'the private stream leaves out what happened until the next connection',
  staleReplay: 'questions are answered with what was true a while ago, or an old frame is sent again',
  droppedFrame: 'one frame of a stream is missing',
  badChecksum: 'a book frame carries a wrong checksum',
  clockStep: "the machine's wall clock jumps, forward or back",
  venueClockSkew: "the venue's clock runs ahead or behind",
  crash: 'the process dies between any two steps',
  tornTail: 'the process dies while a group of journal entries is written',
  fullDisk: 'the journal cannot be written any more',
  maintenance: 'the venue is down, then cancel-only or post-only',
  tickSizeChange: "an instrument's price increment changes while orders rest",
  wrongBalance: 'the venue reports a balance that our books do not explain',
  foreignOrder: 'somebody trades on the account by hand',
  killSwitch: 'an operator stops everything, and releases it later',
  operatorHold:
    'an operator pauses, halts or stops a bot, or pauses or halts the company, by hand and lets it go on later, or cancels an order, at a bad moment',
} as const satisfies Record<string, string>

export type FaultName = keyof typeof FAULTS

/** Every fault, in the order of the vocabulary. */
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[]

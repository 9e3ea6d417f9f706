import type { Acknowledgement, Topic } from '#venues/shared/subscriptions'
import { classify } from './errors'
import type { Reply } from './schema-stream'

/** Channels of the public stream that take symbols. */
export type MarketChannel = 'ticker' | 'trade' | 'book' | 'ohlc'

/** Returns a request for topics of one channel and interval. */
export function topicFrame(
  method: 'subscribe' | 'unsubscribe',
  topics: readonly [Topic, ...Topic[]],
  requestId: number,
  bookDepth: number,
): string {
  const [{ channel, interval }] = topics
  return JSON.stringify({
    method,
    params: {
      channel,
      symbol: topics.map((topic) => topic.symbol),
      ...(channel === 'ticker' ? { event_trigger: 'bbo' } : {}),
      ...(channel === 'book' ? { depth: bookDepth } : {}),
      ...(interval === null ? {} : { interval }),
      // The fifty prints before are no news; of everything else the present state is wanted.
      ...(method === 'subscribe' ? { snapshot: channel !== 'trade' } : {}),
    },
    req_id: requestId,
  })
}

/** Returns what a reply says of a subscription. A refusal that may pass is no answer; any other stands until the next connection. */
export function answerOf(reply: Reply): Acknowledgement {
  if (reply.success === true || reply.error?.startsWith('Already subscribed') === true) return { kind: 'active' }
  const reason = reply.error ?? 'refused without a reason'
  const { errorClass } = classify(reason)
  return { kind: 'refused', reason, isPassing: errorClass === 'service' || errorClass === 'rateLimit' }
}

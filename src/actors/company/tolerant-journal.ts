import { messageOf } from '#domain/errors'
import type { LogPort } from '#ports/alerter'
import type { JournalPort } from '#ports/journal'

/**
 * The journal as the company's parts hold it: once a commit has failed, `append` drops what it is given instead of throwing, because a
 * company that cannot write any more must still cancel (design §7). `durable` goes on rejecting, so nothing that adds risk is sent.
 */
export function tolerant(journal: JournalPort, log: LogPort): JournalPort {
  return {
    get headSeq() {
      return journal.headSeq
    },
    get committedSeq() {
      return journal.committedSeq
    },
    get isFenced() {
      return journal.isFenced
    },
    get failure() {
      return journal.failure
    },
    append: (draft) => {
      if (journal.failure === null) return journal.append(draft)
      log.error('not journaled: the journal has failed', { kind: draft.kind, actor: draft.actor, failure: messageOf(journal.failure) })
      return journal.headSeq
    },
    durable: (draft) => journal.durable(draft),
    settled: () => journal.settled(),
    read: (afterSeq, limit) => journal.read(afterSeq, limit),
    subscribe: (listener) => journal.subscribe(listener),
    onFailure: (listener) => journal.onFailure(listener),
    close: () => journal.close(),
  }
}

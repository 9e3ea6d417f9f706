import { add, type Decimal, isGreater, isLess, subtract } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, passedWith, type Size, withoutOwn } from '../judgement'

/**
 * Blocks a buy that costs more, fee included, than account and sub-account have beyond what other working buys can take, and where shorts
 * are barred a sell of more base than the account has beyond other working sells (EXE-05).
 */
export function insufficientBalance(judgement: Judgement, size: Size): CheckResult {
  return judgement.proposal.side === 'buy' ? buyBalance(judgement, size) : sellBalance(judgement, size)
}

/** What an order can be paid with: how much there is, and how much of it other orders may take. */
export interface Room {
  readonly current: Decimal
  readonly limit: Decimal
  readonly what: string
}

/** Returns the quote asset of the account, and of the bot's own sub-account. */
export function quoteRooms({ proposal, view, book, own }: Judgement): { readonly account: Room; readonly bot: Room } {
  const { quoteAsset } = view.instrument
  const { accountId, botId } = proposal
  const ownCash = own === null ? null : own.cash
  const ofAccount = withoutOwn(book.cashOfAccount(accountId, quoteAsset), ownCash)
  const ofBot = withoutOwn(book.cashOfBot(botId, accountId, quoteAsset), ownCash)
  return {
    account: { current: ofAccount, limit: view.balances.quoteOfAccount, what: `${quoteAsset} in the account` },
    bot: { current: ofBot, limit: view.balances.quoteOfBot, what: `${quoteAsset} in the sub-account` },
  }
}

/** Returns the base asset of the account. */
export function baseRoom({ proposal, view, book, own }: Judgement): Room {
  const { baseAsset } = view.instrument
  const current = withoutOwn(book.sellsOfAccount(proposal.accountId, baseAsset), own === null ? null : own.leaves)
  return { current, limit: view.balances.baseOfAccount, what: `${baseAsset} in the account` }
}

function buyBalance(judgement: Judgement, size: Size): CheckResult {
  const { account, bot } = quoteRooms(judgement)
  const isAccountTighter = isLess(subtract(account.limit, account.current), subtract(bot.limit, bot.current))
  return judgeBalance(isAccountTighter ? account : bot, size.cash)
}

function sellBalance(judgement: Judgement, size: Size): CheckResult {
  if (judgement.view.capabilities.shorts) return passed('insufficient_balance', 'instrument')
  return judgeBalance(baseRoom(judgement), size.quantity)
}

function judgeBalance({ current, limit, what }: Room, needed: Decimal): CheckResult {
  const proposed = add(current, needed)
  const figures = { current, proposed, limit }
  if (!isGreater(proposed, limit)) return passedWith('insufficient_balance', 'instrument', figures)
  return blocked('insufficient_balance', 'instrument', figures, `It needs ${needed} beside ${current} reserved, of ${limit} ${what}`)
}

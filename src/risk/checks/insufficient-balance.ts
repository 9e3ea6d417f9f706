import { add, type Decimal, isGreater, isLess, subtract } from '#domain/decimal'
import { blocked, type CheckResult, type Judgement, passed, passedWith, type Size, withoutOwn } from '../judgement'

/**
 * Blocks a buy that costs more, fee included, than account and sub-account have beyond what other working buys can take, and where shorts
 * are barred a sell of more base than the account has beyond other working sells (EXE-05).
 */
export function insufficientBalance(judgement: Judgement, size: Size): CheckResult {
  return judgement.proposal.side === 'buy' ? buyBalance(judgement, size) : sellBalance(judgement, size)
}

function buyBalance(judgement: Judgement, size: Size): CheckResult {
  const { proposal, view, book, own } = judgement
  const { quoteAsset } = view.instrument
  const ownCash = own === null ? null : own.cash
  const ofAccount = withoutOwn(book.cashOfAccount(proposal.accountId, quoteAsset), ownCash)
  const ofBot = withoutOwn(book.cashOfBot(proposal.botId, proposal.accountId, quoteAsset), ownCash)
  const accountIsTighter = isLess(subtract(view.balances.quoteOfAccount, ofAccount), subtract(view.balances.quoteOfBot, ofBot))
  const current = accountIsTighter ? ofAccount : ofBot
  const limit = accountIsTighter ? view.balances.quoteOfAccount : view.balances.quoteOfBot
  return judgeBalance(current, size.cash, limit, `${quoteAsset} in the ${accountIsTighter ? 'account' : 'sub-account'}`)
}

function sellBalance(judgement: Judgement, size: Size): CheckResult {
  const { proposal, view, book, own } = judgement
  if (view.capabilities.shorts) return passed('insufficient_balance', 'instrument')
  const { baseAsset } = view.instrument
  const reserved = withoutOwn(book.sellsOfAccount(proposal.accountId, baseAsset), own === null ? null : own.leaves)
  return judgeBalance(reserved, size.quantity, view.balances.baseOfAccount, `${baseAsset} in the account`)
}

function judgeBalance(current: Decimal, needed: Decimal, limit: Decimal, what: string): CheckResult {
  const proposed = add(current, needed)
  const figures = { current, proposed, limit }
  if (!isGreater(proposed, limit)) return passedWith('insufficient_balance', 'instrument', figures)
  return blocked('insufficient_balance', 'instrument', figures, `It needs ${needed} beside ${current} reserved, of ${limit} ${what}`)
}

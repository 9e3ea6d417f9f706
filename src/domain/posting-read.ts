import type { Decimal } from './decimal'
import { accountId, assetCode, botId, type ClientOrderId, clientOrderId, instrumentId, strategyId, tradeId, venueId } from './ids'
import type { Json } from './json'
import { readArray, readDecimal, readInteger, readNullable, readObject, readOneOf, readText } from './json-read'
import { assertBalanced } from './ledger-postings'
import { LEDGER_ACCOUNTS, FLOW_KINDS, type Posting, type PostingLine, type TradeDetail } from './posting'
import { readSubAccount } from './sub-account'

/**
 * Reads a posting back from the journal.
 * @throws {AppError} `REPLAY_INVALID` for another form, {@link InvariantError} when an id is malformed or the lines do not balance.
 */
export function readPosting(json: Json): Posting {
  const root = readObject(json, 'posting')
  const base = {
    postingId: readText(root['postingId'], 'posting.postingId'),
    atMs: readInteger(root['atMs'], 'posting.atMs'),
    lines: readArray(root['lines'], 'posting.lines').map((line, index) => readLine(line, `posting.lines.${index}`)),
    rates: readRates(root['rates']),
  }
  const kind = readOneOf(root['kind'], 'posting.kind', ['fill', 'flow', 'allocation'] as const)
  const posting = withDetail(kind, base, root)
  assertBalanced(posting)
  return posting
}

function withDetail(
  kind: Posting['kind'],
  base: Omit<Posting & { kind: 'allocation' }, 'kind'>,
  root: { readonly [key: string]: Json },
): Posting {
  switch (kind) {
    case 'fill':
      return { kind, ...base, trade: readTrade(root['trade'], 'posting.trade') }
    case 'flow':
      return { kind, ...base, flow: readOneOf(root['flow'], 'posting.flow', FLOW_KINDS) }
    case 'allocation':
      return { kind, ...base }
  }
}

function readLine(json: Json, path: string): PostingLine {
  const row = readObject(json, path)
  return {
    account: readOneOf(row['account'], `${path}.account`, LEDGER_ACCOUNTS),
    accountId: accountId(readText(row['accountId'], `${path}.accountId`)),
    subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
    asset: assetCode(readText(row['asset'], `${path}.asset`)),
    amount: readDecimal(row['amount'], `${path}.amount`),
  }
}

function readRates(json: Json | undefined): Readonly<Record<string, Decimal | null>> {
  const rates = Object.entries(readObject(json, 'posting.rates'))
  return Object.fromEntries(rates.map(([asset, rate]) => [asset, readNullable(rate, `posting.rates.${asset}`, readDecimal)]))
}

function readTrade(json: Json | undefined, path: string): TradeDetail {
  const row = readObject(json, path)
  const text = (key: string): string => readText(row[key], `${path}.${key}`)
  const maybe = <T>(key: string, mint: (value: string) => T): T | null =>
    readNullable(row[key], `${path}.${key}`, (value, at) => mint(readText(value, at)))
  return {
    tradeId: tradeId(text('tradeId')),
    venueId: venueId(text('venueId')),
    instrumentId: instrumentId(text('instrumentId')),
    baseAsset: assetCode(text('baseAsset')),
    quoteAsset: assetCode(text('quoteAsset')),
    accountId: accountId(text('accountId')),
    subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
    botId: maybe('botId', botId),
    strategyId: maybe('strategyId', strategyId),
    clientOrderId: maybe<ClientOrderId>('clientOrderId', clientOrderId),
    side: readOneOf(row['side'], `${path}.side`, ['buy', 'sell'] as const),
    quantity: readDecimal(row['quantity'], `${path}.quantity`),
    price: readDecimal(row['price'], `${path}.price`),
    cost: readDecimal(row['cost'], `${path}.cost`),
    feeAsset: assetCode(text('feeAsset')),
    feeQuantity: readDecimal(row['feeQuantity'], `${path}.feeQuantity`),
  }
}

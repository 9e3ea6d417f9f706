import type { Decimal } from './decimal'
import { accountId, assetCode, botId, type ClientOrderId, clientOrderId, instrumentId, strategyId, tradeId, venueId } from './ids'
import type { Json } from './json'
import { readArray, readDecimal, readInteger, readNullable, readObject, readOneOf, readText } from './json-read'
import { assertBalanced } from './ledger-postings'
import { type DustDetail, FLOW_KINDS, type GasDetail, LEDGER_ACCOUNTS, type Posting, type PostingLine, type TradeDetail } from './posting'
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
  const kind = readOneOf(root['kind'], 'posting.kind', ['fill', 'flow', 'allocation', 'gas', 'dust'] as const)
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
    case 'gas':
      return { kind, ...base, gas: readGas(root['gas'], 'posting.gas') }
    case 'dust':
      return { kind, ...base, dust: readDust(root['dust'], 'posting.dust') }
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

/** Readers of the fields of one detail. */
function fieldsOf(json: Json | undefined, path: string) {
  const row = readObject(json, path)
  const text = (key: string): string => readText(row[key], `${path}.${key}`)
  // Journals of before a field was kept lack it.
  const nullable = <T>(key: string, read: (value: Json, at: string) => T): T | null =>
    row[key] === undefined ? null : readNullable(row[key], `${path}.${key}`, read)
  const maybe = <T>(key: string, mint: (value: string) => T): T | null => nullable(key, (value, at) => mint(readText(value, at)))
  return { row, text, maybe, nullable, amount: (key: string): Decimal => readDecimal(row[key], `${path}.${key}`) }
}

function readTrade(json: Json | undefined, path: string): TradeDetail {
  const { row, text, maybe, nullable, amount } = fieldsOf(json, path)
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
    quantity: amount('quantity'),
    price: amount('price'),
    cost: amount('cost'),
    feeAsset: assetCode(text('feeAsset')),
    feeQuantity: amount('feeQuantity'),
    arrivalMid: nullable('arrivalMid', readDecimal),
    userref: nullable('userref', readInteger),
  }
}

function readGas(json: Json | undefined, path: string): GasDetail {
  const { row, text, maybe, amount } = fieldsOf(json, path)
  return {
    accountId: accountId(text('accountId')),
    subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
    botId: maybe('botId', botId),
    strategyId: maybe('strategyId', strategyId),
    instrumentId: maybe('instrumentId', instrumentId),
    asset: assetCode(text('asset')),
    amount: amount('amount'),
  }
}

function readDust(json: Json | undefined, path: string): DustDetail {
  const { row, text, maybe, amount } = fieldsOf(json, path)
  return {
    instrumentId: instrumentId(text('instrumentId')),
    venueId: venueId(text('venueId')),
    baseAsset: assetCode(text('baseAsset')),
    quoteAsset: assetCode(text('quoteAsset')),
    accountId: accountId(text('accountId')),
    subAccount: readSubAccount(row['subAccount'], `${path}.subAccount`),
    to: readSubAccount(row['to'], `${path}.to`),
    botId: maybe('botId', botId),
    strategyId: maybe('strategyId', strategyId),
    quantity: amount('quantity'),
    price: amount('price'),
  }
}

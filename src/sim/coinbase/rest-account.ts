import { add, type Decimal, decimal, divide, multiply, negate, sum, toNumber, ZERO } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import type { JsonObject } from '#domain/json'
import { balanceOf, type Face, hasWallet, portfolioIdOf } from './face'
import { uuidOf } from './ids'
import { refuseScope, refuseUnknown } from './refusal'
import { type Call, cursorOf, type Operation, placeOf } from './rest-call'
import { amountText } from './wire'

const PAGE = 49
const PAGE_MAX = 250
const FIAT = new Set(['USD', 'EUR', 'GBP'])
const CREATED = '2024-01-01T00:00:00.000Z'

interface Wallet {
  readonly currency: string
  readonly total: Decimal
  readonly held: Decimal
}

/** The wallets of an account by currency; empty ones of currencies that nobody asked for come first in the alphabet. */
function walletsOf(face: Face, accountId: string): readonly Wallet[] {
  const wrong = face.faults.take('wrongBalance', 'rest', 'listAccounts')
  const real = face.engine
    .assets()
    .filter(({ code }) => hasWallet(face, code))
    .map(({ code }): Wallet => {
      const { total, held } = balanceOf(face, accountId, code)
      return { currency: code, total: wrong?.asset === code ? add(total, decimal(wrong.delta)) : total, held }
    })
  const empty = Array.from({ length: face.choices.emptyWallets }, (_, index) => ({
    currency: `A${String(index + 1).padStart(3, '0')}`,
    total: ZERO,
    held: ZERO,
  }))
  return [...real, ...empty].sort((a, b) => (a.currency < b.currency ? -1 : 1))
}

function accountRow(face: Face, accountId: string, { currency, total, held }: Wallet): JsonObject {
  return {
    uuid: uuidOf(`${face.seed} wallet ${accountId} ${currency}`),
    name: `${currency} Wallet`,
    currency,
    available_balance: { value: amountText(add(total, negate(held))), currency },
    default: true,
    active: true,
    created_at: CREATED,
    updated_at: CREATED,
    deleted_at: null,
    type: FIAT.has(currency) ? 'ACCOUNT_TYPE_FIAT' : 'ACCOUNT_TYPE_CRYPTO',
    ready: true,
    hold: { value: amountText(held), currency },
    retail_portfolio_id: portfolioIdOf(face, accountId),
    platform: 'ACCOUNT_PLATFORM_CONSUMER',
  }
}

function checkPortfolio({ face, query, accountId }: Call): void {
  const asked = query.text('retail_portfolio_id')
  if (asked !== null && asked !== portfolioIdOf(face, accountId)) refuseScope()
}

function accounts(call: Call): JsonObject {
  checkPortfolio(call)
  const { face, query, accountId } = call
  const wallets = walletsOf(face, accountId)
  const from = placeOf(query.text('cursor'))
  const until = from + Math.max(1, Math.min(query.count('limit') ?? PAGE, PAGE_MAX))
  const shown = wallets.slice(from, until)
  const hasNext = until < wallets.length
  return {
    accounts: shown.map((wallet) => accountRow(face, accountId, wallet)),
    has_next: hasNext,
    cursor: hasNext ? cursorOf(until) : '',
    size: shown.length,
  }
}

function account({ face, accountId, named }: Call): JsonObject {
  const rows = walletsOf(face, accountId).map((wallet) => accountRow(face, accountId, wallet))
  return { account: rows.find((row) => row['uuid'] === named) ?? refuseUnknown('account not found') }
}

const HUNDRED = decimal('100')

/** What the account is worth in US dollars, stable coins at par. */
function worthOf(face: Face, accountId: string): Decimal {
  const value = (asset: string, total: Decimal): Decimal => {
    if (asset === 'USD' || asset === 'USDC') return total
    const product = face.products.find(`${asset}-USD`) ?? face.products.find(`${asset}-USDC`)
    return product === null ? ZERO : multiply(total, face.engine.lastPrice(product.book))
  }
  return sum(face.engine.balances(accountId).map(({ asset, total }) => value(asset, total)))
}

function transactionSummary({ face, accountId }: Call): JsonObject {
  const [first] = face.engine.instruments()
  const rates = face.engine.feeRates(accountId, mustExist(first, 'no instrument').symbol)
  const index = face.tiers.findIndex((tier) => tier.volumeMin === rates.tier.volumeMin)
  const next = face.tiers[index + 1]
  const fraction = (percent: Decimal): Decimal => divide(percent, HUNDRED)
  const volume = toNumber(rates.volume)
  const fees = toNumber(sum(face.engine.fills(accountId).map((fill) => fill.fee)))
  return {
    total_volume: volume,
    total_fees: fees,
    fee_tier: {
      pricing_tier: face.tiers[index]?.name ?? '',
      usd_from: '',
      usd_to: '',
      taker_fee_rate: fraction(rates.takerPercent),
      maker_fee_rate: fraction(rates.makerPercent),
      aop_from: '0',
      aop_to: '',
      perps_vol_from: '',
      perps_vol_to: '',
      futures_vol_from: '',
      futures_vol_to: '',
      volume_types_and_range: [
        {
          volume_types: ['VOLUME_TYPE_SPOT', 'VOLUME_TYPE_US_DERIVATIVES'],
          vol_from: rates.tier.volumeMin,
          vol_to: next?.volumeMin ?? '',
        },
      ],
    },
    margin_rate: null,
    goods_and_services_tax: null,
    advanced_trade_only_volume: volume,
    advanced_trade_only_fees: fees,
    coinbase_pro_volume: 0,
    coinbase_pro_fees: 0,
    total_balance: amountText(worthOf(face, accountId)),
    has_promo_fee: false,
    volume_breakdown: [{ volume_type: 'VOLUME_TYPE_SPOT', volume }],
    has_cost_plus_commission: false,
  }
}

function keyPermissions({ face, keyName, accountId }: Call): JsonObject {
  const { scopes } = mustExist(face.keys.get(keyName), 'an unknown key was let in')
  return {
    can_view: scopes.includes('view'),
    can_trade: scopes.includes('trade'),
    can_transfer: scopes.includes('transfer'),
    portfolio_uuid: portfolioIdOf(face, accountId),
    portfolio_type: 'DEFAULT',
  }
}

function portfolios({ face, accountId }: Call): JsonObject {
  return { portfolios: [{ name: 'Default', uuid: portfolioIdOf(face, accountId), type: 'DEFAULT', deleted: false }] }
}

/** Operations about the account and its key. */
export const ACCOUNT_OPERATIONS: readonly Operation[] = [
  { label: 'listAccounts', method: 'GET', path: /^\/accounts$/, scope: 'view', run: accounts },
  { label: 'getAccount', method: 'GET', path: /^\/accounts\/([^/]+)$/, scope: 'view', run: account },
  { label: 'transactionSummary', method: 'GET', path: /^\/transaction_summary$/, scope: 'view', run: transactionSummary },
  { label: 'keyPermissions', method: 'GET', path: /^\/key_permissions$/, scope: 'view', run: keyPermissions },
  { label: 'listPortfolios', method: 'GET', path: /^\/portfolios$/, scope: 'view', run: portfolios },
]

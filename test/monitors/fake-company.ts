import type { Decimal } from '#domain/decimal'
import { assetCode } from '#domain/ids'
import type { Fill, Proposal } from '#domain/order'
import { TREASURY } from '#domain/sub-account'
import type {
  GatePosition,
  MonitoredCompany,
  MonitoredHolding,
  MonitoredLimits,
  MonitoredOrder,
  MonitoredPosition,
  MonitoredProtection,
  MonitoredReservation,
} from '#sim/monitors/company'
import type { VirtualClock } from '#sim/virtual-clock'
import { ACCOUNT } from './fake-venue'

const ZERO = '0' as Decimal
/** What the company's equity is in: worth one, whatever the test says of prices. */
export const CASH = assetCode('CASH')

/** A company of plain fields: what the monitors read is what the test has set. */
export class FakeCompany implements MonitoredCompany {
  limits: MonitoredLimits = {
    orderNotionalMax: 2_000,
    totalExposureMax: 10_000,
    totalAtRiskRatioMax: 0.5,
    positionRatioMax: 0.25,
    assetRatioMax: 0.25,
    strategyRatioMax: { 'trend-following': 0.4 },
    marketConcentrationRatioMax: 0.3,
    dailyNotionalMax: 1_000_000,
    isManualIgnored: false,
    openPositionsMax: 10,
    verdictLifetimeMs: 1_000,
    quoteAgeMsMax: 5_000,
    retryMax: 3,
    cancelBudgetMs: 60_000,
    driftTolerance: 1,
    retireAfterMs: 600_000,
    retireEveryMs: 60_000,
  }
  readonly orders = new Map<string, MonitoredOrder>()
  blocks: { company: string | null; bot: string | null; venue: string | null; data: string | null } = {
    company: null,
    bot: null,
    venue: null,
    data: null,
  }
  contradicted: string | null = null
  /** What was held before the restart, and whether it is now. */
  readonly heldKeys = new Map<string, boolean | null>()
  reserved: MonitoredReservation[] = []
  books: MonitoredPosition[] = []
  gate: GatePosition[] = []
  held: MonitoredHolding[] = []
  /** Null while the company does not run. */
  toProtect: MonitoredProtection[] | null = []
  readonly booked = new Set<string>()
  isOpen = true
  hasDrift = false
  equity = '10000' as Decimal
  rates: Record<string, string> = { USD: '1', BTC: '100' }
  feeBps = 0
  readonly #clock: VirtualClock

  limitsOf = () => this.limits

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  now = () => this.#clock.now()
  monotonicUs = () => this.#clock.monotonicUs()
  companyBlock = () => this.blocks.company
  botBlock = () => this.blocks.bot
  venueBlock = () => this.blocks.venue
  dataBlock = () => this.blocks.data
  contradiction = () => this.contradicted
  heldBefore = () => [...this.heldKeys.keys()]
  isHeld = (key: string) => this.heldKeys.get(key) ?? null
  stateOf = (id: string) => this.orders.get(id)?.state ?? null
  order = (id: string) => this.orders.get(id) ?? null
  orderOfVenue = (id: string) => [...this.orders.values()].find((order) => order.venueOrderId === id) ?? null
  liveOrders = () =>
    [...this.orders.values()].filter(({ state }) => !['filled', 'canceled', 'rejected', 'expired', 'error'].includes(state))
  /** Beside the orders that are there. */
  readonly alive = { actors: 0, timers: 5 as number | null, bots: 2, venues: 1 }
  endedOrders = () => [...this.orders.values()].filter((order) => !this.liveOrders().includes(order))
  /** Those that miss fills. */
  readonly lacking = new Set<string>()
  missesFills = (id: string) => this.lacking.has(id)
  counts = () => ({ ...this.alive, actors: this.orders.size + this.alive.actors })
  reservations = () => this.reserved
  positions = () => this.books
  gatePositions = () => this.gate
  holdings = () => [...this.held, { accountId: ACCOUNT, subAccount: TREASURY, asset: CASH, quantity: '10000' as Decimal }]
  protectedPositions = () => this.toProtect
  hasBooked = (fill: Fill) => this.booked.has(fill.tradeId)
  isOpened = () => this.isOpen
  rateOf = (asset: string) => (asset === CASH ? '1' : (this.rates[asset] ?? null)) as Decimal | null
  feeBpsMax = () => this.feeBps

  /** Sets an order as the books have it; what is left out stays, or is that of an order which nothing happened to. */
  set(terms: Proposal, over: Partial<MonitoredOrder> = {}): MonitoredOrder {
    const known = this.orders.get(terms.clientOrderId)
    const fresh: MonitoredOrder = {
      clientOrderId: terms.clientOrderId,
      venueOrderId: null,
      proposal: terms,
      isForeign: false,
      state: 'pending',
      quantity: terms.quantity,
      filledQuantity: ZERO,
      leavesQuantity: terms.quantity,
      limitPrice: terms.limitPrice,
      isAmending: false,
      deadlineAtMs: null,
      lastSeq: 0,
    }
    const order = { ...fresh, ...known, ...over }
    this.orders.set(terms.clientOrderId, order)
    return order
  }
}

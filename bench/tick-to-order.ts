// From a market message (text handed to the adapter) to the bytes of an order (text handed to the socket): the whole company in between, with
// the real gate, plan, journal file and adapter. The venue is the emulator in this process on the virtual clock, so that thousands of orders fit
// below its rate counters; what is measured is real time, between two points of one chain of calls and one commit of the journal's file. Public
// frames are handed over one at a time, each in an instant of its own: the work of a second one would be counted with the order of the first.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '#config/load'
import { add, type Decimal } from '#domain/decimal'
import { botId, instrumentId, intentId, strategyId } from '#domain/ids'
import type { Intent } from '#domain/intent'
import { AlertHub } from '#ops/alerts'
import type { LogPort } from '#ports/alerter'
import type { TransportPort } from '#ports/transport'
import { createRuntime } from '#runtime'
import { openMemoryStore } from '#sim/engine/store'
import { SeededRandom } from '#sim/random'
import { VirtualClock } from '#sim/virtual-clock'
import { atEmulator, createVirtualVenues, VIRTUAL_KRAKEN } from '#sim/world'
import { BarFiles } from '#store/bar-files'
import { openJournal } from '#store/journal'
import { SqliteMarks } from '#store/marks'
import { MemoryHistory, MemorySnapshots } from '#store/memory-store'
import { openStore } from '#store/open-store'
import { type Figure, nowUs, percentile, report } from './report'

const ORDERS = 2_000
const WARM = 2_000
const BTC = instrumentId('BTC-USD@kraken')
const quiet: LogPort = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (text, facts) => console.error(text, facts),
  fatal: (text, facts) => console.error(text, facts),
}

/** Virtual ms between two public frames. */
const APART_MS = 5

/** Notes when a public frame is handed to the adapter and when an order's text is handed to the socket. */
function stamped(clock: VirtualClock, transport: TransportPort, stamps: { inUs: number; onOrder: (us: number) => void }): TransportPort {
  let nextMs = 0
  const apart = (hand: () => void) => {
    nextMs = Math.max(nextMs + APART_MS, clock.now())
    clock.setTimeout(() => {
      stamps.inUs = nowUs()
      hand()
    }, nextMs - clock.now())
  }
  return {
    request: (request) => transport.request(request),
    openSocket: (url, handlers) => {
      const isPublic = !url.includes('/auth/')
      const socket = transport.openSocket(url, {
        ...handlers,
        onOpen: () => handlers.onOpen(),
        onClose: (code, reason) => handlers.onClose(code, reason),
        onText: (text) => {
          if (isPublic) apart(() => handlers.onText(text))
          else handlers.onText(text)
        },
      })
      return {
        close: () => socket.close(),
        send: (text) => {
          const wasSent = socket.send(text)
          if (!isPublic && text.includes('"add_order"')) stamps.onOrder(nowUs())
          return wasSent
        },
      }
    },
  }
}

function intentAt(index: number, price: Decimal, held: Decimal): Intent {
  return {
    intentId: intentId(`bench:${index}`),
    botId: botId('trend-btc'),
    strategyId: strategyId('trend-following'),
    instrumentId: BTC,
    kind: 'enter',
    target: { kind: 'quantity', quantity: add(held, '0.0016' as Decimal) },
    stopPrice: null,
    takeProfitPrice: null,
    conviction: 1,
    timeframe: '1m',
    decidedOnMs: 1_767_571_200_000 + index,
    routing: { kind: 'limit', limitPrice: price, postOnly: false },
    metadata: {},
  }
}

async function measure(durability: 'process' | 'power'): Promise<readonly Figure[]> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5))
  const dir = mkdtempSync(join(tmpdir(), 'troupe-bench-'))
  const store = openStore({ dataDir: dir, durability })
  const journal = openJournal(store, clock)
  const base = loadConfig({
    configDir: join(import.meta.dir, '..', 'config'),
    file: null,
    // As many orders as the bench can send, some of them alike.
    options: { risk: { dailyNotionalMax: '100000000', duplicateWindowMs: null, messagesPerSecMax: 100_000, executionsMax: 100_000 } },
  })
  // The strategy itself is asked once a day: the bench decides, on the quote that has just come.
  const bots = base.bots
    .filter((bot) => bot.id === 'trend-btc')
    .map((bot) => ({ ...bot, parameters: { ...bot.parameters, timeframes: ['1d'] } }))
  const venues = createVirtualVenues({
    clock,
    seed: '42',
    store: openMemoryStore(),
    log: quiet,
    source: { kind: 'seeded' },
    settings: { stepMs: 1_000, tradeEveryMs: 5_000, tier: 'pro', hasLimits: false },
  })
  const stamps: { inUs: number; onOrder: (us: number) => void } = { inUs: 0, onOrder: () => undefined }
  const runtime = createRuntime({
    config: { ...atEmulator(base, VIRTUAL_KRAKEN), bots },
    tag: 'beac00',
    version: 'bench',
    schemaVersion: 1,
    shownConfig: null,
    ports: {
      clock,
      random: new SeededRandom('bench'),
      transport: stamped(clock, venues.transport, stamps),
      journal,
      marks: new SqliteMarks(store),
      bars: new BarFiles(join(dir, 'bars')),
      snapshots: new MemorySnapshots(),
      history: new MemoryHistory(),
      secrets: venues.secrets,
      alerter: new AlertHub({ clock, log: quiet }),
      log: quiet,
      inspect: null,
    },
  })
  venues.emulator.start()
  runtime.start()
  const { company } = runtime
  const isReady = () => company.director.state === 'TRADING' && (company.bots.get(botId('trend-btc'))?.isTrading ?? false)
  for (let minute = 0; !isReady(); minute++) {
    if (minute > 10) throw new Error(`the company does not trade: ${company.director.state}`)
    clock.advance(60_000)
  }

  const samples: number[] = []
  const terms = {
    routing: { style: 'limit' as const, slippageBpsMax: '50' as Decimal, timeInForce: 'ioc' as const },
    sizing: { method: 'fixed' as const, orderNotional: '100' as Decimal, orderNotionalMin: '20' as Decimal, scale: '1' as Decimal },
    isOperatorFlatten: false,
    shouldPreview: false,
  }
  const onQuote = company.market.onQuote.bind(company.market)
  let index = 0
  let isBusy = false
  stamps.onOrder = (us) => {
    if (index > WARM) samples.push(us - stamps.inUs)
  }
  company.market.onQuote = (quote) => {
    onQuote(quote)
    if (quote.instrumentId !== BTC || isBusy || samples.length >= ORDERS) return
    isBusy = true
    const price = String(Math.floor(Number(quote.bidPrice) * 0.997)) as Decimal
    void company.desk.execute(intentAt(index++, price, company.portfolio.positionOf(botId('trend-btc'), BTC)), terms).then((result) => {
      if (result?.results[0]?.kind !== 'sent') throw new Error(`no order was sent: ${JSON.stringify(result)}`)
      isBusy = false // an IOC order away from the market ends by itself
    })
  }
  for (let hour = 0; samples.length < ORDERS; hour++) {
    if (hour > 20) throw new Error(`only ${samples.length} orders were sent`)
    clock.advance(3_600_000)
    Bun.gc(true)
  }
  venues.emulator.stop()
  await journal.close()
  store.close()
  rmSync(dir, { recursive: true })
  return [
    { name: `tick to order: market message to order bytes, ${durability}, p50`, value: percentile(samples, 0.5), unit: 'us' },
    { name: `tick to order: market message to order bytes, ${durability}, p99`, value: percentile(samples, 0.99), unit: 'us' },
  ]
}

report([...(await measure('process')), ...(await measure('power'))])
process.exit(0)

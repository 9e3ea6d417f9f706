import { expect, test } from 'bun:test'
import { configSchema } from '#config/schema'
import { loadConfig } from '#config/load'
import { checkConfig } from '#cli/preflight'
import { soleTeam, teamOf } from '#actors/bots/bot-team'
import { decimal } from '#domain/decimal'
import { mustExist } from '#domain/errors'
import { checkLookahead, checkWarmUp } from '#sim/backtest/lookahead'
import { planBacktest } from '#sim/backtest/plan'
import { runBacktest } from '#sim/backtest/run'
import { ensembleOf } from '#strategies/ensemble'
import { configureStrategy, entry } from '#strategies/registry'
import { seededBars } from '#test/backtest/seeded-bars'
import { fade } from './fixtures/fade'

const RECIPE = await Bun.file('docs/recipes/add-a-strategy.md').text()
const FADE = entry(fade)

/** The blocks of the page in a language, without their indent. */
function blocksOf(language: string): readonly string[] {
  return [...RECIPE.matchAll(new RegExp(`^   \`\`\`${language}\\n([\\s\\S]*?)^   \`\`\`$`, 'gm'))].map(([, block = '']) =>
    block.replace(/^ {3}/gm, ''),
  )
}

/** The bot of a configuration on the page; the schema holds it to every rule. */
function botOf(yaml: string) {
  return mustExist(configSchema.parse(Bun.YAML.parse(yaml)).bots[0], 'no bot')
}

test('STR-22 the strategy on the page is the one that is run here', async () => {
  const [onPage = ''] = blocksOf('ts')
  const run = await Bun.file('test/strategies/fixtures/fade.ts').text()
  expect(run).toBe(onPage.replaceAll("from './", "from '#strategies/"))
})

test('STR-22 one file and its configuration trade, deterministically, and look at nothing ahead', () => {
  const [alone = ''] = blocksOf('yaml')
  const bot = botOf(alone)
  expect([bot.strategy, bot.enabled]).toEqual(['fade', true])
  const strategy = FADE.configure(bot.parameters)
  const size = { kind: 'notional', notional: decimal(bot.orderNotional) } as const
  const run = () => runBacktest(planBacktest({ columns: seededBars('recipe', 4_000), size, strategy })).report
  const report = run()
  expect(report.trades.length).toBeGreaterThan(20)
  expect(run().trades).toEqual(report.trades)
  expect(checkLookahead(strategy, seededBars('recipe ahead', 600))).toBeNull()
  expect(checkWarmUp(strategy, seededBars('recipe warm', 900))).toBeNull()
  expect(soleTeam(strategy).aggregation).toBeNull()
  expect(() => FADE.configure({ dipBps: 0 })).toThrow('dipBps = 0')
})

test('STR-22 STR-05 beside another one in one bot both trade', () => {
  const [, both = ''] = blocksOf('yaml')
  const bot = botOf(both)
  expect(bot.strategies.map(({ strategy, enabled }) => [strategy, enabled])).toEqual([
    ['fade', true],
    ['rules', true],
  ])
  const [first, second] = bot.strategies
  // Registered as step 2 of the page says it would be among the others; so it is put beside them by hand.
  const strategy = ensembleOf([
    FADE.configure(first?.parameters),
    configureStrategy('rules', { ...second?.parameters, minConviction: 0.5 }),
  ])
  const { members, aggregation } = teamOf({
    ...bot,
    strategies: bot.strategies.map((one) => ({ ...one, strategy: one.strategy === 'fade' ? 'ema-cross' : one.strategy })),
  })
  const named = members.map((member) => (member.strategyId === 'ema-cross' ? { ...member, strategyId: fade.strategyId } : member))
  const size = { kind: 'notional', notional: decimal(bot.orderNotional) } as const
  const { runtime } = runBacktest(
    planBacktest({ columns: seededBars('recipe', 6_000), size, strategy, team: { members: named, aggregation, bounds: null } }),
  )
  const traders = new Set(runtime.company.portfolio.scores.trades.map(({ strategyId }) => String(strategyId)))
  expect(traders).toEqual(new Set(['fade', 'rules']))
})

test('STR-03 MKT-01 the example of a universe and several strategies would start', () => {
  const sources = { configDir: 'config', file: 'config/examples/universe.yaml', options: {} }
  const config = loadConfig(sources)
  const enabled = loadConfig({ ...sources, options: { bots: config.bots.map((bot) => ({ ...bot, enabled: true })) } })
  checkConfig(enabled, {
    krakenApiKey: null,
    krakenApiSecret: null,
    krakenApiSecretFile: null,
    apiToken: null,
    alertWebhook: null,
    dataDir: null,
  })
  expect(config.bots.filter((bot) => bot.enabled)).toEqual([])
})

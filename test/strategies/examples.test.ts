import { expect, test } from 'bun:test'
import { checkConfig } from '#cli/preflight'
import { loadConfig } from '#config/load'
import { configureStrategy, STRATEGIES } from '#strategies/registry'

const sources = { configDir: 'config', file: 'config/examples/strategies.yaml', options: {} }
const config = loadConfig(sources)

test('STR-03 an example config has one bot of each strategy, all disabled, and would start', () => {
  expect(config.bots.map((bot) => bot.strategy).sort()).toEqual(STRATEGIES.map((entry) => String(entry.strategyId)))
  expect(config.bots.filter((bot) => bot.enabled)).toEqual([])
  const enabled = loadConfig({ ...sources, options: { bots: config.bots.map((bot) => ({ ...bot, enabled: true })) } })
  const environment = {
    krakenApiKey: null,
    krakenApiSecret: null,
    krakenApiSecretFile: null,
    apiToken: null,
    alertWebhook: null,
    dataDir: null,
  }
  checkConfig(enabled, environment)
})

test('STR-03 its parameters are the defaults', () => {
  for (const { strategy: name, parameters } of config.bots) {
    const strategy = name ?? ''
    expect(configureStrategy(strategy, parameters).parameters).toEqual(configureStrategy(strategy, {}).parameters)
  }
})

test('STR-03 the defaults enable no strategy that was not chosen for the sandbox, and name all there are', async () => {
  const defaults = loadConfig({ ...sources, file: null })
  expect([...new Set(defaults.bots.map((bot) => bot.strategy))]).toEqual(['trend-following'])
  const text = await Bun.file('config/default.yaml').text()
  for (const { strategyId } of STRATEGIES) expect(text).toContain(strategyId)
})

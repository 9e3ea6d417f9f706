import { JSON_FLAG } from './command'
import { clientOf, notRunning, presenceOf } from './locate'
import type { RiskAction } from './risk-action'
import { type RiskReport, riskText } from './risk-lines'
import { findDataDir } from './world-options'

/** `troupe risk show`: which limits exist, what each stands at, where each comes from, and what holds now. */
export const riskShow: RiskAction = {
  name: 'show',
  usage: '',
  options: [{ name: 'bot', value: 'ID', text: 'show: what one bot is held to' }, JSON_FLAG],
  run: async (args) => {
    const dataDir = findDataDir(args)
    const presence = presenceOf(dataDir)
    if (presence.kind !== 'running' || presence.api === null) throw notRunning(dataDir, presence)
    const client = clientOf(presence.api)
    const [limits, risk, emergencies] = await Promise.all([client.limits(args.text('bot')), client.risk(), client.emergencies()])
    const { mode, killSwitch, breakers, throttles, reducing } = risk
    const report: RiskReport = { ...limits, mode, killSwitch, breakers, throttles, reducing, emergencies }
    console.log(args.flag('json') ? JSON.stringify(report) : riskText(report))
    return 0
  },
}

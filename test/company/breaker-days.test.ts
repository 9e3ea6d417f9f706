// Whole companies in virtual time, each in a process with a zone of its own.
import { expect, test } from 'bun:test'

for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York', 'Pacific/Chatham'])
  test(`RSK-08 PAIN-16 two losses of 3 % halt all within one UTC day and nobody with midnight between them, in ${zone} too`, () => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, `${import.meta.dir}/fixtures/midnight-losses.ts`], {
      env: { ...process.env, TZ: zone },
    })
    expect(exitCode, stderr.toString()).toBe(0)
    const lines = stdout.toString().trim().split('\n')
    expect(lines.length).toBe(6)
    for (const [index, line] of lines.entries()) {
      const isOneDay = index % 2 === 0
      expect(line).toMatch(isOneDay ? /^TRADING HALTED dailyLoss:company 0\.0[5-7]\d$/ : /^TRADING TRADING {2}0\.0[34]\d$/)
    }
  }, 60_000)

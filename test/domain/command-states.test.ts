import { expect, test } from 'bun:test'
import { BOT_COMMAND_STATES, COMPANY_COMMAND_STATES, commandRefusal } from '#domain/command-states'

test('RUN-12 a bot takes each command in its states alone, and says where else it would', () => {
  expect(commandRefusal(BOT_COMMAND_STATES, 'start', 'IDLE')).toBeNull()
  expect(commandRefusal(BOT_COMMAND_STATES, 'start', 'ACTIVE')).toBe('start is possible in IDLE, STOPPED, ERROR')
  expect(commandRefusal(BOT_COMMAND_STATES, 'reset', 'PAUSED')).toBe('reset is possible in HALTED')
})

test('RUN-12 the company can be halted in every state but while it ends', () => {
  for (const state of ['BOOTING', 'CHECKING', 'TRADING', 'PAUSED', 'HALTED'])
    expect(commandRefusal(COMPANY_COMMAND_STATES, 'halt', state)).toBeNull()
  for (const state of ['STOPPING', 'STOPPED', 'FAILED']) expect(commandRefusal(COMPANY_COMMAND_STATES, 'halt', state)).not.toBeNull()
})

import type { ReactNode } from 'react'
import { api, read } from './client'
import { CommandButton } from './command-button'
import { HaltIcon, PauseIcon, ResetIcon, ResumeIcon, StartIcon, StopIcon } from './icons'
import type { Bot } from './queries'
import { runCommand, useAsk } from './use-command'

type Command = keyof Bot['commands']

const BUTTONS: readonly { readonly command: Command; readonly label: string; readonly icon: ReactNode }[] = [
  { command: 'start', label: 'Start', icon: <StartIcon /> },
  { command: 'pause', label: 'Pause', icon: <PauseIcon /> },
  { command: 'resume', label: 'Resume', icon: <ResumeIcon /> },
  { command: 'stop', label: 'Stop', icon: <StopIcon /> },
  { command: 'halt', label: 'Halt', icon: <HaltIcon /> },
  { command: 'reset', label: 'Reset', icon: <ResetIcon /> },
]

const CONFIRM_TEXTS: Readonly<Partial<Record<Command, string>>> = {
  stop: 'The bot cancels its working orders and ends in order. Its position stays. It can be started again.',
  halt: 'The bot stops at once and its orders are canceled. Its position stays. It must be reset before it can start again.',
}

/** The six commands of one bot. Stop and halt ask first. */
export function BotActions({ bot }: { readonly bot: Bot }) {
  const ask = useAsk()
  const send = (command: Command, label: string, reason: string): void =>
    runCommand(`${label} ${bot.botId}`, () =>
      read(api.bots[':botId'][':command'].$post({ param: { botId: bot.botId, command }, json: { reason, confirm: true } })),
    )
  const press = (command: Command, label: string): void => {
    const text = CONFIRM_TEXTS[command]
    if (text === undefined) {
      send(command, label, '')
      return
    }
    ask({
      title: `${label} ${bot.botId}`,
      text,
      word: null,
      action: label,
      hasReason: true,
      choices: null,
      onConfirm: (reason) => send(command, label, reason),
    })
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields.
    <div className="commands" role="group" aria-label={`Commands for ${bot.botId}`}>
      {BUTTONS.map(({ command, label, icon }) => (
        <CommandButton
          key={command}
          label={label}
          target={bot.botId}
          icon={icon}
          isCompact
          isDanger={command === 'halt'}
          refusal={bot.commands[command]}
          onPress={() => press(command, label)}
        />
      ))}
    </div>
  )
}

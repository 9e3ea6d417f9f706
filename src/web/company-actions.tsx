import { useQuery } from '@tanstack/react-query'
import { api, read } from './client'
import { CommandButton } from './command-button'
import { HaltIcon, PauseIcon, ResetIcon, ResumeIcon } from './icons'
import { queries } from './queries'
import { runCommand, useAsk } from './use-command'

const TARGET = 'the whole company'

/** Pause, resume, halt and reset of everything. */
export function CompanyActions() {
  const ask = useAsk()
  const commands = useQuery(queries.company).data?.commands
  if (commands === undefined) return null
  const send = (command: keyof typeof commands, label: string, reason: string): void =>
    runCommand(`${label} ${TARGET}`, () => read(api.company[':command'].$post({ param: { command }, json: { reason, confirm: true } })))
  const confirm = (command: keyof typeof commands, label: string, text: string): void =>
    ask({
      title: `${label} ${TARGET}`,
      text,
      word: null,
      action: label,
      hasReason: true,
      choices: null,
      onConfirm: (reason) => send(command, label, reason),
    })
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields.
    <div className="commands" role="group" aria-label="Commands for the whole company">
      <CommandButton label="Pause all" target="" icon={<PauseIcon />} refusal={commands.pause} onPress={() => send('pause', 'Pause', '')} />
      <CommandButton
        label="Resume all"
        target=""
        icon={<ResumeIcon />}
        refusal={commands.resume}
        onPress={() => send('resume', 'Resume', '')}
      />
      <CommandButton
        label="Halt all"
        target=""
        icon={<HaltIcon />}
        isDanger
        refusal={commands.halt}
        onPress={() => confirm('halt', 'Halt', 'Every bot stops at once and every working order is canceled. Positions stay.')}
      />
      {commands.reset === null ? (
        <CommandButton
          label="Reset"
          target=""
          icon={<ResetIcon />}
          refusal={commands.reset}
          onPress={() => confirm('reset', 'Reset', 'Ends the halt. Bots stay stopped until each is reset and started.')}
        />
      ) : null}
    </div>
  )
}

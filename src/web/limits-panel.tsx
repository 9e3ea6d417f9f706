import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { CommandButton } from './command-button'
import { type Column, DataTable } from './data-table'
import { money, NONE, quantity } from './format'
import { Meter } from './meter'
import { Panel } from './panel'
import { type Limit, queries } from './queries'

/** Sums of money to the cent, counts and times as they are. */
function figure(text: string | null, { unit }: Limit): string {
  if (text === null) return NONE
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text
  return /^[A-Z]{3,}$/.test(unit) ? money(text) : quantity(text)
}

function Use({ limit }: { readonly limit: Limit }) {
  const { usedRatio, holds, what, scope, used, unit } = limit
  return (
    <>
      <span className="cell-figure">
        {figure(used, limit)} {used === null ? '' : unit}
        {usedRatio === null ? null : <span className="quiet"> {Math.round(usedRatio * 100)} %</span>}
      </span>
      {usedRatio === null ? null : <Meter what={`${what}, ${scope}`} share={usedRatio} />}
      {holds === null ? null : (
        <span className="cell-note" data-tone="warn">
          Holds: {holds}
        </span>
      )}
    </>
  )
}

const COLUMNS: readonly Column<Limit>[] = [
  {
    header: 'Limit',
    isWide: true,
    render: ({ what, check, scope }) => (
      <>
        <span className="cell-title">{what}</span>
        <span className="cell-note">
          {check}, {scope}
        </span>
      </>
    ),
  },
  { header: 'Used', isWide: true, render: (limit) => <Use limit={limit} /> },
  { header: 'Filled', isFigure: true, render: (limit) => figure(limit.filled, limit) },
  { header: 'Working', isFigure: true, render: (limit) => figure(limit.working, limit) },
  { header: 'Limit now', isFigure: true, render: (limit) => figure(limit.limit, limit) },
  { header: 'Headroom', isFigure: true, render: (limit) => figure(limit.headroom, limit) },
  {
    header: 'Set to',
    render: ({ configured, basis, limit }) => (configured === null ? (limit === null ? 'off' : NONE) : `${configured} ${basis}`),
  },
  { header: 'Source', render: ({ source }) => source },
]

const keyOf = ({ check, scope, what, configured, source }: Limit): string => [check, scope, what, configured, source].join(' ')

/** What holds comes first, then the most used. */
function sorted(limits: readonly Limit[]): readonly Limit[] {
  const rank = ({ holds, usedRatio }: Limit) => (holds === null ? (usedRatio ?? -1) : Number.POSITIVE_INFINITY)
  return limits.toSorted((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    return left === right ? 0 : right - left
  })
}

/** Besides what holds, so many of the most used are shown at first. */
const SHOWN = 10

/** Every limit of the gate: what is used of it, what still passes, and where it comes from. */
export function LimitsPanel() {
  const { data } = useQuery(queries.limits)
  const [isWhole, setIsWhole] = useState(false)
  const all = data?.limits ?? []
  const holding = all.filter(({ holds }) => holds !== null).length
  const rows = sorted(all)
  const scale = data === undefined || data.capScale === '1' ? '' : `, caps × ${data.capScale}`
  const toggle = isWhole ? 'Show the most used' : `Show all ${all.length}`
  return (
    <Panel
      title="Limits"
      area="limits"
      note={`${holding === 0 ? 'none holds' : `${holding} ${holding === 1 ? 'holds' : 'hold'}`}${scale}`}
      actions={<CommandButton label={toggle} target="" refusal={null} onPress={() => setIsWhole(!isWhole)} />}
    >
      <DataTable
        caption="Limits and what they stand at"
        columns={COLUMNS}
        rows={isWhole ? rows : rows.slice(0, holding + SHOWN)}
        rowKey={keyOf}
        empty="No limit is known yet."
      />
      {(data?.unknown.length ?? 0) === 0 ? null : (
        <p className="empty">The venue has not told yet of {data?.unknown.join(', ')}: nothing on it passes.</p>
      )}
    </Panel>
  )
}

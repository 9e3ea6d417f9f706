import type { TroupeConfig } from '#config/schema'
import { decimal } from '#domain/decimal'
import { AppError } from '#domain/errors'
import { assetCode, type VenueId } from '#domain/ids'
import type { LogPort } from '#ports/alerter'
import type { ClockPort } from '#ports/clock'
import type { JournalPort } from '#ports/journal'
import type { RandomPort } from '#ports/random'
import type { SecretsPort } from '#ports/secrets'
import type { SnapshotPort } from '#ports/store'
import type { VenuePort } from '#ports/venue'
import type { PaperSettings } from '#sim/paper/settings'
import { PaperVenue } from '#sim/paper/venue'

type Configured = Pick<TroupeConfig, 'mode' | 'paper'>

/** Which sides of a venue an adapter opens. */
export interface VenueSides {
  /** Private questions are asked with keys. */
  readonly usesPrivate: boolean
  /** The account's own stream is opened, and orders can be placed. */
  readonly usesPrivateStream: boolean
}

/** True where orders and money are the paper engine's: prices are real, nothing is placed. */
function isPaper({ mode }: Configured): boolean {
  return mode === 'dry_run' || mode === 'paper'
}

/** Returns the sides that a mode opens (RUN-10): all of them with an account, else public data, and with keys the venue's check of orders. */
export function sidesOf(config: Configured, secrets: SecretsPort, venueId: VenueId): VenueSides {
  if (!isPaper(config)) return { usesPrivate: true, usesPrivateStream: true }
  return { usesPrivate: checksAtVenue(config, secrets, venueId), usesPrivateStream: false }
}

/** What the paper engine runs on. */
export interface ModePorts {
  readonly clock: ClockPort
  readonly random: RandomPort
  readonly journal: JournalPort
  readonly snapshots: SnapshotPort
  readonly secrets: SecretsPort
  readonly log: LogPort
}

/** Returns a venue as the mode has it: the adapter itself, or the paper engine over its public side. */
export function asModeHasIt(venue: VenuePort, config: Configured, ports: ModePorts): VenuePort {
  if (!isPaper(config)) return venue
  return new PaperVenue({ ...ports, inner: venue, settings: paperSettingsOf(config, checksAtVenue(config, ports.secrets, venue.venueId)) })
}

function paperSettingsOf({ mode, paper }: Configured, isChecked: boolean): PaperSettings {
  return {
    ...paper,
    balances: new Map(Object.entries(paper.balances).map(([asset, amount]) => [assetCode(asset), decimal(amount)])),
    fees: paper.fees === null ? null : { makerBps: decimal(paper.fees.makerBps), takerBps: decimal(paper.fees.takerBps) },
    takesOrders: mode === 'paper',
    checksAtVenue: isChecked,
  }
}

/** The venue can be asked to check orders only with keys, and never in a dry run: nothing is handed to it. */
function checksAtVenue({ mode, paper }: Configured, secrets: SecretsPort, venueId: VenueId): boolean {
  return mode === 'paper' && paper.validateAtVenue && hasKeys(secrets, venueId)
}

function hasKeys(secrets: SecretsPort, venueId: VenueId): boolean {
  try {
    secrets.credentials(venueId)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'CREDENTIALS_MISSING') return false
    throw error
  }
}

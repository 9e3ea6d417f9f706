import { DEFAULT_ASYNCHRONY } from '#sim/coinbase/asynchrony'
import { venueConformance } from '../conformance'
import { CoinbaseBench } from './emulator-bench'

/** Forms of answers that sources tell differently of. */
const OTHER_FORMS = {
  userProductId: 'canonical',
  acknowledges: 'last',
  editAnswer: 'documented',
  rateLimitBody: 'empty',
  fokUnfillable: 'refuse',
  hasSingleUseNonces: true,
  emptyWallets: 300,
} as const

venueConformance('coinbase', () => new CoinbaseBench())
venueConformance('coinbase, lists that lag', () => new CoinbaseBench({ settings: { asynchrony: DEFAULT_ASYNCHRONY } }))
venueConformance('coinbase, an Ed25519 key', () => new CoinbaseBench({ algorithm: 'EdDSA' }))
venueConformance('coinbase, other forms', () => new CoinbaseBench({ settings: OTHER_FORMS }))

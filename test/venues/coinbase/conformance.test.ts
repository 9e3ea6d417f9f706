import { DEFAULT_ASYNCHRONY } from '#sim/coinbase/asynchrony'
import { venueConformance } from '../conformance'
import { CoinbaseBench } from './emulator-bench'

venueConformance('coinbase', () => new CoinbaseBench())
venueConformance('coinbase, lists that lag', () => new CoinbaseBench({ settings: { asynchrony: DEFAULT_ASYNCHRONY } }))
venueConformance('coinbase, an Ed25519 key', () => new CoinbaseBench({ algorithm: 'EdDSA' }))

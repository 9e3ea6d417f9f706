import { venueConformance } from '../conformance'
import { CoinbaseBench } from './emulator-bench'

venueConformance('coinbase', () => new CoinbaseBench())

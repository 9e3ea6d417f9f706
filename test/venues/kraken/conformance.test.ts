import { venueConformance } from '../conformance'
import { KrakenBench } from './emulator-bench'

venueConformance('kraken', () => new KrakenBench())

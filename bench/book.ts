// Book frames through the adapter's reader and book: raw text in, sound view out, the checksum of every message verified.
import { bookFrames } from './book-frames'
import { ratePerSec, report } from './report'

const { frames, apply } = bookFrames()
let unsound = 0
const rate = ratePerSec(1_500, (index) => {
  if (!apply(frames[index % frames.length] ?? '')) unsound++
})
if (unsound > 0) throw new Error(`${unsound} frames were unsound: the bench measures nothing`)
report([
  { name: 'book: update frames with checksum, text to view', value: rate, unit: '/s' },
  { name: 'book: one update frame', value: 1_000_000 / rate, unit: 'us' },
])

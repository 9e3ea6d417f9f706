import { AppError } from '#domain/errors'

/** How the cells of a column are read. A side is 1 for `buy` and −1 for `sell`; text is passed over. */
export type CsvCell = 'number' | 'side' | 'text'

/** One form that a file may have: its exact header, and how each column is read. */
export interface CsvForm {
  readonly header: string
  readonly cells: readonly CsvCell[]
}

/** The cells of a file as doubles, a column each; of a column of text zeros. Row `index` stands in line `index + 2`. */
export interface CsvTable<F extends CsvForm> {
  readonly form: F
  readonly fields: readonly string[]
  readonly count: number
  readonly columns: readonly Float64Array[]
}

/** What is wrong in a file. `row` counts lines from 1, the header included, as an editor does; 0 for the file as a whole. */
export interface CsvFault {
  readonly row: number
  readonly field: string
  readonly value: string
  readonly rule: string
}

/** Lines between two calls of `onProgress`. */
const PROGRESS_EVERY = 1 << 18
/** So many digits make a whole number that a double holds exactly. */
const DIGITS_MAX = 15
const POWERS = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, exponent) => Number(`1e${exponent}`))
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const LINE_FEED = 10
const RETURN = 13
const SPACE = 32
const COMMA = 44
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** Returns the error for a file that cannot be used. */
export function csvError(file: string, fault: CsvFault, cause: unknown = undefined): AppError {
  const { row, field, value, rule } = fault
  const where = row === 0 ? '' : ` row ${row}, field ${field}, value "${value.slice(0, 60)}":`
  return new AppError(`${file}:${where} ${rule}`, {
    code: 'REPLAY_INVALID',
    severity: 'HIGH',
    cause,
    details: { file, ...fault, value: value.slice(0, 200) },
  })
}

/**
 * Reads CSV bytes of one of several forms. Line ends of other systems, a byte-order mark and empty lines at the end are accepted.
 * @param onProgress called with the share read, 0 to 1.
 * @throws {AppError} `REPLAY_INVALID` with file, row, field, value and rule, at the first line that is not of the form.
 */
export function readCsv<F extends CsvForm>(
  file: string,
  bytes: Uint8Array,
  forms: readonly F[],
  onProgress: (share: number) => void = () => undefined,
): CsvTable<F> {
  const end = contentEnd(bytes)
  const start = BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? BYTE_ORDER_MARK.length : 0
  const headerEnd = lineEnd(bytes, start, end)
  const form = formOf(file, textOf(bytes, start, headerEnd), forms)
  const fields = form.header.split(',')
  const capacity = countLines(bytes, headerEnd, end)
  const columns = form.cells.map(() => new Float64Array(capacity))
  let count = 0
  for (let at = headerEnd + 1; at < end; ) {
    const stop = lineEnd(bytes, at, end)
    readLine({ file, form, fields, bytes, columns }, at, trimmed(bytes, at, stop), count)
    at = stop + 1
    count++
    if ((count & (PROGRESS_EVERY - 1)) === 0) onProgress(at / end)
  }
  return { form, fields, count, columns }
}

function formOf<F extends CsvForm>(file: string, header: string, forms: readonly F[]): F {
  const found = forms.find((form) => form.header === header)
  if (found !== undefined) return found
  const given = new Set(header.split(','))
  const nearest = forms.map((form) => form.header.split(',').filter((field) => !given.has(field))).sort((a, b) => a.length - b.length)[0]
  const lacks = nearest === undefined || nearest.length === 0 || header === '' ? '' : `; it lacks ${nearest.join(', ')}`
  throw csvError(file, {
    row: 1,
    field: 'header',
    value: header,
    rule: `must be ${forms.map((form) => `"${form.header}"`).join(' or ')}${lacks}`,
  })
}

interface LineTarget {
  readonly file: string
  readonly form: CsvForm
  readonly fields: readonly string[]
  readonly bytes: Uint8Array
  readonly columns: readonly Float64Array[]
}

function readLine(target: LineTarget, from: number, to: number, index: number): void {
  const { form, bytes, columns } = target
  const { cells } = form
  let at = from
  for (let field = 0; field < cells.length; field++) {
    let stop = at
    while (stop < to && bytes[stop] !== COMMA) stop++
    const isLast = field === cells.length - 1
    if (isLast !== (stop === to)) throw columnFault(target, from, to, index)
    const cell = cells[field]
    const value = cell === 'number' ? numberAt(bytes, at, stop) : cell === 'side' ? sideAt(bytes, at, stop) : 0
    if (Number.isNaN(value)) throw cellFault(target, at, stop, index, field)
    ;(columns[field] as Float64Array)[index] = value
    at = stop + 1
  }
}

function columnFault({ file, fields, bytes }: LineTarget, from: number, to: number, index: number): AppError {
  const text = textOf(bytes, from, to)
  const has = text.split(',').length
  const rule = `must have ${fields.length} columns and has ${has}`
  return csvError(file, { row: index + 2, field: fields[has] ?? 'row', value: text, rule })
}

function cellFault({ file, form, fields, bytes }: LineTarget, from: number, to: number, index: number, field: number): AppError {
  const rule = form.cells[field] === 'side' ? 'must be buy or sell' : 'must be a number'
  return csvError(file, { row: index + 2, field: fields[field] ?? '', value: textOf(bytes, from, to).trim(), rule })
}

/** Returns the double nearest to the number in the bytes; NaN when there is none. Plain digits are read without making a text. */
function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let [units, digits, scale, at] = [0, 0, -1, from]
  const isMinus = bytes[at] === 45
  if (isMinus) at++
  for (; at < to; at++) {
    const code = bytes[at] as number
    if (code >= 48 && code <= 57) {
      units = units * 10 + (code - 48)
      digits++
      if (scale >= 0) scale++
    } else if (code === 46 && scale < 0) scale = 0
    else return slowNumber(bytes, from, to)
  }
  if (digits === 0 || digits > DIGITS_MAX) return slowNumber(bytes, from, to)
  // Both are exact, so their quotient is the nearest double of the decimal.
  const value = scale > 0 ? units / (POWERS[scale] as number) : units
  return isMinus ? -value : value
}

function slowNumber(bytes: Uint8Array, from: number, to: number): number {
  const text = textOf(bytes, from, to).trim()
  return NUMBER.test(text) ? Number(text) : Number.NaN
}

function sideAt(bytes: Uint8Array, from: number, to: number): number {
  const text = textOf(bytes, from, to).trim()
  return text === 'buy' ? 1 : text === 'sell' ? -1 : Number.NaN
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to)).trimEnd()
}

function lineEnd(bytes: Uint8Array, from: number, end: number): number {
  const found = bytes.indexOf(LINE_FEED, from)
  return found < 0 || found > end ? end : found
}

function trimmed(bytes: Uint8Array, from: number, to: number): number {
  let stop = to
  while (stop > from && (bytes[stop - 1] === RETURN || bytes[stop - 1] === SPACE)) stop--
  return stop
}

/** Empty lines at the end are none. */
function contentEnd(bytes: Uint8Array): number {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === LINE_FEED || bytes[end - 1] === RETURN || bytes[end - 1] === SPACE)) end--
  return end
}

function countLines(bytes: Uint8Array, from: number, end: number): number {
  let count = 0
  for (let at = from; at < end; count++) at = lineEnd(bytes, at + 1, end)
  return count
}

/** SHA-256 over columns of doubles, each led by its length. */
export class Hash {
  readonly #hasher = new Bun.CryptoHasher('sha256')

  add(column: Float64Array): void {
    this.#hasher.update(`${column.length};`)
    this.#hasher.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength))
  }

  hex(): string {
    return this.#hasher.digest('hex')
  }
}

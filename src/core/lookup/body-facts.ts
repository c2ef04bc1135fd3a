/** Bytes kept from the beginning of a body. */
const HEAD_BYTES = 1_024

/** Facts about a body that arrives in pieces, besides its rows. */
export class BodyFacts {
  /** Its first bytes. */
  head: Uint8Array = new Uint8Array()
  isUtf8 = true
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })

  /** In: the next piece; undefined at the end. */
  add(piece: Uint8Array | undefined): void {
    if (piece !== undefined && this.head.length === 0) this.head = piece.slice(0, HEAD_BYTES)
    if (!this.isUtf8) return
    try {
      this.#decoder.decode(piece, { stream: piece !== undefined })
    } catch {
      this.isUtf8 = false
    }
  }
}

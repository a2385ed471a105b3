/** Splitting a stream of bytes into lines, on the bytes: texts are made of whole lines only. */
import { Failure } from './failure.ts'

const NEWLINE = 0x0a
/** Longer than any object an API server stores (etcd's request limit is 1.5 MiB). */
export const LINE_BYTES = 10 << 20

export class LineSplitter {
  readonly #limit: number
  /** The bytes of a line that has not ended, and room for more: copied, so that a line that drips in keeps no chunk alive. */
  #kept = Buffer.alloc(0)
  #size = 0

  /** @param limit bytes of the longest line */
  constructor(limit = LINE_BYTES) {
    this.#limit = limit
  }

  /** Whether the last line has not ended. */
  get unfinished(): boolean {
    return this.#size > 0
  }

  /** The lines that end in `chunk`, without their newlines; empty lines are dropped. @throws Failure `garbage` for a line over the limit */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#complete(chunk.subarray(start, end))
      start = end + 1
      if (line.length > 0) yield line
    }
    this.#keep(chunk.subarray(start))
  }

  #complete(part: Buffer): Buffer {
    if (this.#size === 0) return this.#allowed(part)
    this.#keep(part)
    const line = this.#kept.subarray(0, this.#size)
    this.#kept = Buffer.alloc(0)
    this.#size = 0
    return line
  }

  #keep(part: Buffer): void {
    this.#allowed(part)
    if (this.#size + part.length > this.#kept.length) {
      const more = Buffer.allocUnsafe(Math.min(2 * (this.#size + part.length), this.#limit))
      this.#kept.copy(more, 0, 0, this.#size)
      this.#kept = more
    }
    part.copy(this.#kept, this.#size)
    this.#size += part.length
  }

  #allowed(part: Buffer): Buffer {
    if (this.#size + part.length > this.#limit) throw new Failure('garbage', `a line is longer than ${this.#limit} bytes`)
    return part
  }
}

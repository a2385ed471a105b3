/** Splitting a stream of bytes into lines, on the bytes: texts are made of whole lines only. */
import { Failure } from './failure.ts'

const NEWLINE = 0x0a
/** Longer than any object an API server stores (etcd's request limit is 1.5 MiB). */
export const LINE_BYTES = 10 << 20

export class LineSplitter {
  readonly #limit: number
  #parts: Buffer[] = []
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
      this.#add(chunk.subarray(start, end))
      start = end + 1
      const line = this.#take()
      if (line.length > 0) yield line
    }
    this.#add(chunk.subarray(start))
  }

  #add(part: Buffer): void {
    if (part.length === 0) return
    this.#size += part.length
    if (this.#size > this.#limit) throw new Failure('garbage', `a line is longer than ${this.#limit} bytes`)
    this.#parts.push(part)
  }

  #take(): Buffer {
    const [first = Buffer.alloc(0), ...more] = this.#parts
    const line = more.length === 0 ? first : Buffer.concat(this.#parts, this.#size)
    this.#parts = []
    this.#size = 0
    return line
  }
}

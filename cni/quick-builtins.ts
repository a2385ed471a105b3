/**
 * Functions of arrays, objects and buffers that JavaScriptCore and Bun have in JavaScript, and compile from their source when they are first
 * called: about 0.1 ms each. In our bundle they are bytecode like all else. For arrays without holes and of no class of their own, which are all
 * there are here.
 */

/** Called by an array method; the names are those of ECMA-262. */
type Callback<R> = (this: unknown, element: unknown, index: number, array: readonly unknown[]) => R

const METHODS = {
  map(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown[] {
    const result: unknown[] = []
    for (let index = 0; index < this.length; index++) result.push(callback.call(self, this[index], index, this))
    return result
  },
  flatMap(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown[] {
    const result: unknown[] = []
    for (let index = 0; index < this.length; index++) {
      const made = callback.call(self, this[index], index, this)
      if (!Array.isArray(made)) result.push(made)
      else for (let inner = 0; inner < made.length; inner++) result.push(made[inner])
    }
    return result
  },
  filter(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown[] {
    const result: unknown[] = []
    for (let index = 0; index < this.length; index++) {
      const element = this[index]
      if (callback.call(self, element, index, this)) result.push(element)
    }
    return result
  },
  find(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown {
    for (let index = 0; index < this.length; index++) {
      const element = this[index]
      if (callback.call(self, element, index, this)) return element
    }
    return undefined
  },
  findIndex(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): number {
    for (let index = 0; index < this.length; index++) if (callback.call(self, this[index], index, this)) return index
    return -1
  },
  some(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): boolean {
    for (let index = 0; index < this.length; index++) if (callback.call(self, this[index], index, this)) return true
    return false
  },
  every(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): boolean {
    for (let index = 0; index < this.length; index++) if (!callback.call(self, this[index], index, this)) return false
    return true
  },
}

/** A key may be `__proto__`, which only a definition makes an ordinary property. */
const fromEntries = (entries: Iterable<readonly [PropertyKey, unknown]>): object => {
  const result: Record<PropertyKey, unknown> = {}
  for (const [key, value] of entries) {
    if (key === '__proto__') Object.defineProperty(result, key, { value, writable: true, enumerable: true, configurable: true })
    else result[key] = value
  }
  return result
}

const { from } = Buffer

const bufferFrom = (source: unknown, encoding?: unknown, length?: unknown): Buffer => {
  if (typeof source === 'string' && (encoding === undefined || encoding === 'latin1')) {
    const buffer = Buffer.allocUnsafeSlow(Buffer.byteLength(source, encoding))
    buffer.write(source, encoding)
    return buffer
  }
  if (source instanceof Uint8Array || Array.isArray(source)) {
    const buffer = Buffer.allocUnsafeSlow(source.length)
    buffer.set(source)
    return buffer
  }
  return Reflect.apply(from, Buffer, [source, encoding, length])
}

const put = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, writable: true, configurable: true })
}

for (const [name, method] of Object.entries(METHODS)) put(Array.prototype, name, method)
put(Object, 'fromEntries', fromEntries)
put(Buffer, 'from', bufferFrom)

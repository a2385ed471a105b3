/**
 * Functions of arrays, objects and buffers that JavaScriptCore and Bun have in JavaScript, and compile from their source when they are first
 * called: about 0.1 ms each. In our bundle they are bytecode like all else. For arrays without holes and of no class of their own, which are all
 * there are here.
 */

/** Called by an array method; the names are those of ECMA-262. */
type Callback<R> = (element: unknown, index: number, array: readonly unknown[]) => R

/** Nobody here gives a callback a `this` of its own, and Function.prototype.call is another tenth of a millisecond; who does is obeyed all the same. */
const bound = <R>(callback: Callback<R>, self: unknown): Callback<R> =>
  self === undefined ? callback : (...parameters) => Reflect.apply(callback, self, parameters)

const METHODS = {
  map(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown[] {
    const action = bound(callback, self)
    const result: unknown[] = []
    for (let index = 0; index < this.length; index++) result.push(action(this[index], index, this))
    return result
  },
  flatMap(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown[] {
    const action = bound(callback, self)
    const result: unknown[] = []
    for (let index = 0; index < this.length; index++) {
      const made = action(this[index], index, this)
      if (!Array.isArray(made)) result.push(made)
      else for (let inner = 0; inner < made.length; inner++) result.push(made[inner])
    }
    return result
  },
  filter(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown[] {
    const action = bound(callback, self)
    const result: unknown[] = []
    for (let index = 0; index < this.length; index++) {
      const element = this[index]
      if (action(element, index, this)) result.push(element)
    }
    return result
  },
  find(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown {
    const action = bound(callback, self)
    for (let index = 0; index < this.length; index++) {
      const element = this[index]
      if (action(element, index, this)) return element
    }
    return undefined
  },
  findLast(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): unknown {
    const action = bound(callback, self)
    for (let index = this.length - 1; index >= 0; index--) {
      const element = this[index]
      if (action(element, index, this)) return element
    }
    return undefined
  },
  findIndex(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): number {
    const action = bound(callback, self)
    for (let index = 0; index < this.length; index++) if (action(this[index], index, this)) return index
    return -1
  },
  some(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): boolean {
    const action = bound(callback, self)
    for (let index = 0; index < this.length; index++) if (action(this[index], index, this)) return true
    return false
  },
  every(this: readonly unknown[], callback: Callback<unknown>, self?: unknown): boolean {
    const action = bound(callback, self)
    for (let index = 0; index < this.length; index++) if (!action(this[index], index, this)) return false
    return true
  },
  /** An array of them: here they are only gone through. */
  entries(this: readonly unknown[]): [number, unknown][] {
    const pairs: [number, unknown][] = []
    for (let index = 0; index < this.length; index++) pairs.push([index, this[index]])
    return pairs
  },
}

/** Array.from, of what can be iterated over and of what has a length. */
const arrayFrom = (source: Iterable<unknown> | ArrayLike<unknown>, make?: (element: unknown, index: number) => unknown): unknown[] => {
  const elements: unknown[] = []
  if (Symbol.iterator in Object(source)) for (const element of source as Iterable<unknown>) elements.push(element)
  else for (let index = 0; index < (source as ArrayLike<unknown>).length; index++) elements.push((source as ArrayLike<unknown>)[index])
  return make === undefined ? elements : elements.map((element, index) => make(element, index))
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
  return otherBuffer([source, encoding, length])
}

/** On its own: what a function names is looked for when it is first called, and Reflect takes 0.06 ms. */
const otherBuffer = (parameters: readonly unknown[]): Buffer => Reflect.apply(from, Buffer, parameters)

const put = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, writable: true, configurable: true })
}

for (const name of Object.keys(METHODS)) put(Array.prototype, name, METHODS[name as keyof typeof METHODS])
put(Object, 'fromEntries', fromEntries)
put(Array, 'from', arrayFrom)
put(Buffer, 'from', bufferFrom)

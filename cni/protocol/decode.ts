/**
 * Typed reading of a config by the rules of Go's encoding/json: keys match in any case and the last one wins, unknown keys are
 * ignored, null leaves the default, types are strict, and a mismatch is reported in Go's sentence. A plugin lists its fields:
 *
 *     const NET_CONF = struct('main.NetConf', { bridge: withDefault(string, 'cni0'), mtu: int })
 *     const { bridge, mtu } = decode(call.config, NET_CONF)
 */
import type { GoEntry, GoValue } from './json.ts'

/** Where a value stands: the Go name of the innermost struct, and the keys down to the field. */
export interface Place {
  readonly struct: string
  readonly path: string
}

/** Reads one type. */
export interface Decoder<T> {
  /** What Go calls the type, for messages. */
  readonly goType: string
  /** What an absent field holds. */
  readonly zero: T
  /** Whether null sets the field back to `zero` (Go's pointers and slices); otherwise null is as if the key were absent. */
  readonly nullable: boolean
  /** Null is read like any other value. */
  readonly readsNull?: true
  /** Reads a value; null only with `readsNull`. @throws Error with Go's sentence */
  read(value: GoValue, place: Place | undefined): T
}

export type Decoded<D> = D extends Decoder<infer T> ? T : never
export type Fields = Readonly<Record<string, Decoder<unknown>>>
type Struct<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> }

/** Reads a whole document or part. @throws Error `json: cannot unmarshal string into Go struct field NetConf.mtu of type int` */
export const decode = <T>(value: GoValue, decoder: Decoder<T>): T => (value.kind === 'null' ? decoder.zero : decoder.read(value, undefined))

/** Go's complaint about a value of the wrong type. */
export const mismatch = (found: string, goType: string, place: Place | undefined): Error => {
  const into = place === undefined ? 'Go value' : `Go struct field ${place.struct}.${place.path}`
  return new Error(`json: cannot unmarshal ${found} into ${into} of type ${goType}`)
}

export const string: Decoder<string> = {
  goType: 'string',
  zero: '',
  nullable: false,
  read: (value, place) => {
    if (value.kind !== 'string') throw mismatch(value.kind, 'string', place)
    return value.value
  },
}

export const bool: Decoder<boolean> = {
  goType: 'bool',
  zero: false,
  nullable: false,
  read: (value, place) => {
    if (value.kind !== 'bool') throw mismatch(value.kind, 'bool', place)
    return value.value
  },
}

/** Go's 64-bit int; what JavaScript cannot hold exactly is refused like what Go cannot hold. */
export const int: Decoder<number> = {
  goType: 'int',
  zero: 0,
  nullable: false,
  read: (value, place) => {
    if (value.kind !== 'number') throw mismatch(value.kind, 'int', place)
    const number = Number(value.text)
    if (!/^-?[0-9]+$/.test(value.text) || !Number.isSafeInteger(number)) throw mismatch(`number ${value.text}`, 'int', place)
    // Go has no negative zero.
    return number === 0 ? 0 : number
  },
}

/** An object as written, for what is passed on or read later. Absent: undefined. */
export const rawObject: Decoder<Extract<GoValue, { kind: 'object' }> | undefined> = {
  goType: 'map[string]interface {}',
  zero: undefined,
  nullable: true,
  read: (value, place) => {
    if (value.kind !== 'object') throw mismatch(value.kind, 'map[string]interface {}', place)
    return value
  },
}

/** A text that `parse` turns into a value, e.g. an address. `parse` throws the message for a bad text. */
export const text = <T>(goType: string, zero: T, parse: (text: string) => T): Decoder<T> => ({
  goType,
  zero,
  nullable: false,
  read: (value, place) => {
    if (value.kind !== 'string') throw mismatch(value.kind, goType, place)
    return parse(value.value)
  },
})

/** A field that tells absent (undefined) from its type's zero value, as a Go pointer does. */
export const optional = <T>({ goType, readsNull, read }: Decoder<T>): Decoder<T | undefined> => ({
  goType,
  zero: undefined,
  nullable: true,
  ...(readsNull && { readsNull }),
  read,
})

/** A field whose absence means something else than its type's zero value. */
export const withDefault = <T>(decoder: Decoder<T>, zero: T): Decoder<T> => ({ ...decoder, zero })

/** A list; absent and null are the empty list. A null item is the item type's zero value. `goType`: a named Go type. */
export const list = <T>(item: Decoder<T>, goType = `[]${item.goType}`): Decoder<readonly T[]> => ({
  goType,
  zero: [],
  nullable: true,
  read: (value, place) => {
    if (value.kind !== 'array') throw mismatch(value.kind, goType, place)
    return value.items.map((each) => (each.kind === 'null' ? item.zero : item.read(each, place)))
  },
})

/** An object with any keys, each of one type. */
export const map = <T>(item: Decoder<T>): Decoder<ReadonlyMap<string, T>> => ({
  goType: `map[string]${item.goType}`,
  zero: new Map(),
  nullable: true,
  read: (value, place) => {
    if (value.kind !== 'object') throw mismatch(value.kind, `map[string]${item.goType}`, place)
    return new Map(value.entries.map(([key, each]) => [key, each.kind === 'null' ? item.zero : item.read(each, place)]))
  },
})

/** What Go knows more of a struct than its fields. */
interface StructOptions {
  /** It has an UnmarshalJSON of its own: messages name the struct around it. */
  readonly readsItself?: boolean
  /** A struct that stands, nameless, inside it: messages name it before its fields, which stand among the others. */
  readonly embeds?: { readonly name: string; readonly fields: Fields }
}

/** An object with known fields. `goType` is the Go type's name with its package (`main.NetConf`), `struct {` for a nameless one. */
export const struct = <F extends Fields>(
  goType: string,
  fields: F,
  { readsItself = false, embeds }: StructOptions = {},
): Decoder<Struct<F>> => {
  // Made when they are needed: a call reads a few of the structs that there are.
  let names: ReadonlyMap<string, string> | undefined
  const nameOf = (key: string): string | undefined => {
    if (Object.hasOwn(fields, key)) return key
    names ??= new Map(Object.keys(fields).map((name) => [fold(name), name]))
    return names.get(fold(key))
  }
  const unqualified = goType.startsWith('struct {') ? '' : goType.slice(goType.indexOf('.') + 1)
  return {
    goType,
    get zero() {
      return completed({}, fields)
    },
    nullable: false,
    read: (value, place) => {
      if (value.kind !== 'object') throw mismatch(value.kind, goType, place)
      const seen = new Map<string, GoValue>()
      const result: Record<string, unknown> = {}
      for (const [key, written] of value.entries) {
        const name = nameOf(key)
        const decoder = name === undefined ? undefined : fields[name]
        if (name === undefined || decoder === undefined) continue
        const latest = following(seen.get(name), written)
        seen.set(name, latest)
        const own = embeds !== undefined && Object.hasOwn(embeds.fields, name) ? `${embeds.name}.${name}` : name
        const inside = { struct: readsItself && place !== undefined ? place.struct : unqualified, path: below(place, own) }
        if (latest.kind !== 'null' || decoder.readsNull) result[name] = decoder.read(latest, inside)
        else if (decoder.nullable) result[name] = decoder.zero
      }
      return completed(result, fields)
    },
  }
}

/** The same object, with a zero in each field that it does not have. */
const completed = <F extends Fields>(result: Record<string, unknown>, fields: F): Struct<F> => {
  for (const name of Object.keys(fields)) if (!Object.hasOwn(result, name)) result[name] = fields[name]?.zero
  return result as Struct<F>
}

const below = (place: Place | undefined, key: string): string => (place === undefined ? key : `${place.path}.${key}`)

/** What a repeated key means: an object after an object is read into the same struct; everything else replaces. */
const following = (before: GoValue | undefined, now: GoValue): GoValue => {
  if (before?.kind !== 'object' || now.kind !== 'object') return now
  const entries: GoEntry[] = [...before.entries, ...now.entries]
  return { kind: 'object', entries }
}

/** Go's case folding of keys: the long s and the Kelvin sign equal s and k. */
const fold = (key: string): string => key.toLowerCase().replaceAll('ſ', 's')

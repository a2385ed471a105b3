/** The kinds of values that flags take. */
import { type IpAddress, parseAddress } from '#net/address.ts'
import { type Cidr, networkOf, parseCidr } from '#net/cidr.ts'
import { parseDuration } from './duration.ts'
import type { Flag, Reading } from './flag.ts'

/** What every flag says about itself; `fallback` is the default as one would write it. */
export type FlagWords = Pick<Flag<unknown>, 'group' | 'help' | 'fallback' | 'refusal' | 'short'>

/** `--name`, `--name=true`, `--name=false`, with the spellings of Go's strconv.ParseBool. */
export const switchFlag = (words: FlagWords): Flag<boolean> => ({ ...words, placeholder: undefined, read: readBoolean })

/** Any text; `pattern` narrows it and `legal` says how. */
export const textFlag = (words: FlagWords & { placeholder: string; pattern?: RegExp; legal?: string }): Flag<string> => {
  const { pattern = /^/, legal = 'a text', ...flag } = words
  return { ...flag, read: (text) => (text === words.fallback || pattern.test(text) ? { value: text } : { legal }) }
}

/** One of a few words. */
export const choiceFlag = <Word extends string>(words: FlagWords & { choices: readonly Word[] }): Flag<Word> => {
  const { choices, ...flag } = words
  const read = (text: string): Reading<Word> => {
    const value = choices.find((choice) => choice === text)
    return value === undefined ? { legal: choices.join(', ') } : { value }
  }
  return { ...flag, placeholder: choices.join('|'), read }
}

/** A whole decimal number from `least` to `most`. */
export const integerFlag = (words: FlagWords & { placeholder: string; least: number; most: number }): Flag<number> => {
  const { least, most, ...flag } = words
  const read = (text: string): Reading<number> => {
    const value = /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : -1
    return value >= least && value <= most ? { value } : { legal: `a whole number from ${least} to ${most}` }
  }
  return { ...flag, read }
}

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** `30000-32767`, or as kube-router also takes it, `30000:32767`. */
export const portRangeFlag = (words: FlagWords): Flag<PortRange> => {
  const read = (text: string): Reading<PortRange> => {
    const [, first, last] = (/^(\d{1,5})[-:](\d{1,5})$/.exec(text) ?? []).map(Number)
    const isRange = first !== undefined && last !== undefined && first >= 1 && first <= last && last <= 65_535
    return isRange ? { value: { first, last } } : { legal: 'two ports, as in 30000-32767' }
  }
  return { ...words, placeholder: 'FIRST-LAST', read }
}

/** A TCP port; 0 switches off what would listen on it. */
export const portFlag = (words: FlagWords): Flag<number> => integerFlag({ ...words, placeholder: 'PORT', least: 0, most: 65_535 })

/** A Go duration as milliseconds, from `least` to `most` (both written as durations); with `step`, a multiple of it. */
export const durationFlag = (words: FlagWords & { least?: string; most?: string; step?: string }): Flag<number> => {
  const { least = '0', most = '2400h', step = '1ns', ...flag } = words
  const bound = (text: string): number => parseDuration(text) ?? Number.NaN
  const legal = `a duration such as 5s or 1m30s, from ${least} to ${most}${step === '1ns' ? '' : `, in steps of ${step}`}`
  const read = (text: string): Reading<number> => {
    const value = parseDuration(text)
    if (value === undefined || value < bound(least) || value > bound(most)) return { legal }
    return step === '1ns' || value % bound(step) === 0 ? { value } : { legal }
  }
  return { ...flag, placeholder: 'DURATION', read }
}

/** An IP address to listen on, or undefined for all addresses. */
export const addressFlag = (words: FlagWords): Flag<IpAddress | undefined> => {
  const read = (text: string): Reading<IpAddress | undefined> => {
    const value = parseAddress(text.replace(/^\[(.*)\]$/, '$1'))
    return value !== undefined || text === '' ? { value } : { legal: 'an IPv4 or IPv6 address, or nothing for all addresses' }
  }
  return { ...words, placeholder: 'ADDRESS', read }
}

/** Comma-separated texts; a repeated flag adds to the list. */
export const listFlag = (words: FlagWords & { placeholder: string; pattern?: RegExp; legal?: string }): Flag<readonly string[]> => {
  const { pattern = /^/, legal = 'a comma-separated list', ...flag } = words
  const read = (text: string): Reading<readonly string[]> => {
    const items = itemsOf(text)
    return items.every((item) => pattern.test(item)) ? { value: items } : { legal }
  }
  return { ...flag, read, merge: (earlier, later) => [...earlier, ...later] }
}

/** Comma-separated networks, IPv4 and IPv6 mixed; host bits are cleared. A repeated flag adds to the list. */
export const networksFlag = (words: FlagWords): Flag<readonly Cidr[]> => {
  const read = (text: string): Reading<readonly Cidr[]> => {
    const parsed = itemsOf(text).map(parseCidr)
    const value = parsed.filter((cidr) => cidr !== undefined).map(networkOf)
    return value.length === parsed.length ? { value } : { legal: 'comma-separated networks such as 10.20.0.0/16 or fd00::/48' }
  }
  return { ...words, placeholder: 'CIDR[,CIDR]', read, merge: (earlier, later) => [...earlier, ...later] }
}

const itemsOf = (text: string): string[] => (text === '' ? [] : text.split(',').map((item) => item.trim()))

const readBoolean = (text: string): Reading<boolean> => {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return { value: true }
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return { value: false }
  return { legal: 'true or false' }
}

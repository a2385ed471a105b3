import type { Foreign, Word } from '../foreign.ts'
import type { Native } from './native.ts'

declare const native: Native

const { syscall, bufferAddress } = native

export const addressOf: Foreign['addressOf'] = (view) => bufferAddress(view.buffer) + view.byteOffset

const wordOf = (word: Word | undefined): number => (typeof word === 'number' ? word : word ? addressOf(word) : 0)

export const call: Foreign['call'] = (number, first, second, third, fourth, fifth, sixth) =>
  syscall(number, first, wordOf(second), wordOf(third), wordOf(fourth), wordOf(fifth), wordOf(sixth))
export const errno: Foreign['errno'] = native.errno
export const posixSpawn: Foreign['posixSpawn'] = (...words) => native.posixSpawn(...words.map(wordOf))

/** What runtime.c gives the programs beside ECMAScript. */
import type { Foreign } from '../foreign.ts'

export interface Native extends Pick<Foreign, 'errno' | 'addressOf' | 'posixSpawn'> {
  readonly syscall: Foreign['call']
  /** The text of a view's bytes from `start` to before `end`; what is no UTF-8 is U+FFFD, as the Encoding Standard divides it. @throws RangeError */
  utf8Text(view: Uint8Array, start: number, end: number): string
  /** The same of ISO 8859-1: a character each byte. @throws RangeError */
  latin1Text(view: Uint8Array, start: number, end: number): string
  /** How many bytes a text takes in UTF-8; half a surrogate pair counts as U+FFFD. */
  utf8Length(text: string): number
  /** Puts as many whole characters as there is room for into `view` from `at` on. @returns the bytes @throws RangeError */
  utf8Write(text: string, view: Uint8Array, at: number): number
  /** The command line. */
  arguments(): string[]
  /** NAME=value, as the kernel gave them. */
  environment(): string[]
  exit(status: number): never
  /** Runs one of cni/programs by its name. */
  program(name: string): void
}

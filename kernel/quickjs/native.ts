/** What host.c gives the programs beside ECMAScript. */
export interface Native {
  syscall(number: number, ...words: number[]): number
  errno(): number
  bufferAddress(buffer: ArrayBufferLike): number
  posixSpawn(...words: number[]): number
  utf8Text(address: number, length: number): string
  latin1Text(address: number, length: number): string
  hasNul(address: number, length: number): number
  utf8Length(text: string): number
  utf8Write(text: string, address: number, room: number): number
  argument(index: number): string | undefined
  variable(index: number): string | undefined
  exit(status: number): never
}

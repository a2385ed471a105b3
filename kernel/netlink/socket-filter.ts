/**
 * Classic BPF programs that choose, inside the kernel, what a socket gets to read: what they refuse costs it neither room nor a call.
 *
 * @see include/uapi/linux/filter.h; socket(7), SO_ATTACH_FILTER
 */
import koffi from 'koffi'
import { orThrow } from '../errno.ts'

/** One instruction; others jump to it by its label. */
export interface FilterInstruction {
  readonly code: number
  readonly value: number
  readonly label?: string
  /** Where to go on; without it, at the next instruction. */
  readonly ifTrue?: string
  readonly ifFalse?: string
}

const [BPF_LD, BPF_JMP, BPF_RET] = [0x00, 0x05, 0x06]
const BPF_ABS = 0x20
const BPF_JEQ = 0x10
const SIZES = { word: 0x00, half: 0x08, byte: 0x10 } as const

/** Reads the datagram at a byte. Numbers of several bytes are taken in network order, whatever the machine's is. */
export const load = (size: keyof typeof SIZES, offset: number, label?: string): FilterInstruction => ({
  code: BPF_LD | BPF_ABS | SIZES[size],
  value: offset,
  ...(label === undefined ? {} : { label }),
})

/** Whether what was read last is `value`. */
export const ifEqual = (value: number, jumps: Pick<FilterInstruction, 'ifTrue' | 'ifFalse'>): FilterInstruction => ({
  code: BPF_JMP | BPF_JEQ,
  value,
  ...jumps,
})

export const TAKE: FilterInstruction = { code: BPF_RET, value: 0xffff_ffff, label: 'take' }
export const REFUSE: FilterInstruction = { code: BPF_RET, value: 0, label: 'refuse' }

const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26

const PROGRAM = koffi.struct('sock_fprog', { length: 'uint16_t', filter: 'const uint8_t *' })
const attach = koffi.load('libc.so.6').func('int setsockopt(int fd, int level, int option, const sock_fprog *program, uint32_t length)')

/** From now on `fd` reads only what `program` takes. @throws KernelError */
export const attachFilter = (fd: number, program: readonly FilterInstruction[]): void => {
  const value = { length: program.length, filter: encodeFilter(program) }
  const result = Number(attach(fd, SOL_SOCKET, SO_ATTACH_FILTER, value, koffi.sizeof(PROGRAM)))
  orThrow('SO_ATTACH_FILTER', result < 0 ? -koffi.errno() : result)
}

const INSTRUCTION_BYTES = 8

/** struct sock_filter { u16 code; u8 jt; u8 jf; u32 k }: jumps count from the next instruction, forward only. @throws RangeError */
export const encodeFilter = (program: readonly FilterInstruction[]): Buffer => {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES)
  for (const [index, { code, value, ifTrue, ifFalse }] of program.entries()) {
    const at = index * INSTRUCTION_BYTES
    const jump = (to: string | undefined): number => (to === undefined ? 0 : program.findIndex(({ label }) => label === to) - index - 1)
    bytes.writeUInt16LE(code, at)
    bytes.writeUInt8(jump(ifTrue), at + 2)
    bytes.writeUInt8(jump(ifFalse), at + 3)
    bytes.writeUInt32LE(value, at + 4)
  }
  return bytes
}

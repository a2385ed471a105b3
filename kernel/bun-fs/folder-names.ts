/**
 * What getdents64(2) tells of a folder.
 *
 *   struct linux_dirent64: u64 ino, i64 offset, u16 length of the record at 16, u8 type, the name from 19 on with a zero at its end
 */
import { call, perform, type Subject } from './calls.ts'
import { SYS } from './numbers.ts'

const BUFFER_BYTES = 1 << 16
const LENGTH_AT = 16
const NAME_AT = 19

/** The names in an open folder, in the file system's order. */
export const namesOf = (fd: number, subject: Subject): string[] => {
  const names: string[] = []
  const records = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  for (;;) {
    const end = perform(subject, () => call(SYS.getdents64, fd, records, records.length))
    if (end === 0) return names
    for (let offset = 0; offset < end; offset += records.readUInt16LE(offset + LENGTH_AT)) {
      const name = records.toString('utf8', offset + NAME_AT, records.indexOf(0, offset + NAME_AT))
      if (name !== '.' && name !== '..') names.push(name)
    }
  }
}

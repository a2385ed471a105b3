/** Kernel parameters; those of IPVS are in memory. */
import { openSysctls as openReal } from '../../../kernel/sysctl.ts'

const values = new Map<string, string>()

export const openSysctls: typeof openReal = (namespace) => {
  const real = openReal(namespace)
  const read = (path: string): string => (isSimulated(path) ? (values.get(path) ?? '0') : real.read(path))
  const write = (path: string, value: string): void => {
    if (isSimulated(path)) values.set(path, value)
    else real.write(path, value)
  }
  const ensure = (path: string, value: string): boolean => {
    if (!isSimulated(path)) return real.ensure(path, value)
    if (read(path) === value) return false
    write(path, value)
    return true
  }
  return { read, write, ensure }
}

const isSimulated = (path: string): boolean => path.startsWith('net/ipv4/vs/')

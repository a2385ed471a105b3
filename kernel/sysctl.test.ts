import t from 'tap'
import { openSysctls } from './sysctl.ts'

const OUTSIDE = [
  ...['', '/', '.', '..', '/net/ipv4/ip_forward', 'net/ipv4/ip_forward/', 'net//ipv4', 'net/ipv4/conf/../ip_forward'],
  ...['../../etc/passwd', 'net/ipv4/conf/./forwarding', 'net/ipv4/conf/../../../../etc/passwd/x', 'net/ipv4/conf/eth0\0/../forwarding'],
]

t.test('[utils] a path that could leave /proc/sys, or name another parameter, is refused before a file is opened', async (t) => {
  const sysctls = openSysctls()
  for (const path of OUTSIDE) {
    t.throws(() => sysctls.read(path), { name: 'KernelError', code: 'EINVAL' }, JSON.stringify(path))
    t.throws(() => sysctls.write(path, '1'), { name: 'KernelError', code: 'EINVAL' }, JSON.stringify(path))
    t.throws(() => sysctls.ensure(path, '1'), { name: 'KernelError', code: 'EINVAL' }, JSON.stringify(path))
  }
})

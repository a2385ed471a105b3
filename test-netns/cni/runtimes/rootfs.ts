/** A container's files, made of the machine's busybox: no image and no registry is needed. */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { attempt } from '../../rig/run.ts'

/** Where the server of SERVE_HOSTNAME tells the container's host name. */
export const NAME_PAGE = '/cgi-bin/hostname'

/** A server at port 80. It writes nothing: a pod's sandbox is read-only. */
export const SERVE_HOSTNAME = ['/bin/httpd', '-f', '-p', '80', '-h', '/']

const PROGRAMS = ['sh', 'httpd', 'hostname']

/** Makes the folder `rootfs` in `folder`; returns its path. */
export const makeRootfs = (folder: string): string => {
  const rootfs = join(folder, 'rootfs')
  for (const name of ['bin', 'proc', 'sys', 'dev', 'etc', 'run']) mkdirSync(join(rootfs, name), { recursive: true })
  const busybox = attempt('sh', '-c', 'command -v busybox').stdout
  for (const path of [busybox, ...librariesOf(busybox)]) {
    mkdirSync(join(rootfs, dirname(path)), { recursive: true })
    copyFileSync(path, join(rootfs, path === busybox ? '/bin/busybox' : path))
  }
  for (const name of PROGRAMS) symlinkSync('busybox', join(rootfs, 'bin', name))
  mkdirSync(join(rootfs, dirname(NAME_PAGE)))
  writeFileSync(join(rootfs, NAME_PAGE), "#!/bin/sh\necho 'Content-Type: text/plain'\necho\nhostname\n", { mode: 0o755 })
  return rootfs
}

/** None where it is Debian's busybox-static. */
const librariesOf = (program: string): string[] =>
  [...attempt('ldd', program).stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)

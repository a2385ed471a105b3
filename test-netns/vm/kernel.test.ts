import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findTestKernel } from './kernel.ts'

const scripts = ['init.sh', 'guest.sh'].map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('')
const initramfs = `initramfs-${createHash('sha256').update(scripts).digest('hex').slice(0, 16)}`

t.test('the newest complete kernel of the cache folder is taken', async (t) => {
  const complete = () => ({ vmlinux: '', [initramfs]: '' })
  const cache = t.testdir({ selvedge: { 'kernel-6.1.0-9-amd64': complete(), 'kernel-6.1.0-56-amd64': complete(), 'kernel-6.2': {} } })
  t.same(findTestKernel({ XDG_CACHE_HOME: cache }), {
    version: '6.1.0-56-amd64',
    image: `${cache}/selvedge/kernel-6.1.0-56-amd64/vmlinux`,
    initramfs: `${cache}/selvedge/kernel-6.1.0-56-amd64/${initramfs}`,
    modules: `${cache}/selvedge/kernel-6.1.0-56-amd64/lib/modules/6.1.0-56-amd64`,
  })
})

t.test('without a kernel, or with an initramfs of other scripts, the way out is named', async (t) => {
  const none = t.testdir({})
  t.throws(() => findTestKernel({ XDG_CACHE_HOME: none }), { message: `no test kernel in ${none}/selvedge: run scripts/setup.sh` })
  const old = t.testdir({ selvedge: { 'kernel-6.1': { vmlinux: '', 'initramfs-0123': '' } } })
  t.throws(() => findTestKernel({ XDG_CACHE_HOME: old }), { message: /initramfs-.{16} is missing: run scripts\/setup.sh/ })
})

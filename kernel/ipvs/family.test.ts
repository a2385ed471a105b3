import t from 'tap'
import { KernelError } from '../errno.ts'
import type { NetlinkReply } from '../netlink/message.ts'
import { hex } from '../testing/bytes.ts'
import { fakeCommands } from '../testing/fake-commands.ts'
import { findOrLoadIpvs } from './family.ts'

const FOUND: NetlinkReply = { type: 16, flags: 0, sequence: 1, payload: hex('01 02 0000  0600 0100 2300 0000') }

/** A kernel that knows the family from the nth question on. */
const kernelKnowingAt = (question: number) => {
  let asked = 0
  return {
    request: (): NetlinkReply[] => {
      asked += 1
      if (asked < question) throw new KernelError('look up generic netlink family IPVS', 2)
      return [FOUND]
    },
  }
}

t.test('a kernel with IPVS is asked once and nothing is run', async (t) => {
  const commands = fakeCommands()
  t.equal(findOrLoadIpvs(kernelKnowingAt(1), commands), 0x23)
  t.strictSame(commands.ran, [])
})

t.test('a kernel without IPVS loads the module and is asked again', async (t) => {
  const commands = fakeCommands()
  t.equal(findOrLoadIpvs(kernelKnowingAt(2), commands), 0x23)
  t.strictSame(commands.ran, [['modprobe', ['ip_vs']]])
})

t.test('when loading fails the error says what is missing and why, after one try', async (t) => {
  const stderr = 'modprobe: FATAL: Module ip_vs not found in directory /lib/modules/6.1.0'
  const commands = fakeCommands(() => ({ status: 1, stderr }))
  t.throws(() => findOrLoadIpvs(kernelKnowingAt(99), commands), {
    name: 'IpvsUnavailableError',
    code: 'EPROTONOSUPPORT',
    message: 'IPVS is not available in this kernel: modprobe ip_vs: Module ip_vs not found in directory /lib/modules/6.1.0',
  })
  t.equal(commands.ran.length, 1)
})

t.test('a modprobe that succeeds without effect is told as such', async (t) => {
  t.throws(() => findOrLoadIpvs(kernelKnowingAt(99), fakeCommands()), {
    message: 'IPVS is not available in this kernel: modprobe ip_vs succeeded, but changed nothing',
  })
})

t.test('a kernel that refuses the question is not asked to load anything', async (t) => {
  const commands = fakeCommands()
  const channel = {
    request: () => {
      throw new KernelError('look up generic netlink family IPVS', 1)
    },
  }
  t.throws(() => findOrLoadIpvs(channel, commands), { code: 'EPERM' })
  t.strictSame(commands.ran, [])
})

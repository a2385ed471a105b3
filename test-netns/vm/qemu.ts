/** The command line of the emulator. */
import type { TestKernel } from './kernel.ts'

/** File descriptors that the emulator inherits: one connected socket for each stream of the guest. */
export const GUEST_STREAMS = ['stdout', 'stderr', 'control'] as const
const FIRST_STREAM = 3

export const QEMU = 'qemu-system-x86_64'

/**
 * Kernel parameters: quiet on its console, a panic ends the machine, and a busy host that emulates the timer late is no reason for one. The rest
 * saves an emulated processor work: no crypto self-tests (0.7 s), no defences, no page cleared twice, tables of four levels, and no waiting for
 * grace periods, which is most of what making or removing a namespace takes.
 */
const APPEND = [
  ...['console=ttyS0', 'quiet', 'panic=-1', 'no_timer_check', 'cryptomgr.notests'],
  ...['mitigations=off', 'apparmor=0', 'randomize_kstack_offset=off', 'init_on_alloc=0', 'no5lvl', 'rcupdate.rcu_expedited=1'],
].join(' ')

/** All but the program's name. */
export const qemuParameters = (kernel: TestKernel, processors: number): string[] => [
  // Never KVM: where it exists, ordinary guests may hang under a nested one.
  // A processor of 2010, the oldest that Bun runs on: code for AVX and protection keys is dear to emulate, 15 % of a test's time.
  ...['-accel', 'tcg', '-cpu', 'Westmere', '-smp', String(processors), '-m', '4096'],
  ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
  ...['-kernel', kernel.image, '-initrd', kernel.initramfs, '-append', APPEND],
  // multidevs: the host's mount points all lie in one share, so inode numbers must be made unique.
  ...['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'],
  ...['-device', 'virtio-serial-pci'],
  ...GUEST_STREAMS.flatMap((name, index) => [
    ...['-chardev', `socket,id=${name},fd=${FIRST_STREAM + index}`],
    ...['-device', `virtserialport,chardev=${name},name=${name},nr=${index + 1}`],
  ]),
]

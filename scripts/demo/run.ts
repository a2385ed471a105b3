/** `npm run demo`: tells the story here when this kernel has IPVS and we are root, else in the virtual machine. */
import { join } from 'node:path'
import process from 'node:process'
import { lacks } from '../../test-netns/rig/capabilities.ts'
import { guestEnvironment } from '../../test-netns/vm/environment.ts'
import { findTestKernel } from '../../test-netns/vm/kernel.ts'
import { runInVm, VmError } from '../../test-netns/vm/machine.ts'

/** Seconds; the whole demo takes some 120 on two cores. */
const TIMEOUT = 400

const missing = (['root', 'ipvs', 'dummy'] as const).map(lacks).filter((reason) => reason !== undefined)
if (missing.length === 0) await import('./story.ts')
else {
  process.stdout.write(`Running in a virtual machine with a stock Debian kernel (here: ${missing.join(', ')}).\n`)
  try {
    process.exitCode = await runInVm(
      {
        argv: [process.execPath, join(import.meta.dirname, 'story.ts')],
        cwd: process.cwd(),
        environment: guestEnvironment(process.env, []),
        timeout: TIMEOUT,
        // Two nodes start at once.
        processors: 2,
        stdout: process.stdout,
        stderr: process.stderr,
      },
      findTestKernel(process.env),
    )
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof VmError ? error.exitCode : 1
  }
}

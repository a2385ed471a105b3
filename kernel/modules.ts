/** Kernel modules: loading one by name, once. */

import type { CommandRunner } from './command.ts'

/**
 * Loads a kernel module and what it depends on, with modprobe.
 * @param name a module's name; nothing that modprobe could take for an option
 * @returns undefined when modprobe succeeded (also when the module was loaded or built in), else why not, in one line
 * @throws TypeError for what is no module name
 */
export const loadModule = (name: string, commands: CommandRunner): string | undefined => {
  if (!/^[a-z0-9][a-z0-9_-]*$/i.test(name)) throw new TypeError(`no kernel module name: ${JSON.stringify(name)}`)
  try {
    const { status, stderr } = commands.run('modprobe', [name])
    const reason = stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^modprobe: (FATAL: )?/, '')
    return status === 0 ? undefined : `modprobe ${name}: ${reason || `exit status ${status}`}`
  } catch (error) {
    return `modprobe ${name}: ${error instanceof Error ? error.message : error}`
  }
}

/** The composition root of `selvedge doctor`: opens the machine for reading, judges, tells. */
import fs from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { hasCapability } from '#kernel/capabilities.ts'
import { type CommandRunner, openCommands } from '#kernel/command.ts'
import { openLegacyFilter } from '#kernel/iptables-legacy.ts'
import { openNftRules } from '#kernel/nftables-rules.ts'
import { readVerdicts } from '#kernel/nftables-verdicts.ts'
import { openRtnetlink } from '#kernel/rtnetlink/open.ts'
import { openSysctls, type Sysctls } from '#kernel/sysctl.ts'
import { LINKS } from '../conflist/flannel-links.ts'
import { ListenError, listen } from '../proxy/http/listen.ts'
import { leftBehind } from '../proxy/predecessors/take-over.ts'
import { isProxyRunning } from '../proxy/presence.ts'
import { settingsFor } from '../proxy/surroundings/settings.ts'
import { systemClock } from '../proxy/watch/clock.ts'
import type { KernelFacts, Parameter, PortFact } from './facts.ts'
import { isSound, judge } from './judge.ts'
import { MODULES } from './judge-kernel.ts'
import { observeApi } from './observe-api.ts'
import { observeCni, reading } from './observe-cni.ts'
import { moduleState } from './observe-modules.ts'
import type { DoctorOptions } from './options.ts'
import { findingsJson, findingsText } from './table.ts'

/**
 * Prints what is right and wrong with this node.
 * @param executables folder of this program's own executables
 * @returns the exit status: 0 without a problem, else 1
 * @throws when this is not root
 */
export const runDoctor = async (options: DoctorOptions, executables: string): Promise<number> => {
  if (process.geteuid?.() !== 0) throw new Error('it looks at what only root may read: it must run as root')
  const proxyRuns = await isProxyRunning()
  const { kubeconfig, master } = options
  const findings = judge({
    netAdmin: hasCapability(fs.readFileSync('/proc/self/status', 'utf8'), 'CAP_NET_ADMIN'),
    proxyRuns,
    kernel: observeKernel(openCommands(), openSysctls()),
    cni: observeCni(fs, {
      subnetEnv: options['subnet-env'],
      links: LINKS,
      confDirectory: options['conf-dir'],
      binDirectory: options['bin-dir'],
      executables: options.executables || executables,
    }),
    api: await observeApi({
      config: { kubeconfig, master },
      // As the proxy names it.
      node: options['hostname-override'] || process.env.NODE_NAME || hostname().toLowerCase(),
      clock: systemClock,
    }),
    ports: proxyRuns ? [] : await observePorts(options),
  })
  process.stdout.write(options.output === 'json' ? findingsJson(findings) : findingsText(findings))
  return isSound(findings) ? 0 : 1
}

const observeKernel = (commands: CommandRunner, sysctls: Sysctls): KernelFacts => {
  const release = sysctls.read('kernel/osrelease')
  return {
    release,
    modules: Object.fromEntries(MODULES.map(({ name }) => [name, moduleState(fs, release, name)])),
    nft: reading(() => /v(\d+\.\d+(\.\d+)?)/.exec(run(commands, 'nft', '--version'))?.[1] ?? 'no version'),
    tables: reading(() => {
      run(commands, 'nft', 'list', 'tables')
      return true
    }),
    programs: { modprobe: commands.find('modprobe'), iptables: commands.find('iptables') },
    parameters: settingsFor(release).map(({ path, value }) => parameter(sysctls, path, value)),
    leftovers: reading(() => observeLeftovers(commands)),
  }
}

/** What a program prints. @throws Error with what it complains about */
const run = (commands: CommandRunner, program: string, ...parameters: string[]): string => {
  const { status, stdout, stderr } = commands.run(program, parameters)
  if (status !== 0) throw new Error(stderr.trim().split('\n')[0] || `${program} ended with status ${status}`)
  return stdout
}

const parameter = (sysctls: Sysctls, path: string, wanted: string): Parameter => {
  const current = reading(() => sysctls.read(path))
  const writable = 'value' in reading(() => fs.accessSync(`/proc/sys/${path}`, fs.constants.W_OK))
  return { path, wanted, current: 'value' in current ? current.value : undefined, writable }
}

const observeLeftovers = (commands: CommandRunner): readonly string[] => {
  const rtnetlink = openRtnetlink()
  try {
    return leftBehind({ rtnetlink, rulesOf: readVerdicts, removeRules: openNftRules().remove, legacy: openLegacyFilter(commands) })
  } finally {
    rtnetlink.close()
  }
}

const observePorts = async (options: DoctorOptions): Promise<PortFact[]> => {
  const wanted = (['health-port', 'metrics-port'] as const).filter((flag) => options[flag] > 0)
  return Promise.all(wanted.map(async (flag) => ({ flag: `--${flag}`, port: options[flag], failure: await whyTaken(options[flag]) })))
}

const whyTaken = async (port: number): Promise<string | undefined> => {
  try {
    await (await listen({ address: undefined, port, routes: {} })).close()
    return undefined
  } catch (error) {
    if (error instanceof ListenError) return error.message
    throw error
  }
}

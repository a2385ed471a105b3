/** A node for container runtimes: its own network, files and /run, and the seed's conflist with our executables, put there by `selvedge install`. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join as joinPath } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { join } from '../../rig/link.ts'
import { type Machine, makeMachine } from '../../rig/machine.ts'
import { makeNamespace, type NetNamespace } from '../../rig/namespace.ts'
import { defer, type Owner } from '../../rig/owner.ts'
import { attempt } from '../../rig/run.ts'
import { forward } from '../../rig/underlay.ts'
import { links } from '../../rig/witness-ip.ts'
import { natRules, SHARED_RULES } from '../portmap-scene.ts'

const ROOT = joinPath(import.meta.dirname, '../../..')

/** The node's address, where a client outside finds host ports. */
export const NODE_ADDRESS = '192.0.2.1'
export const NETWORK = 'mynet'

export interface RuntimeNode {
  readonly host: NetNamespace
  /** Somebody outside. */
  readonly client: NetNamespace
  readonly machine: Machine
  /** A folder on disk for the runtime's own files, gone in the end. */
  readonly folder: string
  /** A control group for the runtime's own groups, by the name that runtimes take; gone in the end. */
  readonly cgroup: string
  /** A container's files: busybox under some of its names. */
  readonly rootfs: string
  /** Runs a program on the node. @throws Error with what it wrote when it fails */
  run(...words: string[]): string
  /** What somebody outside gets who asks for the host name; waits until the server has started. @throws Error when it does not */
  hostnameAt(address: string, port?: number): Promise<string>
  /** Whether anybody answers there now. */
  answers(address: string, port?: number): boolean
  /** The addresses that are leased. */
  leases(): string[]
  /** What pods left: leases, links of the host beside those that stay, network namespaces, rules beside those that all share. */
  leftovers(): readonly string[]
}

/** @param folders more folders that the runtime is to have for itself */
export const makeRuntimeNode = (owner: Owner, folders: readonly string[] = []): RuntimeNode => {
  const folder = mkdtempSync(joinPath(tmpdir(), 'runtime-'))
  defer(owner, () => rmSync(folder, { recursive: true, force: true }))
  const cgroup = `/${basename(folder)}`
  defer(owner, () => void attempt('find', '/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*${cgroup}*`, '-exec', 'rmdir', '{}', '+'))
  const host = makeNamespace(owner, 'runtime-host')
  const client = makeNamespace(owner, 'runtime-client')
  forward(host)
  join(
    { namespace: client, device: 'eth0', addresses: ['192.0.2.2/24'] },
    { namespace: host, device: 'uplink', addresses: [`${NODE_ADDRESS}/24`] },
  )
  client.ip(`route add 10.20.5.0/24 via ${NODE_ADDRESS}`)
  const machine = makeMachine(owner, host, ['/run', ...folders])
  const run = (...words: string[]): string => {
    const { exitCode, stdout, stderr } = machine.run(words)
    if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`)
    return stdout
  }
  install(machine, run)
  const leases = (): string[] =>
    run('sh', '-c', `ls /var/lib/cni/networks/${NETWORK} 2>/dev/null || true`)
      .split('\n')
      .filter((name) => /^[0-9a-f]+[.:]/.test(name))
  const leftovers = (): string[] => [
    ...leases().map((address) => `lease ${address}`),
    ...links(host)
      .map(({ ifname }) => ifname)
      .filter((name) => !['lo', 'uplink', 'kube-bridge'].includes(name)),
    ...run('sh', '-c', 'ls /run/netns 2>/dev/null || true').split('\n').filter(Boolean),
    ...[...natRules(host, 4), ...natRules(host, 6)].filter((rule) => !SHARED_RULES.includes(rule)),
  ]
  const ask = (address: string, port = 80): string =>
    client.attempt('curl', '--silent', '--max-time', '5', '--noproxy', '*', `http://${address}:${port}${NAME_PAGE}`).stdout.trim()
  const hostnameAt: RuntimeNode['hostnameAt'] = async (address, port) => {
    for (let tries = 0; tries < 50; tries++) {
      const name = ask(address, port)
      if (name !== '') return name
      await after(50)
    }
    throw new Error(`nobody answers at ${address}, port ${port}`)
  }
  return {
    host,
    client,
    machine,
    folder,
    cgroup,
    rootfs: makeRootfs(folder),
    run,
    hostnameAt,
    answers: (address, port) => ask(address, port) !== '',
    leases,
    leftovers,
  }
}

const install = (machine: Machine, run: RuntimeNode['run']): void => {
  machine.writeFile(
    '/run/flannel/subnet.env',
    'FLANNEL_NETWORK=10.20.0.0/16\nFLANNEL_SUBNET=10.20.5.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=false\n',
  )
  run(process.execPath, joinPath(ROOT, 'selvedge.ts'), 'install', `--conflist=${joinPath(ROOT, 'examples/kube-router.yaml')}`)
}

/** Answers requests at port 80 for NAME_PAGE with the container's host name. It writes nothing: a sandbox is read-only. */
const NAME_PAGE = '/cgi-bin/hostname'
export const SERVE_HOSTNAME = ['/bin/httpd', '-f', '-p', '80', '-h', '/']

const PROGRAMS = ['sh', 'httpd', 'hostname']

const makeRootfs = (folder: string): string => {
  const rootfs = joinPath(folder, 'rootfs')
  for (const name of ['bin', 'proc', 'sys', 'dev', 'etc', 'run']) mkdirSync(joinPath(rootfs, name), { recursive: true })
  const busybox = attempt('sh', '-c', 'command -v busybox').stdout
  for (const path of [busybox, ...librariesOf(busybox)]) {
    mkdirSync(joinPath(rootfs, dirname(path)), { recursive: true })
    copyFileSync(path, joinPath(rootfs, path === busybox ? '/bin/busybox' : path))
  }
  for (const name of PROGRAMS) symlinkSync('busybox', joinPath(rootfs, 'bin', name))
  mkdirSync(joinPath(rootfs, dirname(NAME_PAGE)))
  writeFileSync(joinPath(rootfs, NAME_PAGE), "#!/bin/sh\necho 'Content-Type: text/plain'\necho\nhostname\n", { mode: 0o755 })
  return rootfs
}

/** None where it is Debian's busybox-static. */
const librariesOf = (program: string): string[] =>
  [...attempt('ldd', program).stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path)

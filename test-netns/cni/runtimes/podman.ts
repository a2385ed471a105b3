/** podman 4 with its CNI backend, all its files in a folder of its own. */
import { defer, type Owner } from '../../rig/owner.ts'
import { NETWORK, type RuntimeNode } from './node.ts'
import { SERVE_HOSTNAME } from './rootfs.ts'

export interface Podman {
  /** Starts a container that serves its name at port 80. */
  start(name: string, hostPort?: number): Promise<void>
  remove(...names: string[]): Promise<void>
  /** What podman says of the container's address. */
  addressOf(name: string): string
}

const CONFIG = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "none"
# Other locks are in memory that the whole machine shares.
lock_type = "file"
[network]
network_backend = "cni"
cni_plugin_dirs = ["/opt/cni/bin"]
`

/** Containers are stopped and podman's processes ended when `owner` is done. */
export const makePodman = (owner: Owner, node: RuntimeNode): Podman => {
  node.machine.writeFile('/run/containers.conf', CONFIG)
  const folders = ['root', 'runroot', 'tmpdir'].map((name) => `--${name}=${node.folder}/podman/${name}`)
  const podman = ['env', 'CONTAINERS_CONF=/run/containers.conf', 'podman', ...folders]
  const command = async (...words: string[]): Promise<void> => {
    const { exitCode, stderr } = await node.machine.start([...podman, ...words])
    if (exitCode !== 0) throw new Error(`podman ${words.join(' ')} ended with ${exitCode}: ${stderr}`)
  }
  defer(owner, () => void node.machine.run([...podman, 'rm', '--all', '--force', '--time=0']))
  return {
    start: (name, hostPort) => {
      const ports = hostPort === undefined ? [] : [`--publish=${hostPort}:80`]
      const options = [`--name=${name}`, `--network=${NETWORK}`, `--hostname=${name}`, `--cgroup-parent=${node.cgroup}`, ...ports]
      return command('run', '--detach', ...options, '--rootfs', node.rootfs, ...SERVE_HOSTNAME)
    },
    remove: (...names) => command('rm', '--force', '--time=0', ...names),
    addressOf: (name) => node.run(...podman, 'inspect', '--format', `{{.NetworkSettings.Networks.${NETWORK}.IPAddress}}`, name).trim(),
  }
}

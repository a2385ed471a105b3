/** containerd on a node: its daemon, and `ctr`. */
import type { Owner } from '../../rig/owner.ts'
import { startProcess } from '../../rig/process.ts'
import type { RuntimeNode } from './node.ts'
import { SANDBOX_IMAGE } from './sandbox-image.ts'

export interface Containerd {
  /** Its socket, as a path of the machine that the tests run on. */
  readonly socket: string
  /** Runs ctr. @throws Error with what it wrote when it fails */
  ctr(...words: string[]): Promise<string>
  /** Gives Kubernetes' pods an image: a file as docker save writes it. */
  importImage(path: string): Promise<void>
}

/** Everything that needs a device or a file system that a test machine may lack is switched off. */
const configOf = ({ folder }: RuntimeNode): string => `version = 2
root = "${folder}/containerd/root"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing"]
[grpc]
address = "${folder}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "${folder}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${SANDBOX_IMAGE}"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/opt/cni/bin"
conf_dir = "/etc/cni/net.d"
`

/** Starts the daemon; it, its shims and their containers end when `owner` is done. */
export const startContainerd = async (owner: Owner, node: RuntimeNode): Promise<Containerd> => {
  const socket = `${node.folder}/containerd.sock`
  node.machine.writeFile('/run/containerd.toml', configOf(node))
  const daemon = await startProcess(owner, node.machine.command('containerd', '--config', '/run/containerd.toml'), {
    ready: /containerd successfully booted/,
  })
  const ctr: Containerd['ctr'] = async (...words) => {
    const { exitCode, stdout, stderr } = await node.machine.start(['ctr', '--address', socket, ...words])
    if (exitCode !== 0) throw new Error(`ctr ${words.join(' ')} ended with ${exitCode}: ${stderr}${daemon.output().slice(-2000)}`)
    return stdout
  }
  const importImage: Containerd['importImage'] = async (path) => {
    await ctr('--namespace', 'k8s.io', 'images', 'import', '--snapshotter', 'native', path)
  }
  return { socket, ctr, importImage }
}

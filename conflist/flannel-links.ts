/** The links that flannel makes for packets between nodes, which tell the MTU of pods where its subnet.env cannot be read. */
import type { FileSystem } from './atomic-file.ts'
import { MAX_MTU, MIN_MTU } from './pod-network.ts'

/** One folder for each link of this network namespace. @see Documentation/ABI/testing/sysfs-class-net */
export const LINKS = '/sys/class/net'

/** flannel.1 and flannel-v6.1 (vxlan), flannel-wg and flannel-wg-v6 (WireGuard), flannel.ipip, flannel0 (udp). */
const FLANNEL = /^flannel/

/** The least MTU of flannel's links; undefined = it has none, as with host-gw, or nothing can be told. */
export const flannelLinkMtu = (fs: Pick<FileSystem, 'readdirSync' | 'readFileSync'>, links: string): number | undefined => {
  try {
    const names = fs.readdirSync(links).filter((name) => FLANNEL.test(name))
    const mtus = names.map((name) => Number(fs.readFileSync(`${links}/${name}/mtu`, 'utf8')))
    const least = Math.min(...mtus)
    return least >= MIN_MTU && least <= MAX_MTU ? least : undefined
  } catch {
    // A link that goes meanwhile, or no sysfs: then nobody can tell.
    return undefined
  }
}

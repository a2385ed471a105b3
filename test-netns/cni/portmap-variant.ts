/** Calls of the portmap executable on a machine whose iptables is the other variant: the links in /etc/alternatives, changed for this call only. */
import { mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defer, type Owner } from '../rig/owner.ts'

const LINKS = '/etc/alternatives'

/**
 * The command line before a program that makes it see iptables as `variant`: it runs in a mount namespace of its own.
 * The machine must have Debian's alternatives for iptables.
 */
export const withVariant = (owner: Owner, variant: 'nft' | 'legacy'): string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'alternatives-'))
  defer(owner, () => rmSync(folder, { recursive: true }))
  for (const entry of readdirSync(LINKS, { withFileTypes: true }).filter((each) => each.isSymbolicLink())) {
    const name = entry.name
    const target = readlinkSync(join(LINKS, name))
    const changed =
      /^ip6?tables(-save|-restore)?$/.exec(name) === null ? target : `/usr/sbin/${name.replace(/^(ip6?tables)/, `$1-${variant}`)}`
    symlinkSync(changed, join(folder, name))
  }
  return ['unshare', '--mount', 'sh', '-c', `mount --bind "$0" ${LINKS} && exec "$@"`, folder]
}

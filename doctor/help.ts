/** `selvedge doctor --help`. */
import { renderHelp } from '../flags/help.ts'
import { DOCTOR_FLAGS } from './options.ts'

export const doctorHelp = (): string =>
  renderHelp({
    command: 'selvedge doctor',
    summary: 'look whether this node has what selvedge install and selvedge proxy need',
    synopsis: ['selvedge doctor [--kubeconfig=FILE] [--FLAG=VALUE ...]'],
    description: [
      'Looks at kernel modules, nft, rights, kernel parameters, what another proxy left, pod networks, conflist, executables, the API server and ports, and prints a line for each: ok, warning or problem, and what to do. Run it as root, with the flags of the proxy and the installer that are listed here; on the node, or in a container that has what is looked at: what is not mounted there counts as missing.',
      'Nothing is changed and no module is loaded, but for nf_tables, which the kernel loads when nft reads; ports are listened on for a moment.',
    ],
    flags: DOCTOR_FLAGS,
    sections: [
      { title: 'Environment', paragraphs: ['NODE_NAME: name of the Node object of this machine, unless --hostname-override is given.'] },
      {
        title: 'Exit status',
        paragraphs: [
          '  0  no problem; there may be warnings',
          '  1  a problem, or this is not root',
          '  2  the arguments make no sense; nothing was done',
        ],
      },
      {
        title: 'Examples',
        paragraphs: [
          '  selvedge doctor --kubeconfig=/etc/kubernetes/kubeconfig',
          '  selvedge doctor -o json | jq -r \'.findings[] | select(.verdict != "ok").check\'',
        ],
      },
    ],
  })

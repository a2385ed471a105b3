/** `selvedge install --help`. */
import { renderHelp } from '../flags/help.ts'
import { INSTALL_FLAGS } from './options.ts'

export const installHelp = (): string =>
  renderHelp({
    command: 'selvedge install',
    summary: "put the CNI executables and the node's conflist where the container runtime looks for them",
    synopsis: ['selvedge install [--conflist=FILE] [--FLAG=VALUE ...]'],
    description: [
      "Checks a conflist, fills the pod networks and the MTU of this node into its bridge plugin, and writes it. The bridge's host-local ranges become exactly the node's networks: ranges of other networks are removed. A bridge that says nothing about hairpinMode gets it: without it a pod cannot reach itself through its own Service. Everything else in the file stays as it is.",
      'The executables bridge, host-local, portmap and loopback are hard links of one file. A runtime that starts one meanwhile finds the old one or the new one, whole.',
      'Nothing is written unless every file is right, and nothing is written that is there already: running it again is harmless, and changes nothing. Executables that are there already are read into the page cache anew, in pieces of 2 MiB where the file system allows it, so that plugins start sooner after a reboot.',
      'Runtimes take the first configuration by name: one of somebody else that comes before ours is told on standard error, and left alone.',
    ],
    flags: INSTALL_FLAGS,
    sections: [
      {
        title: 'Environment',
        paragraphs: ['KUBE_ROUTER_CNI_CONF_FILE: path of the conflist to write, as kube-router has it; --conf-dir counts before it.'],
      },
      {
        title: 'Exit status',
        paragraphs: [
          '  0  everything is in place',
          '  1  a file is wrong or could not be written',
          '  2  the arguments make no sense; nothing was done',
        ],
      },
      {
        title: 'Examples',
        paragraphs: [
          '  selvedge install --conflist=kube-router.yaml',
          '  selvedge install --conflist=10-kuberouter.conflist --node-json=node.json --mtu=1450',
        ],
      },
    ],
  })

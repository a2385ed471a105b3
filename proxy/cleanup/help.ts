/** `selvedge cleanup --help`. */
import { renderHelp } from '../../flags/help.ts'
import { CLEANUP_FLAGS } from './options.ts'

export const cleanupHelp = (): string =>
  renderHelp({
    command: 'selvedge cleanup',
    summary: 'remove what selvedge proxy keeps on this node',
    synopsis: ['selvedge cleanup [--excluded-cidrs=CIDR[,CIDR]] [--force]', 'selvedge proxy --cleanup-config'],
    description: [
      'Stopping the proxy leaves Services working; this command takes them away. It removes everything that carries the marks of the proxy, and nothing else: virtual servers, routes and rules of other programs stay as they are. It needs no API server, prints one line for each thing that it removed, and does nothing when run again.',
      'One thing that cannot be removed does not stop the others; what failed is told on standard error, and the next run tries it again.',
      'A running proxy would put everything back: stop it first. While one runs, the command refuses, unless --force is given.',
    ],
    flags: CLEANUP_FLAGS,
    sections: [
      {
        title: 'What is removed',
        paragraphs: [
          '  virtual servers that carry our mark (in fields that IPVS does not use),',
          '  whose address is a VIP of ours, whose address and port are in our',
          '  table, or whose packet mark is; connections through them end',
          '  routes of table local with protocol 83',
          '  the nftables tables inet selvedge and arp selvedge',
          '  the link kube-dummy-if, unless it has addresses of somebody else',
          '  our rule in packet filters of others, known by its comment:',
          '  "selvedge: packets of Services"',
          '  our reservations in net.ipv4.ip_local_reserved_ports',
          '  the record of changes in /run/selvedge/proxy, and the socket of a',
          '  killed proxy in /run/selvedge',
        ],
      },
      {
        title: 'What is restored',
        paragraphs: [
          'IPVS parameters (net.ipv4.vs) and net.ipv4.conf.all.arp_announce get the values that they had before the proxy first wrote them, unless somebody changed them since. IPVS timeouts that flags of the proxy set stay.',
          'net.ipv4.ip_forward and net.bridge.bridge-nf-call-iptables and -ip6tables stay on: flannel, CNI plugins and kubelet need them too. Loaded kernel modules stay loaded.',
          'Values before are known from the record of changes. Where /run/selvedge did not outlive the proxy, as in a container without a mount for it, nothing is restored.',
        ],
      },
      {
        title: 'Exit status',
        paragraphs: [
          '  0  everything is removed, or nothing was there',
          '  1  something could not be removed, a proxy runs, or this is not root',
          '  2  the arguments make no sense; nothing was done',
        ],
      },
      { title: 'Examples', paragraphs: ['  selvedge cleanup', '  selvedge cleanup --excluded-cidrs=192.0.2.0/24'] },
    ],
  })

/** `selvedge proxy --help`. */
import { renderHelp } from '../../flags/help.ts'
import { PROXY_FLAGS } from './options.ts'

export const proxyHelp = (): string =>
  renderHelp({
    command: 'selvedge proxy',
    summary: "give Kubernetes Services their addresses on this node, with the kernel's IPVS",
    synopsis: ['selvedge proxy [--FLAG=VALUE ...]'],
    description: [
      "Watches Services, EndpointSlices and this machine's Node object, and programs the kernel so that cluster IPs and NodePorts reach ready endpoints. A change of one Service costs work for that Service only. Every --ipvs-sync-period the kernel is read and what others changed is repaired.",
      'Scheduling is round robin; the annotation kube-router.io/service.scheduler of a Service changes it: rr, wrr, lc, wlc, sh, dh, mh, sed, nq.',
      "Takes kube-router's flags, so that the arguments of its DaemonSet work as they are. Flags are written --name=value or --name value; a switch is --name or --name=false.",
      'On SIGTERM and SIGINT the program ends and leaves the kernel as it is: Services go on working, and the next start takes over without a gap. A second signal ends it at once.',
    ],
    flags: PROXY_FLAGS,
    enumerated: ['Accepted for compatibility, no effect'],
    sections: [
      { title: 'Environment', paragraphs: ['NODE_NAME: name of the Node object of this machine, unless --hostname-override is given.'] },
      {
        title: 'HTTP',
        paragraphs: [
          '/healthz and /livez answer 200 and OK, or 500 and the reasons when a restart would help. /healthz also fails when the Node is being deleted or has the taint ToBeDeletedByClusterAutoscaler, so that load balancers look elsewhere: liveness probes belong to /livez. /readyz also fails while the kernel does not hold what the cluster asks for.',
          "Whoever accepts application/json gets kube-proxy's object from /healthz and /livez, with 200 or 503.",
        ],
      },
      {
        title: 'Exit status',
        paragraphs: ['  0  ended by a signal', '  1  could not start, or failed', '  2  the arguments make no sense; nothing was done'],
      },
      {
        title: 'Examples',
        paragraphs: ['  selvedge proxy --kubeconfig=/etc/kubernetes/kubeconfig --masquerade-all --metrics-port=8080'],
      },
    ],
  })

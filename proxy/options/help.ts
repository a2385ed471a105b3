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
      "Takes kube-router's flags, so that the arguments of its DaemonSet work as they are. Flags are written --name=value or --name value; a switch is --name or --name=false.",
      'It runs as root, in the network namespace of the node, and stays in the foreground. When it ends, Services go on working, and the next start takes over without a gap; selvedge cleanup takes them away.',
    ],
    flags: PROXY_FLAGS,
    enumerated: ['Accepted for compatibility, no effect'],
    sections: [
      {
        title: 'Annotations of Services',
        paragraphs: [
          '  All begin with kube-router.io/service.',
          '  scheduler   how new connections are spread: rr (without it), wrr, lc, wlc,',
          '              sh, dh, mh, sed, nq',
          '  schedflags  with mh: flag-1 (fallback, always on) and flag-2 (source port);',
          '              flag-3 means nothing to the kernel',
          '  local       "true": externalTrafficPolicy Local, internalTrafficPolicy',
          '              Cluster',
          '  skiplbips   load balancer addresses are not served',
          '  dsr         refused with an Event: the Service is served by address',
          '              translation',
          '  hairpin, hairpin.externalips',
          '              nothing to do: a pod always reaches itself',
        ],
      },
      {
        title: 'Environment',
        paragraphs: [
          'NODE_NAME: name of the Node object of this machine, unless --hostname-override is given.',
          'KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT: the API server, in a pod and without --kubeconfig and --master. They may name the cluster IP that this program serves: on a fresh node nobody answers there. Give --master, or set them in the manifest, to an address that needs no Service.',
          'HTTPS_PROXY and its like are not used; a proxy-url of the kubeconfig is.',
        ],
      },
      {
        title: 'Signals',
        paragraphs: ['  SIGTERM, SIGINT  end, and leave the kernel as it is; a second one ends at', '                   once'],
      },
      {
        title: 'Files',
        paragraphs: [
          '  /run/selvedge/status.*  socket for selvedge status; only root may use it',
          '  /run/selvedge/proxy     kernel parameters before they were changed, for',
          '                          selvedge cleanup',
          '  /var/run/secrets/kubernetes.io/serviceaccount',
          '                          credentials in a pod; read anew when they change',
        ],
      },
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
        paragraphs: [
          '  selvedge proxy --kubeconfig=/etc/kubernetes/kubeconfig --metrics-port=8080',
          '  selvedge proxy --master=https://192.0.2.10:6443 --cluster-cidr=10.20.0.0/16',
        ],
      },
      { title: 'See also', paragraphs: ['selvedge status --help, selvedge cleanup --help; README.md lists metrics and guarantees.'] },
    ],
  })

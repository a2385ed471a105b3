/** The flags of `selvedge proxy` that have a meaning here. Names, defaults and units are kube-router's, so that its argument lists work. */
import { HELP_FLAGS, OUTPUT } from '../../flags/help-flags.ts'
import {
  addressFlag,
  choiceFlag,
  durationFlag,
  integerFlag,
  networksFlag,
  portFlag,
  portRangeFlag,
  switchFlag,
  textFlag,
} from '../../flags/kinds.ts'

const API = 'Kubernetes API'
const SERVICES = 'Services'
const LOOP = 'Keeping the kernel right'
const METRICS = 'Metrics and health'

/** Names of Node objects are DNS subdomains. @see RFC 1123 */
export const NODE_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/
export const NODE_NAME_RULE = 'the name of a Node object: lower case letters, digits, "-" and "."'

export const EFFECTIVE_FLAGS = {
  kubeconfig: textFlag({
    group: API,
    placeholder: 'FILE',
    fallback: '',
    help: 'Kubeconfig with the address of the API server and the credentials. Without it, those of the pod this runs in.',
  }),
  master: textFlag({
    group: API,
    placeholder: 'URL',
    fallback: '',
    pattern: /^https?:\/\/[^\s/?#]+\/?$/,
    legal: 'http:// or https:// with a host and perhaps a port',
    help: 'Address of the API server, in place of the one that the kubeconfig or the pod gives.',
  }),
  'hostname-override': textFlag({
    group: API,
    placeholder: 'NODE',
    fallback: '',
    pattern: NODE_NAME,
    legal: NODE_NAME_RULE,
    help: 'Name of the Node object of this machine. Without it NODE_NAME of the environment counts, then the host name.',
  }),
  'cache-sync-timeout': durationFlag({
    group: API,
    fallback: '1m0s',
    least: '1s',
    most: '24h',
    help: 'How long the first complete list of Services, EndpointSlices and this Node may take before the program gives up.',
  }),

  'masquerade-all': switchFlag({
    group: SERVICES,
    fallback: 'false',
    help: "Let endpoints see the node's address as the source of every connection to a Service, but for clients outside of a Service with externalTrafficPolicy Local, whose own is kept. Without it that is done only where replies need it.",
  }),
  'cluster-cidr': networksFlag({
    group: SERVICES,
    fallback: '',
    help: 'Networks of the pods: connections from inside to Services keep their source, unless --masquerade-all is set. Without it, those of this Node alone (spec.podCIDRs).',
  }),
  'excluded-cidrs': networksFlag({
    group: SERVICES,
    fallback: '',
    help: 'Virtual servers with an address inside are not ours, even when they look abandoned: they are left alone.',
  }),
  'nodeport-bindon-all-ip': switchFlag({
    group: SERVICES,
    fallback: 'false',
    help: "Open NodePorts on every address of the machine, not only on the Node object's.",
  }),
  'service-node-port-range': portRangeFlag({
    group: SERVICES,
    fallback: '30000-32767',
    help: "The API server's range of NodePorts: no masqueraded connection comes from one.",
  }),
  'service-ping': switchFlag({
    group: SERVICES,
    fallback: 'true',
    help: 'Answer ping at the addresses of Services. Their other ports are refused in any case.',
  }),
  'ipvs-graceful-termination': switchFlag({
    group: SERVICES,
    fallback: 'true',
    help: "Let TCP and SCTP connections to a removed endpoint end by themselves: it gets no new ones. kube-router's default is false.",
  }),
  'ipvs-graceful-period': durationFlag({
    group: SERVICES,
    fallback: '30s',
    most: '596h',
    help: 'How long connections to a removed endpoint may go on; 0 = not at all.',
  }),
  'service-tcp-timeout': timeout('established TCP connections (kernel: 15 minutes)'),
  'service-tcpfin-timeout': timeout('TCP connections that one side has closed (kernel: 2 minutes)'),
  'service-udp-timeout': timeout('UDP flows (kernel: 5 minutes)'),

  'ipvs-sync-period': durationFlag({
    group: LOOP,
    fallback: '5m0s',
    least: '100ms',
    most: '24h',
    help: 'How often the kernel is compared with what it should hold. Changes of Services are programmed at once, whatever this says.',
  }),

  'cleanup-config': switchFlag({
    group: LOOP,
    fallback: 'false',
    help: 'Remove from this node what the proxy keeps on it, and end; the same as selvedge cleanup, whose help tells what that is.',
  }),

  'metrics-port': portFlag({ group: METRICS, fallback: '0', help: 'Port for Prometheus metrics over HTTP; 0 = none.' }),
  'metrics-addr': addressFlag({ group: METRICS, fallback: '', help: 'Address for metrics; nothing = all addresses.' }),
  'metrics-path': textFlag({
    group: METRICS,
    placeholder: 'PATH',
    fallback: '/metrics',
    pattern: /^\/[\w./~-]*$/,
    legal: 'a path that begins with "/"',
    help: 'Path of the metrics.',
  }),
  'metrics-traffic-limit': integerFlag({
    group: METRICS,
    placeholder: 'NUMBER',
    fallback: '5000',
    least: 0,
    most: 1_000_000,
    help: 'How many virtual servers (an address and port of a Service) have traffic metrics, ten series each; selvedge_traffic_left_out tells how many have none. 0 = no traffic metrics.',
  }),
  'health-port': portFlag({ group: METRICS, fallback: '20244', help: 'Port for /healthz, /livez and /readyz over HTTP; 0 = none.' }),
  'health-addr': addressFlag({ group: METRICS, fallback: '', help: 'Address for health; nothing = all addresses.' }),

  v: integerFlag({
    group: OUTPUT,
    short: 'v',
    placeholder: 'LEVEL',
    fallback: '0',
    least: 0,
    most: 10,
    help: 'How much to log: 0 = one line per change (of more than a hundred in a second their sum), 1 = details too, 2 and more = everything.',
  }),
  'log-format': choiceFlag({
    group: OUTPUT,
    choices: ['text', 'json'],
    fallback: 'text',
    help: 'Log lines for people, or one JSON object per line, also for why it could not start. Logs go to standard error.',
  }),
  ...HELP_FLAGS,
}

function timeout(what: string) {
  return durationFlag({
    group: SERVICES,
    fallback: '0s',
    most: '596h',
    step: '1s',
    help: `Set the time after which IPVS forgets ${what}; 0 leaves what the kernel has.`,
  })
}

/** `selvedge status --help`. */
import { renderHelp } from '../../flags/help.ts'
import { STATUS_FLAGS } from './options.ts'

export const statusHelp = (): string =>
  renderHelp({
    command: 'selvedge status',
    summary: 'show the Services of this node: endpoints, weights, connections, drift',
    synopsis: ['selvedge status [-n NAMESPACE] [--name=NAME] [-o text|wide|json]'],
    description: [
      'Reads the kernel (IPVS, the tables inet selvedge and arp selvedge, the routes of VIPs) and asks the running proxy what it was told the kernel holds, through a socket below /run/selvedge that only root may use. Changes nothing. Where the proxy runs in a container, run it there: kubectl exec … -- selvedge status.',
      'Without a running proxy it shows all that the kernel holds, and says so: whose a virtual server is, and what is missing, nobody knows then.',
      'What differs between the kernel and the proxy is looked at twice, so that what is only on its way is no drift.',
    ],
    flags: STATUS_FLAGS,
    sections: [
      {
        title: 'Columns',
        paragraphs: [
          '  SERVICE         namespace and name; ? = unknown',
          '  VIRTUAL SERVER  protocol, address and port; or the mark that clients',
          '                  outside get where externalTrafficPolicy is Local',
          '  SCHEDULER       how new connections are spread',
          '  ENDPOINT        where they go; none = they are refused',
          '  WEIGHT          0 = draining: no new connections, and it goes when',
          '                  those that it has are gone',
          '  ACTIVE          established connections; INACTIVE all others',
          '  NOTE            what else happens to packets',
        ],
      },
      {
        title: 'Drift',
        paragraphs: [
          '  missing     the kernel has lost it',
          '  different   somebody changed it',
          '  unexpected  it carries the marks of the proxy, which does not know it',
          '  The proxy repairs all three: its tables and routes within seconds, all',
          '  else at its next audit (--ipvs-sync-period).',
        ],
      },
      {
        title: 'JSON',
        paragraphs: [
          '  proxy     null when none runs, else version, node, pid, startedAt',
          '            (milliseconds since 1970), healthy, ready, eligible, reasons,',
          '            services (how many it knows), waiting, failures (service,',
          '            reason)',
          '  services  namespace, name, failure (null or why), refused (server,',
          '            note), servers: server, scheduler, schedulerFlags,',
          '            persistenceSeconds, notes, traffic (connections, packetsIn,',
          '            packetsOut, bytesIn, bytesOut), endpoints: address, port,',
          '            weight, active, inactive, state (serving or draining)',
          '  foreign   how many virtual servers are not of the proxy',
          '  drift     problem (missing, different, unexpected), object, services',
          '  Fields may be added; these keep their names and meanings.',
        ],
      },
      {
        title: 'Exit status',
        paragraphs: [
          '  0  the proxy runs, is healthy and ready, and the kernel is right',
          '  1  it does not run, something failed or drifted, or this is not root',
          '  2  the arguments make no sense; nothing was done',
        ],
      },
      {
        title: 'Examples',
        paragraphs: [
          '  selvedge status',
          '  selvedge status -n default --name=web -o wide',
          "  selvedge status -o json | jq -r '.drift[].object'",
        ],
      },
    ],
  })

/** An overview as text for people: columns as wide as what is in them. Pure. */
import { endpointText } from '#kernel/ipvs/server-id.ts'
import type { EndpointView, Overview, ServerView, ServiceView } from './overview.ts'

/** @param wide with traffic and persistence @returns lines, each with its line feed */
export const overviewText = (overview: Overview, wide: boolean): string => {
  const sections = [
    heading(overview),
    overview.services.length === 0
      ? ['no Services']
      : columns([header(wide), ...overview.services.flatMap((service) => rows(service, wide))]),
    failures(overview),
    drift(overview),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

const heading = ({ proxy, services, foreign, drift: drifted }: Overview): string[] => {
  const servers = services.flatMap(({ servers: each }) => each)
  const endpoints = servers.reduce((sum, server) => sum + server.endpoints.length, 0)
  const counts = `Services: ${services.length}, virtual servers: ${servers.length}, endpoints: ${endpoints}; virtual servers of other programs: ${foreign}`
  const failed = services.filter(({ failure }) => failure !== null).length
  if (proxy === null) return [...WITHOUT_PROXY, counts]
  const { version, node, pid, startedAt, healthy, ready, eligible, waiting, reasons } = proxy
  const state = [healthy ? 'healthy' : 'UNHEALTHY', ready ? 'ready' : 'NOT READY', ...(eligible ? [] : ['THE NODE IS ABOUT TO GO'])]
  return [
    `${node}: selvedge ${version}, process ${pid}, since ${new Date(startedAt).toISOString().slice(0, 19)}Z: ${state.join(', ')}`,
    counts,
    ...(waiting > 0 ? [`Services that wait for their turn: ${waiting}`] : []),
    ...reasons.map((reason) => `! ${reason}`),
    ...(drifted.length + failed > 0 ? [`! failures: ${failed}, drift: ${drifted.length}; listed at the end`] : []),
  ]
}

const WITHOUT_PROXY = [
  'no proxy runs in this network namespace; this is what the kernel holds',
  'only a proxy knows the names of Services: --namespace and --name count for nothing',
]

const WIDE = ['PERSISTENT', 'CONNECTIONS', 'PACKETS IN', 'PACKETS OUT', 'BYTES IN', 'BYTES OUT']

const header = (wide: boolean): string[] => [
  ...['SERVICE', 'VIRTUAL SERVER', 'SCHEDULER'],
  ...(wide ? WIDE : []),
  ...['ENDPOINT', 'WEIGHT', 'ACTIVE', 'INACTIVE', 'NOTE'],
]

/** The Service stands in its first row only, a virtual server in its own first. */
const rows = ({ namespace, name, servers, refused }: ServiceView, wide: boolean): string[][] => {
  const key = name === '' ? '?' : `${namespace}/${name}`
  const all = [
    ...servers.flatMap((server) => serverRows(server, wide)),
    ...refused.map(({ server, note }) => refusedRow({ server, note, wide })),
  ]
  return all.map((row, index) => [index === 0 ? key : '', ...row])
}

const serverRows = (server: ServerView, wide: boolean): string[][] => {
  const { traffic, persistenceSeconds } = server
  const numbers = [traffic.connections, traffic.packetsIn, traffic.packetsOut, traffic.bytesIn, traffic.bytesOut].map(String)
  const own = [server.server, server.scheduler, ...(wide ? [persistenceSeconds > 0 ? `${persistenceSeconds}s` : '-', ...numbers] : [])]
  const blank = own.map(() => '')
  const note = server.notes.join('; ')
  if (server.endpoints.length === 0) return [[...own, 'none', '', '', '', note]]
  return server.endpoints.map((endpoint, index) => [...(index === 0 ? own : blank), ...endpointCells(endpoint, index === 0 ? note : '')])
}

const endpointCells = (endpoint: EndpointView, note: string): string[] => [
  endpointText(endpoint),
  ...[endpoint.weight, endpoint.active, endpoint.inactive].map(String),
  [...(endpoint.state === 'draining' ? ['draining'] : []), ...(note === '' ? [] : [note])].join('; '),
]

const refusedRow = ({ server, note, wide }: { server: string; note: string; wide: boolean }): string[] => [
  server,
  ...new Array<string>(1 + (wide ? WIDE.length : 0)).fill(''),
  ...['none', '', '', '', note],
]

const failures = ({ services }: Overview): string[] => {
  const failing = services.filter(({ failure }) => failure !== null)
  if (failing.length === 0) return []
  return ['FAILURES', ...columns(failing.map(({ namespace, name, failure }) => [`${namespace}/${name}`, failure ?? '']))]
}

const drift = ({ drift: found }: Overview): string[] => {
  if (found.length === 0) return []
  return ['DRIFT', ...columns(found.map(({ problem, object, services }) => [problem, object, services.join(' ')]))]
}

const columns = (table: readonly (readonly string[])[]): string[] => {
  const widths: number[] = []
  for (const row of table) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  return table.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

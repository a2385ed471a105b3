/** The parts of a resolver configuration that a CNI result has. @see resolv.conf(5) */
import type { Dns } from '../protocol/result.ts'

/** Reads a resolv.conf: name servers, search and options add up over lines, the last domain counts, all else is passed over. */
export const parseResolvConf = (content: string): Dns => {
  const nameservers: string[] = []
  const search: string[] = []
  const options: string[] = []
  let domain = ''
  for (const line of content.split('\n').map((each) => each.trim())) {
    if (line.startsWith('#') || line.startsWith(';')) continue
    const [keyword = '', first, ...rest] = line.split(/\s+/)
    if (first === undefined) continue
    if (keyword === 'nameserver') nameservers.push(first)
    else if (keyword === 'domain') domain = first
    else if (keyword === 'search') search.push(first, ...rest)
    else if (keyword === 'options') options.push(first, ...rest)
  }
  return { nameservers, domain, search, options }
}

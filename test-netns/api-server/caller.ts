/** Who sends a request, and what they may do. */
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { USERS } from './certificates.ts'
import type { Verb } from './route.ts'
import { forbidden, unauthorized } from './status.ts'

/** The user's name: the common name of a certificate of our authority, or that of every known bearer token. @throws ApiError 401 */
export const callerOf = ({ socket, headers }: IncomingMessage, tokens: readonly string[]): string => {
  if (socket instanceof TLSSocket && socket.authorized) return String(socket.getPeerCertificate().subject.CN)
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
  if (token === undefined || !tokens.includes(token)) throw unauthorized()
  return USERS.proxy.name
}

/** The administrator may do everything, others what examples/rbac.yaml allows the proxy. @throws ApiError 403 */
export const checkAllowed = (caller: string, verb: Verb, plural: string): void => {
  const allowed = plural === 'events' ? ['create', 'patch'] : ['get', 'list', 'watch']
  if (!isAdmin(caller) && !allowed.includes(verb)) throw forbidden(caller, `${verb} resource "${plural}"`)
}

export const isAdmin = (caller: string): boolean => caller === USERS.admin.name

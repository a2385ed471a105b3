/** What a request asks for, read from its method and path. */
import { type Resource, resourceAt } from './resources.ts'
import { badRequest, methodNotAllowed, noSuchPath } from './status.ts'

export type Verb = 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'delete'

export interface Route {
  readonly verb: Verb
  readonly resource: Resource
  /** Undefined for cluster-wide resources and for all namespaces. */
  readonly namespace: string | undefined
  /** Undefined for a collection. */
  readonly name: string | undefined
  readonly status: boolean
  readonly query: URLSearchParams
}

/** @throws ApiError 404 for unknown paths, 405 for methods that the path does not have, 400 for malformed ones */
export const parseRoute = (method: string, url: URL): Route => {
  const target = parsePath(url.pathname)
  const { resource, name, status } = target
  if (resource.namespaced && target.namespace === undefined && (name !== undefined || method !== 'GET')) throw methodNotAllowed()
  if (status && !resource.statusSubresource) throw noSuchPath()
  return { ...target, verb: verbOf(method, name, url.searchParams), query: url.searchParams }
}

type Target = Pick<Route, 'resource' | 'namespace' | 'name' | 'status'>

/** `/api/v1/…` or `/apis/GROUP/VERSION/…`, then `[namespaces/NAMESPACE/]PLURAL[/NAME[/status]]`. */
const parsePath = (pathname: string): Target => {
  const [root, ...steps] = pathname.split('/').filter(Boolean).map(decode)
  const apiVersion = root === 'api' ? steps.shift() : root === 'apis' ? steps.splice(0, 2).join('/') : undefined
  const namespace = steps[0] === 'namespaces' && steps.length > 2 && steps[2] !== 'status' ? steps.splice(0, 2)[1] : undefined
  const [plural = '', name, subresource, ...more] = steps
  const resource = resourceAt(apiVersion ?? '', plural)
  if (resource === undefined || more.length > 0 || (subresource !== undefined && subresource !== 'status')) throw noSuchPath()
  if (namespace !== undefined && !resource.namespaced) throw noSuchPath()
  return { resource, namespace, name, status: subresource === 'status' }
}

const verbOf = (method: string, name: string | undefined, query: URLSearchParams): Verb => {
  if (name === undefined) {
    if (method === 'GET') return isTrue(query.get('watch')) ? 'watch' : 'list'
    if (method === 'POST') return 'create'
    throw methodNotAllowed()
  }
  const verbs: Readonly<Record<string, Verb>> = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
  const verb = verbs[method]
  if (verb === undefined) throw methodNotAllowed()
  return verb
}

/** Booleans in query strings, as strconv.ParseBool reads them. */
export const isTrue = (text: string | null): boolean => ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text ?? '')

/** A whole number in a query string; undefined when absent or empty. @throws ApiError 400 for anything else */
export const numberIn = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name) ?? ''
  if (text === '') return undefined
  if (!/^[0-9]{1,15}$/.test(text)) throw badRequest(`${name}: Invalid value: "${text}": not a whole number`)
  return Number(text)
}

const decode = (step: string): string => {
  try {
    return decodeURIComponent(step)
  } catch {
    throw badRequest(`malformed path element ${step}`)
  }
}

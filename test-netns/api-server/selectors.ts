/** labelSelector and fieldSelector (apimachinery, pkg/labels and pkg/fields): text to predicate. */
import { type KubeObject, objectAt, valueAt } from './objects.ts'
import type { Resource } from './resources.ts'
import { badRequest } from './status.ts'

export type Predicate = (object: KubeObject) => boolean

/** Everything that a request selects by: namespace, labels, fields. @throws ApiError 400 for what cannot be parsed */
export const selection = (resource: Resource, namespace: string | undefined, query: URLSearchParams): Predicate => {
  const tests = [...labelTests(query.get('labelSelector') ?? ''), ...fieldTests(resource, query.get('fieldSelector') ?? '')]
  if (namespace !== undefined) tests.push((object) => object.metadata.namespace === namespace)
  return (object) => tests.every((test) => test(object))
}

/** Requirements are separated by commas that stand outside parentheses. */
const labelTests = (selector: string): Predicate[] =>
  selector
    .split(/,(?![^(]*\))/)
    .map((requirement) => requirement.trim())
    .filter((requirement) => requirement !== '')
    .map(labelTest)

const labelTest = (requirement: string): Predicate => {
  const test = valueTest(requirement)
  if (test === undefined) throw badRequest(`unable to parse requirement: "${requirement}" is no label requirement`)
  return (object) => {
    const labels = objectAt(object.metadata.labels)
    return test.accepts(Object.hasOwn(labels, test.key) ? String(labels[test.key]) : undefined)
  }
}

interface ValueTest {
  readonly key: string
  readonly accepts: (value: string | undefined) => boolean
}

/** `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`. Absent keys satisfy != and notin. */
const valueTest = (requirement: string): ValueTest | undefined => {
  const existence = /^(!?)\s*([\w./-]+)$/.exec(requirement)
  if (existence !== null) {
    const wanted = existence[1] === ''
    return { key: existence[2] ?? '', accepts: (value) => (value !== undefined) === wanted }
  }
  const equality = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(requirement)
  if (equality !== null) {
    const [, key = '', operator, expected] = equality
    return { key, accepts: operator === '!=' ? (value) => value !== expected : (value) => value === expected }
  }
  const membership = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement)
  if (membership === null) return undefined
  const [, key = '', operator, list = ''] = membership
  const values = list.split(',').map((value) => value.trim())
  return { key, accepts: (value) => (value !== undefined && values.includes(value)) === (operator === 'in') }
}

const fieldTests = (resource: Resource, selector: string): Predicate[] =>
  selector
    .split(',')
    .filter((requirement) => requirement !== '')
    .map((requirement) => fieldTest(resource, requirement))

const fieldTest = (resource: Resource, requirement: string): Predicate => {
  const match = /^([\w.]+)(==|=|!=)(.*)$/.exec(requirement)
  if (match === null) throw badRequest(`invalid selector: "${requirement}"; can't understand`)
  const [, path = '', operator, expected] = match
  if (!['metadata.name', 'metadata.namespace', ...resource.selectable].includes(path)) {
    throw badRequest(`field label not supported: ${path}`)
  }
  return (object) => (String(valueAt(object, path) ?? '') === expected) === (operator !== '!=')
}

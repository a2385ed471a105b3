/** Which object this is. */
import { type Fields, fieldsOf, ObjectError, shared, shown, textOf } from './fields.ts'

export interface Identity {
  /** `namespace/name`, or the name alone for what lives in no namespace. */
  readonly key: string
  readonly labels: Fields
  readonly annotations: Fields
}

/** DNS-1123 subdomain, which all names we read are (apimachinery, util/validation); no slash, so that keys are unambiguous. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

/** The identity of an object in a namespace. @throws ObjectError when its metadata name none */
export const namespacedIdentity = (raw: unknown): Identity => {
  const identity = clusterIdentity(raw)
  const namespace = nameOf('metadata.namespace', fieldsOf(fieldsOf(raw).metadata).namespace)
  return { ...identity, key: `${namespace}/${identity.key}` }
}

/** The identity of an object of the whole cluster. @throws ObjectError when its metadata name none */
export const clusterIdentity = (raw: unknown): Identity => {
  const { name, labels, annotations } = fieldsOf(fieldsOf(raw).metadata)
  return { key: nameOf('metadata.name', name), labels: fieldsOf(labels), annotations: fieldsOf(annotations) }
}

/** Whether `text` can be the name of an object. */
export const isName = (text: string): boolean => NAME.test(text)

const nameOf = (field: string, value: unknown): string => {
  const name = textOf(value)
  if (!isName(name)) throw new ObjectError(`${field}: ${shown(value)} is not a name (lower case letters, digits, "-" and ".")`)
  return shared(name)
}

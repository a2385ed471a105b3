/** Kubernetes objects as the server keeps them: plain JSON, with the few fields it looks at. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** An object that the server has accepted: its metadata hold name, uid and resourceVersion. */
export interface KubeObject extends JsonObject {
  readonly metadata: JsonObject
}

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The map at `value`, or an empty one. */
export const objectAt = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

/** The text at `value`, or an empty one. */
export const textAt = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** The list at `value`, or an empty one. */
export const listAt = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

/** The value at a dotted path such as `spec.nodeName`; undefined when a step is missing. */
export const valueAt = (object: JsonObject, path: string): Json | undefined =>
  path.split('.').reduce<Json | undefined>((value, step) => objectAt(value)[step], object)

/** `object` without one of its fields. */
export const without = (object: JsonObject, field: string): JsonObject => {
  const { [field]: _dropped, ...rest } = object
  return rest
}

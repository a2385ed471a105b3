/** PATCH: the three media types that carry JSON. */
import { isObject, type Json, type JsonObject, listAt } from './objects.ts'
import { ApiError, badRequest, unsupportedMediaType } from './status.ts'

/** `target` with the patch applied. @throws ApiError 400, 415 or 422 */
export const applyPatch = (mediaType: string, target: JsonObject, patch: unknown): JsonObject => {
  const apply = PATCHES[mediaType]
  if (apply === undefined) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(PATCHES).join(', ')}`,
    )
  }
  const result = apply(target, JSON.parse(JSON.stringify(patch)))
  if (!isObject(result)) throw badRequest('the patched value is no object')
  return result
}

const PATCHES: Readonly<Record<string, (target: Json, patch: Json) => Json>> = {
  'application/json-patch+json': (target, patch) => jsonPatch(target, patch),
  'application/merge-patch+json': (target, patch) => mergePatch(target, patch),
  'application/strategic-merge-patch+json': (target, patch) => mergePatch(target, refusingLists(patch, '')),
}

/** RFC 7396. */
const mergePatch = (target: Json, patch: Json): Json => {
  if (!isObject(patch)) return patch
  const result: Record<string, Json> = { ...(isObject(target) ? target : {}) }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key] ?? null, value)
  }
  return result
}

/**
 * Strategic patches merge maps like merge patches; lists of maps merge by keys that only the Go types know. This server knows
 * none of them: it refuses such lists rather than do something else than a real one.
 */
const refusingLists = (patch: Json, path: string): Json => {
  if (Array.isArray(patch) && patch.some(isObject)) {
    throw unsupportedMediaType(`${path}: this test server does not merge lists strategically; use a merge patch`)
  }
  if (isObject(patch)) for (const [key, value] of Object.entries(patch)) refusingLists(value, path === '' ? key : `${path}.${key}`)
  return patch
}

/** RFC 6902. */
const jsonPatch = (target: Json, patch: Json): Json => {
  if (!Array.isArray(patch)) throw badRequest('a JSON patch is a list of operations')
  return listAt(patch).reduce<Json>((value, operation) => {
    if (!isObject(operation)) throw badRequest('an operation of a JSON patch is an object')
    return applyOperation(value, operation)
  }, target)
}

const applyOperation = (target: Json, operation: JsonObject): Json => {
  const path = pointer(operation.path)
  const value = operation.value ?? null
  switch (operation.op) {
    case 'add':
      return editAt(target, path, { add: value })
    case 'remove':
      return editAt(target, path, {})
    case 'replace':
      valueIn(target, path)
      return path.length === 0 ? value : editAt(target, path, { replace: value })
    case 'copy':
      return editAt(target, path, { add: valueIn(target, pointer(operation.from)) })
    case 'move': {
      const from = pointer(operation.from)
      return editAt(editAt(target, from, {}), path, { add: valueIn(target, from) })
    }
    case 'test':
      if (JSON.stringify(valueIn(target, path)) !== JSON.stringify(value)) throw unprocessable(`testing ${operation.path} failed`)
      return target
    default:
      throw badRequest(`unknown operation ${JSON.stringify(operation.op)} in a JSON patch`)
  }
}

const pointer = (text: Json | undefined): string[] => {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) throw badRequest(`${JSON.stringify(text)} is no JSON pointer`)
  const steps = text.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const valueIn = (target: Json, path: readonly string[]): Json =>
  path.reduce<Json>((value, step) => {
    const next = Array.isArray(value) ? value[Number(step)] : isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
    if (next === undefined) throw unprocessable(`the path /${path.join('/')} does not exist`)
    return next
  }, target)

/** What to do at the end of a path: add, replace, or (neither) remove. */
interface Edit {
  readonly add?: Json
  readonly replace?: Json
}

const editAt = (target: Json, [step, ...rest]: readonly string[], edit: Edit): Json => {
  if (step === undefined) return edit.add ?? edit.replace ?? null
  if (rest.length > 0) {
    const inner = editAt(valueIn(target, [step]), rest, edit)
    return Array.isArray(target) ? target.with(Number(step), inner) : { ...(isObject(target) ? target : {}), [step]: inner }
  }
  if (edit.add === undefined) valueIn(target, [step])
  if (Array.isArray(target)) return editList(target, step, edit)
  const { [step]: _old, ...others } = isObject(target) ? target : {}
  const value = edit.add ?? edit.replace
  return value === undefined ? others : { ...others, [step]: value }
}

const editList = (list: readonly Json[], step: string, { add, replace }: Edit): Json[] => {
  const index = step === '-' ? list.length : Number(step)
  if (!Number.isInteger(index) || index < 0 || index > list.length) throw unprocessable(`${step} is no index of the list`)
  if (add !== undefined) return list.toSpliced(index, 0, add)
  return replace === undefined ? list.toSpliced(index, 1) : list.with(index, replace)
}

const unprocessable = (message: string): ApiError => new ApiError(422, 'Invalid', message)

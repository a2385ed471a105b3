/** The house rules that a source can be asked for, as functions from a source to what is wrong with it. */
import { blank } from './blank.ts'
import { EDGES, LONG, PURE_KERNEL } from './exceptions.ts'
import { layerOf, mayImport } from './layers.ts'
import { globalsOf, importsOf, type Source } from './scan.ts'

/** Returns what breaks the rule, as `path:line what is wrong`; empty when nothing does. */
export type Rule = (source: Source) => string[]

const MAX_LINES = 200

const isTest = (path: string): boolean => /\.test\.ts$|(^|\/)(testing\/|fake-|simulated-)/.test(path)
const isCompositionRoot = (path: string): boolean => /(^|\/)main\.ts$/.test(path) || layerOf(path) === 'root' || layerOf(path) === 'tooling'
const isOurs = (target: string): boolean => target.endsWith('.ts') && !target.startsWith('node:')

/** Imports point one way, types too: net <- kernel <- (cni, conflist, proxy) <- main.ts. */
export const followsArrows: Rule = (source) => {
  const from = layerOf(source.path)
  if (from === undefined) return [`${source.path}: no layer is known for this folder (scripts/rules/layers.ts)`]
  return importsOf(source).flatMap(({ target, line }) => {
    const to = target === '#libc' ? 'kernel' : isOurs(target) ? layerOf(target) : from
    const allowed = to !== undefined && (mayImport(from, to) || (isTest(source.path) && isTest(target)))
    return allowed ? [] : [`${source.path}:${line} ${from} must not import ${target}`]
  })
}

/** Other layers than one's own are imported by their names, never by a path that climbs out. */
export const namesLayers: Rule = (source) => {
  if (layerOf(source.path) === 'tooling') return []
  return importsOf(source).flatMap(({ target, specifier, line }) => {
    const named = ['net', 'kernel'].includes(target.split('/')[0] ?? '') && source.path.split('/')[0] !== target.split('/')[0]
    return named && specifier.startsWith('.') ? [`${source.path}:${line} imports ${specifier} instead of #${target}`] : []
  })
}

/** Only composition roots have the kernel layer as a value; everything else takes it as an argument. */
export const takesKernelAsArgument: Rule = (source) => {
  if (layerOf(source.path) === 'kernel' || isCompositionRoot(source.path) || isTest(source.path)) return []
  return importsOf(source)
    .filter(
      ({ target, typeOnly }) => !typeOnly && (target === '#libc' || target.startsWith('kernel/')) && PURE_KERNEL[target] === undefined,
    )
    .map(({ target, line }) => `${source.path}:${line} imports ${target} as a value`)
}

/** A kernel module that everybody may import does nothing on its own. */
export const pureStaysPure: Rule = (source) => {
  if (PURE_KERNEL[source.path] === undefined) return []
  return importsOf(source)
    .filter(({ target, typeOnly }) => !typeOnly && !target.startsWith('net/') && PURE_KERNEL[target] === undefined)
    .map(({ target, line }) => `${source.path}:${line} is pure and must not import ${target}`)
}

/** The process, the console, timers and clocks belong to composition roots and edges. */
export const leavesProcessAlone: Rule = (source) => {
  if (isCompositionRoot(source.path) || isTest(source.path) || EDGES[source.path] !== undefined) return []
  return globalsOf(source).map(({ name, line }) => `${source.path}:${line} uses ${name}`)
}

export const isShort: Rule = ({ path, text }) => {
  const lines = text.split('\n').length - 1
  return lines > MAX_LINES && LONG[path] === undefined ? [`${path} has ${lines} lines: more than ${MAX_LINES} need a reason`] : []
}

const FORBIDDEN = [
  { pattern: /\bexport\s+default\b/, what: 'a default export' },
  { pattern: /(?::|<|\bas|,|\|)\s*any\b(?!\s*[:(])/, what: 'the type any' },
  { pattern: /^\s*(?:export\s+)?(?:const\s+)?enum\s/m, what: 'an enum' },
  { pattern: /^\s*(?:export\s+)?(?:namespace|module)\s+\w+\s*\{/m, what: 'a namespace' },
]
/** Where the checkers are told to look away. The words are put together so that this file is not one. */
const SUPPRESSIONS = new RegExp(`@ts-${'(?:ignore|expect-error|nocheck)'}|biome-${'ignore'}`)

/** Forms that we do without. */
export const avoidsForms: Rule = ({ path, text }) => {
  const code = blank(text)
  const forms = FORBIDDEN.filter(({ pattern }) => pattern.test(code)).map(({ what }) => `${path} has ${what}`)
  return SUPPRESSIONS.test(text) ? [...forms, `${path} switches a checker off`] : forms
}

export const RULES: Readonly<Record<string, Rule>> = {
  'imports point one way: net <- kernel <- (cni, conflist, proxy) <- main.ts': followsArrows,
  'other layers are imported by their names': namesLayers,
  'only composition roots import the kernel layer as a value': takesKernelAsArgument,
  'what is listed as pure is pure': pureStaysPure,
  'the process, timers and clocks are used in composition roots and edges only': leavesProcessAlone,
  'no file has more than 200 lines without a reason': isShort,
  'no default exports, no any, no enums, no namespaces, no checker switched off': avoidsForms,
}

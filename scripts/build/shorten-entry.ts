/**
 * Bun 1.4 starts an executable by a module of its own that imports ours, and then looks whether we export a server to be started: half a page
 * that is compiled from its text in every call (0.25 ms, 50 page faults). We export nothing.
 */
const ENTRY =
  /(import \* as start from "[^"]{1,8}";\n)(var entryNamespace = start;\nfunction isServerConfig\(def\) \{\n[^\0]*?\.port\}`\);\n\}\n)/g

/**
 * A copy of `executable` whose module only imports: blanks stand for the rest, because its length is written elsewhere.
 * @throws Error when it is not there exactly once (then this Bun has to be looked at anew)
 */
export const shortenEntry = (executable: Buffer): Buffer => {
  const result = Buffer.from(executable)
  const [found, another] = [...executable.toString('latin1').matchAll(ENTRY)]
  if (found === undefined || another !== undefined) {
    throw new Error(`the module that imports ours is ${found === undefined ? 'not found' : 'found more than once'}; is this another Bun?`)
  }
  const [, imported = '', rest = ''] = found
  const start = found.index + imported.length
  result.fill(' ', start, start + rest.length)
  return result
}

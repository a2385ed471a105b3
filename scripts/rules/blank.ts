/**
 * Source text with everything that is not code made blank: comments, the contents of strings, regular expressions and templates (but not
 * the code inside `${}`). Every character keeps its place, so what is found here is found there.
 */
export const blank = (text: string): string => {
  const out: string[] = []
  /** Depth of `{` inside each template expression we are in. */
  const templates: number[] = []
  let position = 0
  while (position < text.length) {
    const template = templates.at(-1)
    const inTemplate = template === 0 && text[position] === '}' ? templates.pop() !== undefined : false
    const [kept, length] = inTemplate || text[position] === '`' ? templatePart(text, position, templates) : codePart(text, position, out)
    if (template !== undefined && !inTemplate && length === 1) countBrace(text[position], templates)
    out.push(kept)
    position += length
  }
  return out.join('')
}

const countBrace = (character: string | undefined, templates: number[]): void => {
  const depth = templates.pop() ?? 0
  templates.push(character === '{' ? depth + 1 : character === '}' ? depth - 1 : depth)
}

/** From a backtick, or from the brace that ends an expression, up to the next expression's brace or the closing backtick. */
const templatePart = (text: string, start: number, templates: number[]): [kept: string, length: number] => {
  const [part = ''] = /^[`}](?:\\[\s\S]|(?!\$\{)[^`\\])*(?:`|\$\{)?/.exec(text.slice(start)) ?? []
  if (part.endsWith('${')) templates.push(0)
  return [hidden(part, 1, part.endsWith('${') ? 2 : 1), part.length]
}

const SKIPPED = [
  { pattern: /^\/\/.*/, ends: 0 },
  { pattern: /^\/\*[\s\S]*?\*\//, ends: 0 },
  { pattern: /^'(?:\\[\s\S]|[^'\\\n])*'/, ends: 1 },
  { pattern: /^"(?:\\[\s\S]|[^"\\\n])*"/, ends: 1 },
]
const REGULAR_EXPRESSION = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/

const codePart = (text: string, start: number, before: readonly string[]): [kept: string, length: number] => {
  const character = text[start] ?? ''
  if (!`/'"`.includes(character)) return [character, 1]
  const rest = text.slice(start)
  for (const { pattern, ends } of SKIPPED) {
    const found = pattern.exec(rest)?.[0]
    if (found !== undefined) return [hidden(found, ends, ends), found.length]
  }
  const expression = character === '/' && startsExpression(before) ? REGULAR_EXPRESSION.exec(rest)?.[0] : undefined
  return expression === undefined ? [character, 1] : [hidden(expression, 1, 1), expression.length]
}

/** A slash divides what stands before it, unless that is an operator, an opening bracket, a keyword or nothing. */
const startsExpression = (before: readonly string[]): boolean => {
  const recent = before.slice(-20).join('').trimEnd()
  return recent === '' || /[=(,:;!&|?{}[+\-*%<>~^]$/.test(recent) || /\b(?:return|typeof|case|in|of|do|else|await|yield|void)$/.test(recent)
}

const hidden = (part: string, head: number, tail: number): string =>
  part.slice(0, head) +
  part.slice(head, Math.max(head, part.length - tail)).replaceAll(/[^\n]/g, ' ') +
  part.slice(Math.max(head, part.length - tail))

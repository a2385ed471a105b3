/** JSON from a file, whose syntax errors name the file. */
import { FileFaults } from './fault.ts'
import { JsonSyntaxError, type JsonValue, parseJson } from './json.ts'

/** @param source the file's path @throws FileFaults with line and column */
export const parseJsonFile = (text: string, source: string): JsonValue => {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new FileFaults(source, [{ path: `line ${error.line}, column ${error.column}`, problem: `no JSON: ${error.reason}` }])
  }
}

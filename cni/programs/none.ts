/** Calls for which no plugin acts: VERSION, the about text, a name or a verb that is not known. */
import { runProcess } from './run-process.ts'

export const start = (): never => runProcess([])

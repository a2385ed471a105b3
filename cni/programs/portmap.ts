/** The portmap plugin. */
import { plugin } from '../portmap/main.ts'
import { runProcess } from './run-process.ts'

export const start = (): never => runProcess([plugin])

/** The loopback plugin. */
import { plugin } from '../loopback/main.ts'
import { runProcess } from './run-process.ts'

export const start = (): never => runProcess([plugin])

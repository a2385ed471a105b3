/** The CNI executable under QuickJS: the program that a call needs is all that is loaded. */
import '../kernel/quickjs/globals.ts'
import type { Native } from '../kernel/quickjs/native.ts'
import { programOf } from './programs/program-of.ts'

declare const native: Native

native.program(programOf(process.argv0, process.env.CNI_COMMAND))

/** How soon the JavaScript engine learns what it may compile. */
import v8 from 'node:v8'

/**
 * V8 takes note of what a function works on only when it has run for a while, which saves memory for what runs once; its compilers wait for
 * these notes. A load is few functions that run at once and ten thousand times: with notes from the first call on, a start takes a fifth less
 * processor time on a slow machine.
 * @see V8's --help: lazy-feedback-allocation
 */
const FLAG = '--no-lazy-feedback-allocation'

/** To be called when the modules are loaded: bytecode from Node's compile cache is of no use once flags have changed. */
export const takeFeedbackEarly = (): void => v8.setFlagsFromString(FLAG)

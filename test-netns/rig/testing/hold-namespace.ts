/** Makes a namespace, says its name, and waits to be told to stop. */
import { makeNamespace } from '../namespace.ts'
import { makeOwner } from '../owner.ts'

process.stdout.write(`${makeNamespace(makeOwner(), 'held').name}\n`)
setInterval(() => undefined, 1000)

/** Says where its Node takes a large package from, by which name it knows this file, and whether an import of http brought Node's fetch along. */
import { METHODS } from 'node:http'

const loaded = String(Reflect.get(process, 'moduleLoadList'))
const places: Readonly<Record<string, string | boolean>> = {
  execa: import.meta.resolve('execa'),
  url: import.meta.url,
  react: import.meta.resolve('react-element-to-jsx-string'),
  http: METHODS.includes('GET'),
  fetch: loaded.includes('undici'),
}
process.stdout.write(`${JSON.stringify(places)}\n`)

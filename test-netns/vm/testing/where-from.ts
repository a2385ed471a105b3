/** Says where its Node takes a large package from, and by which name it knows this file. */
const places: Readonly<Record<string, string>> = { execa: import.meta.resolve('execa'), url: import.meta.url }
process.stdout.write(`${JSON.stringify(places)}\n`)

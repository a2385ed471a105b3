/** Words in recorded texts that stand for what is another in every run. */

/** All in one go: what is filled in may contain a placeholder by chance, as a folder's random letters do. */
export const filledIn = (text: string, places: Readonly<Record<string, string>>): string =>
  text.replaceAll(new RegExp(Object.keys(places).join('|'), 'g'), (name) => places[name] ?? name)

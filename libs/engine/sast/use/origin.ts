/** Where a value comes from: a member of a module of a package. `()` stands for what a call of it gives. */
export type Origin = { readonly specifier: string; readonly members: readonly string[] };

const membersMax = 8; // a chain of calls is of no more use past this

/** The origin of a member of it, or of what calling it gives (`()`). */
export function memberOf({ specifier, members }: Origin, name: string): Origin {
  return { specifier, members: members.length < membersMax ? [...members, name] : members };
}

/** The members as one name, without the calls between them and without a default export. */
export function memberPath({ members }: Origin): string {
  return members.filter((name, index) => name !== '()' && !(name === 'default' && index === 0)).join('.');
}

/** Whether an import names a package, and not a file of the tree or a module of the platform; and how that package's users call it. */
export function packageSpecifier(specifier: string): string | undefined {
  const name = specifier.replace(/^py:/u, '');
  return /^(?:[./#]|node:|go:|[a-z]{2,10}:\/\/)/u.test(name) || name === '' ? undefined : name;
}

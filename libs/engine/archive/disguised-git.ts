// What HFS+ and some tools leave out of names, and marks that turn the direction of text. Source: git, utf8.c (`next_hfs_char`).
const ignorable = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu;

/** The form in which names of any file system that folds them meet: case, width, composition, and what is invisible. */
export function foldName(name: string): string {
  if (plainLower.test(name)) return name;
  // upper case first, so that sharp s and ss meet
  return name.normalize('NFKC').replaceAll(ignorable, '').toUpperCase().toLowerCase().normalize('NFKC');
}

const plainLower = /^[\u0000-\u0040\u005b-\u007f]*$/u;

/**
 * True for a name that some file system takes for `.git` although it is not spelt so: case, short name, trailing dots and spaces, streams,
 * invisible and full-width characters. Never innocent. Source: CVE-2014-9390, CVE-2019-1352, CVE-2019-1353.
 */
export function isDisguisedGit(name: string): boolean {
  if (name === '.git' || !mayBeGit.test(name)) return false;
  const folded = foldName(name)
    .replace(/:.*$/su, '') // NTFS stream
    .replace(/[. ]+$/u, '');
  return folded === '.git' || /^git~\d+$/u.test(folded);
}

const mayBeGit = /git|[^\u0000-\u007f]/iu; // for speed: most names end here

import { indexLines } from '@lib/engine/sdk';
import { mapPlaces, type Place, type Value } from '../model/value.ts';
import { readYaml } from './read-yaml.ts';

/** YAML that stands as a text in another file: every part of it has the place of that text. Undefined where it is none. */
export function readText(text: string, place: Place): readonly Value[] | undefined {
  const { documents, problem } = readYaml({ ...place.file, source: indexLines(text) });
  return problem === undefined ? documents.map((document) => mapPlaces(document, () => place)) : undefined;
}

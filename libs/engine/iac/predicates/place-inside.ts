import type { Subject } from '../model/subject.ts';
import type { Place } from '../model/value.ts';

/** A place when it lies in the subject, else the subject's first line: a value may come from elsewhere. */
export function placeInside(place: Place, subject: Subject): Place {
  const { file, start, end } = subject.place;
  if (place.patch === true) return place;
  return place.file === file && place.start >= start && place.end <= end ? place : subject.head;
}

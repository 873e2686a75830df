/** Kinds of objects whose content is followed as a value: a list by position, a map by key, a text that grows. */
export type ContainerKind = 'list' | 'map' | 'text';

const kinds: Readonly<Record<ContainerKind, string>> = {
  list: 'ArrayList LinkedList Vector Stack HashSet LinkedHashSet TreeSet ArrayDeque PriorityQueue CopyOnWriteArrayList ConcurrentLinkedQueue ConcurrentSkipListSet',
  map: 'HashMap LinkedHashMap TreeMap Hashtable ConcurrentHashMap WeakHashMap IdentityHashMap ConcurrentSkipListMap LinkedMultiValueMap Properties',
  text: 'StringBuilder StringBuffer',
};

const kindByName: ReadonlyMap<string, ContainerKind> = new Map(
  (['list', 'map', 'text'] as const).flatMap((kind) => kinds[kind].split(' ').map((name) => [name, kind] as const)),
);

/** The kind of container that a class of the library makes, by its simple name. */
export function containerKind(written: string | undefined): ContainerKind | undefined {
  return written === undefined ? undefined : kindByName.get(written.slice(written.lastIndexOf('.') + 1));
}

/** Methods that change a container. */
export const changers: Readonly<Record<ContainerKind, ReadonlySet<string>>> = {
  list: new Set(
    'add addAll addFirst addLast addElement insertElementAt offer offerLast offerFirst push remove removeFirst removeLast pop poll clear set setElementAt'.split(
      ' ',
    ),
  ),
  map: new Set('put putAll putIfAbsent setProperty remove clear load loadFromXML'.split(' ')),
  text: new Set('append insert reverse delete deleteCharAt replace setLength setCharAt'.split(' ')),
};

/** Methods that only look at one. */
export const readers: Readonly<Record<ContainerKind, ReadonlySet<string>>> = {
  list: new Set(
    'get getFirst getLast elementAt firstElement lastElement peek size isEmpty contains indexOf iterator listIterator stream toArray toString forEach elements'.split(
      ' ',
    ),
  ),
  map: new Set(
    'get getProperty getOrDefault containsKey containsValue size isEmpty values keySet entrySet keys elements toString forEach'.split(' '),
  ),
  text: new Set('toString length substring charAt indexOf lastIndexOf isEmpty chars equals capacity'.split(' ')),
};

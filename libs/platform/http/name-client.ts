const browsers = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'] as const; // the first that is named: Edge and Opera call themselves Chrome too
const names: Readonly<Record<(typeof browsers)[number], string>> = {
  Edg: 'Edge',
  OPR: 'Opera',
  Firefox: 'Firefox',
  Chrome: 'Chrome',
  Safari: 'Safari',
};
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iOS'],
  ['iPad', 'iOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** Browser and system of a `user-agent`, in words of ours: a person knows a session again by them, and nothing else is kept of it. */
export function nameClient(userAgent: string | undefined): string {
  const said = userAgent ?? '';
  const browser = browsers.find((name) => said.includes(`${name}/`));
  const system = systems.find(([sign]) => said.includes(sign))?.[1];
  if (browser === undefined) return system === undefined ? 'a program' : `a program on ${system}`;
  return system === undefined ? names[browser] : `${names[browser]} on ${system}`;
}

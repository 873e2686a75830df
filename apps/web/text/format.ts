const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const count = new Intl.NumberFormat();

/** An instant of the API in the reader's own time zone. */
export function formatInstant(instant: string): string {
  return dateTime.format(new Date(instant));
}

/** A count with separators. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** The time between two instants: `4.2 s`, `3 min 5 s`. */
export function formatDuration(from: string, to: string): string {
  const seconds = Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${String(Math.floor(seconds / 60))} min ${String(Math.round(seconds % 60))} s`;
}

export { systemClock } from './system-clock.ts';
export { systemIds, uuidFrom } from './system-ids.ts';

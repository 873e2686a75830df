/** A pause that can be cut short. A poke that comes between two pauses cuts the next one. */
export type WakeUp = { readonly poke: () => void; readonly pause: (ms: number) => Promise<void> };

/** Makes one. Units: ms. */
export function makeWakeUp(): WakeUp {
  let poked = false;
  let wake: (() => void) | undefined;
  return {
    poke: () => {
      poked = true;
      wake?.();
    },
    pause: async (ms) => {
      if (!poked) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      poked = false;
      wake = undefined;
    },
  };
}

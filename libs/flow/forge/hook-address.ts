/** Where a forge delivers to. The last part is a secret, which says whose the delivery is; what it says must be signed besides. */
export function hookAddress(origin: string, hook: string): string {
  return `${origin}/v1/forge/hooks/${hook}`;
}
